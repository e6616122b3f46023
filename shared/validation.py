"""The one door for values from outside: pydantic checks them, plain frozen dataclasses hold them.

Models are standard dataclasses, so that defining them costs a warm-up nothing; pydantic is imported when the
first value of a kind is checked.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from shared import precompiled
from shared.errors import InvalidRequest

Model = TypeVar("Model")

STRICT = {"extra": "forbid", "strict": True, "use_attribute_docstrings": True}
"""Model configuration: unknown names are errors, types are taken as they are, docstrings describe fields."""

_UNKNOWN_FIELD = {"extra_forbidden", "unexpected_keyword_argument"}
_MISSING_FIELD = {"missing", "missing_argument", "missing_keyword_only_argument"}


class Problem(NamedTuple):
    """One broken rule: where (``metadata.owner``), and which; never the value."""

    path: str
    rule: str


class InvalidValue(Exception):
    """A value breaks rules of its model; ``problems`` lists them in the order of the fields."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{path}: {rule}" for path, rule in problems))


def validate(model: type[Model], values: Mapping[str, Any], *, read_text: bool = False) -> Model:
    """Return ``model`` made of ``values``.

    JSON types are taken as they are (``"5"`` is no number); with ``read_text`` a number or a truth value may
    be written as text, as in environment variables and query parameters. Raises ``InvalidValue``.
    """
    core_error, check = _validator(cast("Hashable", model))
    try:
        return check(values, strict=False if read_text else None)  # type: ignore[no-any-return]  # untyped core
    except core_error as error:
        problems = tuple(
            _problem(details) for details in error.errors(include_input=False, include_url=False)
        )
    raise InvalidValue(problems)


def checked_fields(model: type[Model], fields: Mapping[str, Any], *, read_text: bool = False) -> Model:
    """Return ``model`` made of what a caller sent; raises ``InvalidRequest``, naming field and rule."""
    try:
        return validate(model, fields, read_text=read_text)
    except InvalidValue as error:
        raise InvalidRequest(str(error)) from None


def core_schema(model: type) -> Any:
    """Return pydantic's core schema of ``model``, with dataclasses that may be written as JSON objects."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(model).core_schema
    _accept_objects(schema)
    return schema


@cache
def _validator(model: Any) -> tuple[type[Any], Any]:
    """Return (error class, check function) for ``model``."""
    compiled = precompiled.validator(model)
    if compiled is not None:
        return compiled
    from pydantic_core import SchemaValidator, ValidationError

    return ValidationError, SchemaValidator(core_schema(model)).validate_python


def _accept_objects(node: Any) -> None:
    # A strict dataclass takes instances only; the values inside stay strict.
    if isinstance(node, dict):
        if node.get("type") == "dataclass":
            node["strict"] = False
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            _accept_objects(child)


def _problem(details: Mapping[str, Any]) -> Problem:
    # A name that the caller chose may hold what no UTF-8 answer can carry.
    path = ascii(".".join(str(step) for step in details["loc"])[:80])[1:-1]
    if details["type"] in _UNKNOWN_FIELD:
        return Problem(path, "unknown field")
    if details["type"] in _MISSING_FIELD:
        return Problem(path, "required")
    return Problem(path, details["msg"][0].lower() + details["msg"][1:])
