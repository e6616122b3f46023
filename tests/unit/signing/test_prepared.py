"""Prepared hashes give what the plain ones give, and give it again."""

from __future__ import annotations

import hmac
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from shared.signing import prepared


@given(st.binary(max_size=200), st.binary(), st.binary())
def test_a_signature_is_the_hmac_of_rfc_2104(key: bytes, start: bytes, rest: bytes) -> None:
    expected = hmac.new(key, start + rest, "sha256").hexdigest()
    sign = prepared.signer(prepared.hmac_states(key), start=start)

    assert expected == sign(rest) == sign(rest)


@given(st.text(), st.text(), st.text())
def test_a_hash_in_pieces_is_the_hash_of_the_whole(start: str, between: str, end: str) -> None:
    expected = sha256((start + between + end).encode()).hexdigest().encode()

    assert expected == prepared.hashed(prepared.begun(start), between.encode(), end.encode())
    assert expected == prepared.hashed(prepared.begun(start), between.encode(), end.encode())
