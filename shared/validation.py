"""Validation of values from outside: pydantic checks them, frozen values hold them.

Models are values like any other, so that defining them costs a start nothing. pydantic, or its core alone, is
imported when the first value of a kind is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, cast

from shared import precompiled
from shared.errors import InvalidRequest
from shared.values import defaults, fields, value

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:
    from shared.values import dataclass_transform

Kind = TypeVar("Kind")
Model = TypeVar("Model")

_STRICT = {"extra": "forbid", "strict": True}
"""Model configuration: unknown names are errors, types are taken as they are."""

_SHOWN_NAME, _SHOWN_RULE, _SHOWN_PROBLEMS = 64, 300, 8
"""What a message shows at most, so that nothing a caller sends comes back multiplied."""

_UNKNOWN_FIELD = {"extra_forbidden", "unexpected_keyword_argument"}
_MISSING_FIELD = {"missing", "missing_argument", "missing_keyword_only_argument"}


class Between(NamedTuple):
    """The bounds of a number, both allowed."""

    lowest: int
    highest: int

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Return pydantic's schema of the number with these bounds."""
        return {**handler(source), "ge": self.lowest, "le": self.highest}


class Length(NamedTuple):
    """The least and the greatest length of a text, list or object."""

    shortest: int
    longest: int

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Return pydantic's schema of the value with these lengths."""
        return {**handler(source), "min_length": self.shortest, "max_length": self.longest}


class Problem(NamedTuple):
    """One broken rule: where (``metadata.owner``), and which; never the value."""

    path: str
    rule: str


class InvalidValue(Exception):
    """A value breaks rules of its model; ``problems`` lists them in the order of the fields."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        shown = [f"{path}: {rule[:_SHOWN_RULE]}" for path, rule in problems[:_SHOWN_PROBLEMS]]
        more = len(problems) - len(shown)
        super().__init__("; ".join(shown) + (f"; and {more} more" if more else ""))


def shown_name(name: str) -> str:
    """Return a name that a caller chose as a message may show it: ASCII, and cut."""
    return ascii(name[:_SHOWN_NAME])[1:-1][:_SHOWN_NAME]


def validate(model: type[Model], values: Mapping[str, Any], *, read_text: bool = False) -> Model:
    """Return ``model`` made of ``values``.

    JSON types are taken as they are (``"5"`` is no number); with ``read_text`` a number or a truth value may
    be written as text, as in environment variables and query parameters. Raises ``InvalidValue``.
    """
    core_error, check = _validator(cast("Hashable", model))
    try:
        made = check(values, strict=False if read_text else None)
        # The core is untyped.
        return _read_as_written(made, values) if read_text else made  # type: ignore[no-any-return]
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


@dataclass_transform(frozen_default=True, kw_only_default=True)
def model(cls: type[Kind]) -> type[Kind]:
    """Return ``cls`` as a value whose fields pydantic can check; docstrings below them describe them."""
    made: Any = value(cls)
    made.__get_pydantic_core_schema__ = classmethod(_core_schema)
    return made  # type: ignore[no-any-return]  # a value


def _core_schema(kind: type, _source: Any, handler: Any) -> Any:
    """Return pydantic's schema for a dataclass of the same fields, made to build values of ``kind``."""
    schema = handler.resolve_ref_schema(handler.generate_schema(_twin(kind)))
    # A strict dataclass takes instances only; the values inside stay strict.
    schema.update(cls=kind, slots=True, strict=False)
    return schema


def _twin(kind: type) -> Any:
    """Return a dataclass with the fields, defaults and descriptions of a value class."""
    from dataclasses import dataclass
    from typing import get_type_hints

    from pydantic import Field

    hints, described = get_type_hints(kind, include_extras=True), _described(kind)
    marked = {name: Annotated[hints[name], Field(description=described.get(name))] for name in fields(kind)}
    space = {"__annotations__": marked, "__pydantic_config__": _STRICT, "__doc__": kind.__doc__}
    named = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    return dataclass(frozen=True, kw_only=True)(type(kind.__name__, (), {**space, **named, **defaults(kind)}))


def _described(kind: type) -> dict[str, str]:
    """Return the docstrings that stand below the fields of a class, by field."""
    import ast
    from inspect import cleandoc, getsource
    from itertools import pairwise

    body = cast("ast.ClassDef", ast.parse(getsource(kind)).body[0]).body
    return {
        field.target.id: cleandoc(str(text.value.value))
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def core_schema(kind: type) -> Any:
    """Return pydantic's core schema of a model."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind).core_schema


def _read_as_written(made: Any, texts: Mapping[str, Any]) -> Any:
    """Return ``made`` if its numbers are ASCII digits and its truth values words; the core takes more."""
    problems = tuple(
        Problem(name, rule)
        for name, text in texts.items()
        for kind, written, rule in _WRITTEN
        if type(getattr(made, name, None)) is kind and not re.fullmatch(written, str(text))
    )
    if problems:
        raise InvalidValue(problems)
    return made


_WRITTEN = (
    (int, r"-?[0-9]{1,19}", "a number of ASCII digits"),
    (bool, r"true|false|1|0", "true or false"),
)


@cache
def _validator(model: Any) -> tuple[type[Any], Any]:
    """Return (error class, check function) for ``model``."""
    compiled = precompiled.validator(model)
    if compiled is not None:
        return compiled
    from pydantic_core import SchemaValidator, ValidationError

    return ValidationError, SchemaValidator(core_schema(model)).validate_python


def _problem(details: Mapping[str, Any]) -> Problem:
    # A name that the caller chose may hold what no UTF-8 answer can carry.
    path = shown_name(".".join(str(step) for step in details["loc"]))
    if details["type"] in _UNKNOWN_FIELD:
        return Problem(path, "unknown field")
    if details["type"] in _MISSING_FIELD:
        return Problem(path, "required")
    return Problem(path, details["msg"][0].lower() + details["msg"][1:])
