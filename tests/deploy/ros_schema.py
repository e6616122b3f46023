"""Properties of ROS resources as JSON schema, taken from the PyPI packages ``ros-cdk-*``, which render them.

``python -m tests.deploy.ros_schema FOLDER`` reads the packages below a folder and writes ``ros/resources.schema.json``.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

SCHEMA = Path(__file__).with_name("ros") / "resources.schema.json"
TYPES = {
    "ram": ("Role",),
    "sls": ("Project", "Logstore", "Index", "Alert"),
    "mns": ("Queue",),
    "oss": ("Bucket",),
    "resourcemanager": ("ServiceLinkedRole",),
}
"""Resource types that the stack is made of, by package."""

_SCALARS = {"string": {"type": "string"}, "number": {"type": "number"}, "boolean": {"type": "boolean"}}
Schema = dict[str, Any]
Functions = Mapping[str, str]


def problems(stack: Mapping[str, Any]) -> list[str]:
    """Return what the schema says against the resources of a ROS template."""
    found = []
    for name, resource in stack["Resources"].items():
        validator = _validators().get(resource["Type"])
        if validator is None:
            found.append(f"{name}: the type {resource['Type']} is not known")
            continue
        errors = validator.iter_errors(resource["Properties"])
        found += [f"{name}: {error.json_path}: {error.message[:200]}" for error in errors]
    return found


@cache
def _validators() -> dict[str, Draft7Validator]:
    by_type = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return {kind: Draft7Validator(schema) for kind, schema in by_type.items()}


def extracted(folder: Path) -> dict[str, Schema]:
    """Return the schema of each type, from the packages that stand below a folder."""
    schemas = {}
    for service, names in TYPES.items():
        (archive,) = folder.glob(f"ros_cdk_{service}/_jsii/*.tgz")
        with tarfile.open(archive) as tar:
            member = tar.extractfile(f"package/lib/{service}.generated.js")
            assert member is not None
            text = member.read().decode()
        functions = dict(re.findall(r"^function (\w+)\(properties[^)]*\) \{\n(.*?)^\}", text, re.M | re.S))
        for name in names:
            (kind,) = re.findall(rf'Ros{name}\.ROS_RESOURCE_TYPE_NAME = "(.*?)"', text)
            schemas[kind] = _object(f"ros{name}PropsToRosTemplate", functions)
    return schemas


def _object(name: str, functions: Functions) -> Schema:
    """Return the schema of what a renderer of the package writes, with what its validator asks for."""
    body = functions[name]
    checks = functions[re.findall(r"(Ros\w+Validator)\(properties\)", body)[0]]
    required = set(re.findall(r"propertyValidator\('(\w+)', ros\.requiredValidator\)", checks))
    properties, needed = {}, []
    for key, renderer, field in re.findall(r"'(\w+)': ((?:ros|Ros).*?\(properties\.(\w+)\)),?\n", body):
        properties[key] = _value(renderer, functions) | _bounds(field, checks)
        needed += [key] if field in required else []
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": sorted(needed)} if needed else {})


def _value(renderer: str, functions: Functions) -> Schema:
    if scalar := re.match(r"ros\.(\w+)ToRosTemplate", renderer):
        return dict(_SCALARS.get(scalar[1], {}))
    if mapper := re.match(r"ros\.(list|hash)Mapper\((.*?)\)(?:\(properties|$)", renderer):
        inner = _value(mapper[2], functions)
        of_a_list: Schema = {"type": "array", "items": inner}
        return of_a_list if mapper[1] == "list" else {"type": "object", "additionalProperties": inner}
    named = re.match(r"(ros\w+ToRosTemplate)", renderer)
    return _object(named[1], functions) if named else {}


def _bounds(field: str, checks: str) -> Schema:
    bounds: Schema = {}
    if values := re.search(rf"data: properties\.{field},\s+allowedValues: (\[.*?\])", checks):
        bounds["enum"] = json.loads(values[1])
    limits = re.search(
        rf"validateRange\)\(\{{\s+data: properties\.{field},\s+min: (\w+),\s+max: (\w+)", checks
    )
    for word, text in zip(("minimum", "maximum"), limits.groups() if limits else (), strict=False):
        bounds |= {word: int(text)} if text.isdigit() else {}
    return bounds


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(extracted(Path(sys.argv[1])), indent=1, sort_keys=True) + "\n")
