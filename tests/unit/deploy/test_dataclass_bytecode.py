"""Dataclasses that are written out do what the decorator's do."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shared.errors import ServiceError
from tests.deploy.dataclass_bytecode import expanded
from tests.deploy.package import ROOT

MODULES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for path in (ROOT / "shared").rglob("*.py")
    if "@dataclass(frozen=True, slots=True" in path.read_text()
)


def written_out(name: str) -> ModuleType:
    """Return a module as its bytecode in the layer makes it, beside the real one."""
    path = ROOT / f"{name.replace('.', '/')}.py"
    module = ModuleType(name)
    exec(compile(expanded(path.read_text()), str(path), "exec"), module.__dict__)  # noqa: S102  # our own source
    return module


def pairs(name: str) -> list[tuple[type, type]]:
    """Return (real, written out) for each dataclass that a module defines."""
    real, other = importlib.import_module(name), written_out(name)
    return [
        (value, getattr(other, key))
        for key, value in vars(real).items()
        if dataclasses.is_dataclass(value) and value.__module__ == name and "__slots__" in vars(value)
    ]


def sample(real: type) -> dict[str, Any] | None:
    """Return arguments that a class takes: made-up texts; None where its own checks want more."""
    required = [field for field in dataclasses.fields(real) if _is_required(field)]
    values = {field.name: f"made-up-{field.name}" for field in required}
    try:
        real(**values)
    except (TypeError, ServiceError):
        return None
    return values


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


CASES = [pytest.param(*pair, id=f"{name}.{pair[0].__name__}") for name in MODULES for pair in pairs(name)]


MADE = [case for case in CASES if sample(case.values[0]) is not None]
"""Those whose own checks take made-up values; the packaged functions make the others."""


@pytest.mark.parametrize(("real", "other"), CASES)
def test_the_shape_is_the_same(real: type, other: type) -> None:
    def parameters(made: type) -> list[tuple[str, Any, bool]]:
        found = list(inspect.signature(made).parameters.values())
        return [(each.name, each.kind, each.default is not inspect.Parameter.empty) for each in found]

    assert not dataclasses.is_dataclass(other)
    assert real.__slots__ == other.__slots__
    assert parameters(real) == parameters(other)
    assert real.__doc__ == other.__doc__ or (real.__doc__ or "").startswith(real.__name__)


@pytest.mark.parametrize(("real", "other"), MADE)
def test_values_are_the_same(real: type, other: type) -> None:
    given = sample(real) or {}
    one, two, again = real(**given), other(**given), other(**given)

    assert [getattr(one, name) for name in real.__slots__] == [getattr(two, name) for name in real.__slots__]
    assert repr(one) == repr(two)
    assert two == again
    assert two != one
    assert (two == object()) is False


@pytest.mark.parametrize(("real", "other"), MADE)
def test_nothing_can_be_changed(real: type, other: type) -> None:
    made = other(**(sample(real) or {}))

    for name in (*real.__slots__[:1], "anything"):
        with pytest.raises(AttributeError, match="cannot assign"):
            setattr(made, name, 1)
        with pytest.raises(AttributeError, match="cannot delete"):
            delattr(made, name)


SMALL = '''
from dataclasses import dataclass, field, replace

@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """Documented."""

    a: int
    """An amount."""
    b: dict = field(default_factory=dict)
    c: str = "c" * 2

    def __post_init__(self):
        if self.a < 0:
            raise ValueError("a")

    def __repr__(self):
        return "own"

@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: int = 2

@dataclass
class Open:
    x: int

def more(small):
    return replace(small, a=2)
'''


def small() -> dict[str, Any]:
    made: dict[str, Any] = {"__name__": "small"}
    sys.modules["small"] = ModuleType("small")
    exec(compile(expanded(SMALL), "small.py", "exec"), made)  # noqa: S102  # written above
    return made


def test_defaults_factories_checks_and_own_methods_are_kept() -> None:
    kind, pair = small()["Small"], small()["Pair"]
    made = kind(a=1)

    assert (1, {}, "cc", "own") == (made.a, made.b, made.c, repr(made))
    assert kind(a=1).b is not made.b
    assert "Documented." == kind.__doc__
    assert (1, 2) == (pair(1).left, pair(1).right)
    assert {pair(1), pair(1, 2)} == {pair(1)}
    with pytest.raises(ValueError, match="a"):
        kind(a=-1)
    with pytest.raises(TypeError):
        kind(1)


def test_other_dataclasses_and_what_they_use_stay() -> None:
    text = ast.unparse(expanded(SMALL))

    assert dataclasses.is_dataclass(small()["Open"])
    assert "from dataclasses import dataclass, replace" in text


def test_what_cannot_be_written_out_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):
        expanded(SMALL.replace("default_factory=dict", "default=1, repr=False"))


def test_lines_are_those_of_the_source(tmp_path: Path) -> None:
    made: dict[str, Any] = {"__name__": "small"}
    path = tmp_path / "small.py"
    exec(compile(expanded(SMALL), str(path), "exec"), made)  # noqa: S102  # written above

    with pytest.raises(ValueError, match="a") as raised:
        made["Small"](a=-1)
    lines = [entry.lineno + 1 for entry in raised.traceback if str(entry.path) == str(path)]

    assert [
        SMALL.splitlines().index("class Small:") + 1,
        SMALL.splitlines().index('            raise ValueError("a")') + 1,
    ] == lines


def test_secrets_are_no_dataclass() -> None:
    from shared.signing import Credentials

    made = Credentials(access_key_id="id", access_key_secret="secret")

    assert not dataclasses.is_dataclass(Credentials)
    with pytest.raises(TypeError):
        pickle.dumps(made)
