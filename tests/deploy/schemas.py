"""The core schemas of all models as a module of plain data, so that the package needs pydantic's core only."""

from __future__ import annotations

import ast
from pathlib import Path
from pprint import pformat
from typing import Any

import pydantic_core

from shared.grants.operations import PresignRequest
from shared.grants.tickets import TicketRequest
from shared.precompiled import name_of
from shared.presign.tickets import RevokeRequest
from shared.settings.bucket.profiles import ProfileMembers
from shared.settings.variables.granting import FUNCTIONS
from shared.sts.payload import StsRequest
from shared.validation import core_schema

MODELS: tuple[type, ...] = (
    PresignRequest,
    TicketRequest,
    RevokeRequest,
    StsRequest,
    ProfileMembers,
    *dict.fromkeys(group for groups in FUNCTIONS.values() for group in groups),
)
"""Every model that is validated at run time."""

_ONLY_FOR_JSON_SCHEMA = ("metadata", "ref")


class OtherPydantic(Exception):
    """The pydantic that would compile the schemas is not the one whose core the layer holds."""


def refuse_other_core(shipped: str, *, compiling: str = pydantic_core.__version__) -> None:
    """Raise ``OtherPydantic`` unless schemas are compiled by the pydantic that the layer's core belongs to."""
    if shipped != compiling:
        raise OtherPydantic(
            f"the layer holds pydantic-core {shipped}, and this environment {compiling}: "
            "run `make setup` after changing requirements"
        )


def write(path: Path) -> None:
    """Write the module ``shared.compiled_schemas``."""
    text = pformat(
        {name_of(model): plain(core_schema(model)) for model in MODELS}, width=110, sort_dicts=False
    )
    path.write_text(
        f'"""Made by `make package` from the models; see shared.precompiled."""\n\nSCHEMAS = {text}\n'
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
