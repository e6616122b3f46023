"""The component's schema of a function, made strict: it knows every key, and allows all the others too."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

SCHEMA = Path(__file__).with_name("fc3") / "props.schema.json"


def regions() -> list[str]:
    """Return the regions of Function Compute, as the component knows them."""
    named: list[str] = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]["IRegion"]["enum"]
    return named


_CONFIG_OF_TYPE = {
    "cdn_events": "ICdnTriggerConfig",
    "eventbridge": "IEventBridge",
    "http": "IHttpTriggerConfig",
    "log": "ILogTriggerConfig",
    "mns_topic": "IMnsTriggerConfig",
    "oss": "IOssTriggerConfig",
    "tablestore": "IOtsConfig",
    "timer": "ITimerTriggerConfig",
}
_TEXT = {"type": "string"}
_CUSTOM_DOMAIN = {
    "anyOf": [
        {"const": ""},
        {
            "type": "object",
            "required": ["domainName", "protocol", "route"],
            "additionalProperties": False,
            "properties": {
                "domainName": {"type": "string", "pattern": r"^[a-z0-9.-]+\.[a-z]{2,}$"},
                "protocol": {"enum": ["HTTPS"]},
                "route": {"type": "object", "required": ["path"], "properties": {"path": _TEXT}},
                "certConfig": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": False,
                    "properties": {"certId": _TEXT, "certName": _TEXT},
                },
            },
        },
    ]
}
_HOLD_SCHEMAS = ("properties", "definitions")
_ARE_SCHEMAS = ("items", "anyOf", "additionalProperties")


def schema_problems(props: dict[str, Any]) -> list[str]:
    """Return what the strict schema says against the props of one function."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _validator().iter_errors(props)]


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a copy that refuses unknown keys, and trigger configs of another trigger type."""
    copy = deepcopy(schema)
    _close(copy)
    # The component takes it, and hands it to a second one; its schema does not know it.
    copy["properties"]["customDomain"] = _CUSTOM_DOMAIN
    _allow_several_keys(copy["definitions"]["IHttpTriggerConfig"])
    trigger = copy["definitions"]["ITrigger"]
    # The alternatives would let a misspelt config through as one of a type that has no known keys.
    trigger["properties"]["triggerConfig"] = {"type": "object"}
    trigger["allOf"] = [
        {
            "if": {"properties": {"triggerType": {"const": kind}}},
            "then": {"properties": {"triggerConfig": {"$ref": f"#/definitions/{config}"}}},
        }
        for kind, config in _CONFIG_OF_TYPE.items()
    ]
    return copy


def _allow_several_keys(http: dict[str, Any]) -> None:
    """Take any number of keys: the schema says one, what deploys does not look at it, and the platform takes more."""
    keys = http["properties"]["authConfig"]["properties"]["jwks"]["properties"]["keys"]
    keys.update(items=keys["items"][0])
    del keys["maxItems"]


@cache
def _validator() -> Draft7Validator:
    return Draft7Validator(strict(json.loads(SCHEMA.read_text(encoding="utf-8"))))


def _close(schema: Any) -> None:
    """Forbid additional properties wherever a schema names some, and says nothing of the others."""
    if isinstance(schema, list):
        for each in schema:
            _close(each)
    if not isinstance(schema, dict):
        return
    if schema.get("properties"):
        schema.setdefault("additionalProperties", False)
    # Not into if/then/else: those look at the same object, and name only what they ask about.
    for key in _HOLD_SCHEMAS:
        _close(list(schema.get(key, {}).values()))
    for key in _ARE_SCHEMAS:
        _close(schema.get(key))
