"""JSON as it is written: compact, in ASCII; and in UTF-8, where length counts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.strict_json import write, write_utf8

TEXTS = st.text(st.characters(exclude_categories=()))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_a_document_is_written_as_the_standard_library_does(document: Any) -> None:
    assert json.dumps(document, separators=(",", ":")) == write(document)


@pytest.mark.parametrize("number", [0.9, 12.3, 1234.5, 0.1, 100.0])
def test_milliseconds_are_written_alike(number: float) -> None:
    assert json.dumps(number) == write(number)


def test_utf8_is_shorter_and_says_the_same() -> None:
    document = {"key": "users/猫/😀"}

    assert document == json.loads(write_utf8(document))
    assert len(write_utf8(document)) < len(write(document))


def test_what_utf8_cannot_carry_is_an_error_there() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        write_utf8({"key": "\ud800"})
