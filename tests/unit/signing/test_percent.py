from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.signing.percent import encode, encode_path

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(text=TEXT)
def test_the_standard_library_encodes_alike(text: str) -> None:
    assert quote(text, safe="") == encode(text)
    assert quote(text, safe="/") == encode_path(text)


@given(text=st.text(st.characters(max_codepoint=127), min_size=129))
def test_a_long_ascii_text_is_encoded_alike(text: str) -> None:
    assert quote(text, safe="") == encode(text)


def test_more_characters_than_are_kept_are_encoded_alike() -> None:
    every = "".join(map(chr, range(0x4E00, 0x9FA6)))

    assert quote(every) == encode_path(every) == encode_path(every)


@pytest.mark.parametrize("text", ["\ud800", "a/\udfff"])
def test_what_is_no_unicode_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="lone surrogate"):
        encode(text)
