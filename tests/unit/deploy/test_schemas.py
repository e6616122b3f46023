"""Compiled schemas validate as pydantic does: same values, same problems, same words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pydantic_core
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import SchemaValidator, ValidationError

from shared import precompiled
from shared.grants.operations import PresignRequest
from shared.settings.variables.granting import OfferVariables
from shared.validation import core_schema
from shared.values import fields
from tests.deploy import schemas


@pytest.fixture(scope="module", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the module that the package holds in its place, for these tests only."""
    path = tmp_path_factory.mktemp("compiled") / "compiled_schemas.py"
    schemas.write(path)
    module = ModuleType("shared.compiled_schemas")
    exec(path.read_text(), module.__dict__)  # noqa: S102  # what was just written
    sys.modules[module.__name__] = module
    yield
    del sys.modules[module.__name__]


def outcome(check: Any, values: Any, *, read_text: bool) -> Any:
    try:
        return check(values, strict=False if read_text else None)
    except ValidationError as error:
        return [(d["type"], d["loc"], d["msg"]) for d in error.errors(include_input=False, include_url=False)]


def both(model: type, values: Any, *, read_text: bool = False) -> tuple[Any, Any]:
    made = precompiled.validator(model)
    assert made is not None
    plain = SchemaValidator(core_schema(model)).validate_python
    return outcome(made[1], values, read_text=read_text), outcome(plain, values, read_text=read_text)


NAMES = st.sampled_from(sorted(fields(PresignRequest))) | st.text(max_size=5)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["GetObject", "public", "IA"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_any_request_is_judged_alike(asked: dict[str, Any]) -> None:
    compiled_says, pydantic_says = both(PresignRequest, {"operation": "GetObject"} | asked)

    assert pydantic_says == compiled_says


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(fields(OfferVariables))), st.text(max_size=6), max_size=5))
def test_any_environment_is_judged_alike(values: dict[str, str]) -> None:
    compiled_says, pydantic_says = both(OfferVariables, values, read_text=True)

    assert pydantic_says == compiled_says


@pytest.mark.parametrize("model", schemas.MODELS, ids=lambda model: model.__name__)
def test_every_model_is_compiled(model: type) -> None:
    compiled_says, pydantic_says = both(model, {})

    assert pydantic_says == compiled_says


def test_a_nested_model_comes_back_as_itself() -> None:
    made = precompiled.validator(PresignRequest)
    assert made is not None
    asked = made[1]({"operation": "GetObject", "key": "a", "response": {"content_type": "text/plain"}})

    assert isinstance(asked, PresignRequest)
    assert asked.response is not None
    assert "text/plain" == asked.response.content_type


@pytest.mark.parametrize("odd", [object(), {"type": "definitions"}])
def test_what_is_no_data_is_not_written(odd: Any) -> None:
    with pytest.raises((TypeError, ValueError, SyntaxError)):
        schemas.plain(odd)


def test_the_source_tree_has_nothing_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "shared.compiled_schemas")

    assert precompiled.validator(PresignRequest) is None
    assert not (Path(precompiled.__file__).parent / "compiled_schemas.py").exists()


def test_schemas_are_compiled_by_the_pydantic_whose_core_ships() -> None:
    with pytest.raises(schemas.OtherPydantic, match=r"holds pydantic-core 0\.1, .* run `make setup`"):
        schemas.refuse_other_core("0.1")
    schemas.refuse_other_core(pydantic_core.__version__)
