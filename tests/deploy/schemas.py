"""The core schemas of all models as a module of plain data, so that the package needs pydantic's core only."""

from __future__ import annotations

import ast
from pathlib import Path
from pprint import pformat
from typing import Any

from shared.grants.operations import PresignRequest
from shared.precompiled import name_of
from shared.settings.variables import FUNCTIONS
from shared.sts.payload import StsRequest
from shared.validation import core_schema

MODELS: tuple[type, ...] = (
    PresignRequest,
    StsRequest,
    *dict.fromkeys(group for groups in FUNCTIONS.values() for group in groups),
)
"""Every model that is validated at run time."""

_ONLY_FOR_JSON_SCHEMA = ("metadata", "ref")


def write(path: Path) -> None:
    """Write the module ``shared.compiled_schemas``."""
    text = pformat(
        {name_of(model): plain(core_schema(model)) for model in MODELS}, width=110, sort_dicts=False
    )
    path.write_text(
        f'"""Made by `make package` from the models; see shared.precompiled."""\n\nSCHEMAS = {text}\n'
    )


def write_constraints(path: Path) -> None:
    """Write what stands in for the package ``annotated_types``, whose constraints the schemas hold."""
    names = " = ".join(("Ge", "Le", "MinLen", "MaxLen"))
    path.write_text(
        f'"""Made by `make package`: the compiled schemas hold the constraints of the models."""\n\n\n'
        f"def _in_the_schema(_limit):\n    return None\n\n\n{names} = _in_the_schema\n"
    )


def plain(node: Any) -> Any:
    """Return a schema as data: classes by name, without what only describes; raises on anything else."""
    if isinstance(node, dict):
        if node.get("type") in ("definitions", "definition-ref"):
            raise TypeError("a schema refers to another")
        return {name: plain(child) for name, child in node.items() if name not in _ONLY_FOR_JSON_SCHEMA}
    if isinstance(node, (list, tuple)):
        return [plain(child) for child in node]
    if isinstance(node, type):
        return name_of(node)
    if ast.literal_eval(repr(node)) != node:
        raise TypeError(f"a schema holds {node!r}, which is no data")
    return node
