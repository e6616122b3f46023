"""Values behave as frozen dataclasses with slots do, that are made by keywords only."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.values import defaults, fields, replaced, value

Kept = TypeVar("Kept")


class Plain:
    """Three fields, two of which may be left out."""

    name: str
    size: int = 7
    more: str | None = None

    def doubled(self) -> int:
        return 2 * self.size


Ours: Any = value(Plain)
Theirs: Any = dataclasses.dataclass(frozen=True, slots=True, kw_only=True)(Plain)


@value
class Checked(Generic[Kept]):
    """One field, which is checked, for values of a kind."""

    kept: Kept

    def __post_init__(self) -> None:
        if self.kept is None:
            raise ValueError("kept: something")


@value
class Empty:
    """No field at all."""


GIVEN = st.fixed_dictionaries(
    {}, optional={"name": st.text(max_size=2), "size": st.integers(0, 2), "odd": st.none(), "self": st.none()}
)


def made(kind: Any, given: dict[str, Any]) -> Any:
    try:
        return kind(**given)
    except TypeError as refused:
        return refused


@given(GIVEN, GIVEN)
def test_a_value_is_made_compared_and_shown_as_a_dataclass_is(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    ours, theirs = [made(Ours, given) for given in (one, two)], [made(Theirs, given) for given in (one, two)]
    if any(isinstance(each, TypeError) for each in (*ours, *theirs)):
        assert [type(each) for each in theirs] != [Theirs, Theirs]
        assert [type(each) is Theirs for each in theirs] == [type(each) is Ours for each in ours]
        return

    assert [repr(each) for each in theirs] == [repr(each) for each in ours]
    assert (theirs[0] == theirs[1]) is (ours[0] == ours[1])
    assert theirs[0].doubled() == ours[0].doubled()


def test_equal_values_have_one_hash_and_another_class_is_another_value() -> None:
    assert hash(Checked(kept=(1, 2))) == hash(Checked(kept=(1, 2)))
    assert Checked(kept=1) != Ours(name="1")
    assert Empty() == Empty()
    assert 1 == len({Empty(), Empty()})


@pytest.mark.parametrize(
    ("given", "said"), [({}, "name is missing"), ({"name": "a", "sise": 1}, "sise is no field")]
)
def test_a_wrong_field_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        Ours(**given)


def test_nothing_of_a_value_changes() -> None:
    one = Ours(name="a")

    with pytest.raises(AttributeError, match="size cannot change"):
        one.size = 1
    with pytest.raises(AttributeError, match="size cannot change"):
        del one.size
    with pytest.raises(AttributeError, match="other cannot change"):
        one.other = 1
    assert not hasattr(one, "__dict__")


def test_a_changed_copy_is_checked_as_the_first_was() -> None:
    assert Ours(name="b", size=7) == replaced(Ours(name="a"), name="b")
    with pytest.raises(ValueError, match="kept: something"):
        replaced(Checked(kept=1), kept=None)
    with pytest.raises(TypeError, match="colour is no field"):
        replaced(Ours(name="a"), colour="red")


def test_fields_and_defaults_can_be_listed() -> None:
    assert ("name", "size", "more") == fields(Ours)
    assert {"size": 7, "more": None} == dict(defaults(Ours))


def test_values_are_not_pickled() -> None:
    with pytest.raises(TypeError, match="are not pickled"):
        pickle.dumps(Ours(name="a"))
