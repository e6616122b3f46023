"""Hashes with what many requests share taken in once: each use copies them."""

from __future__ import annotations

from binascii import b2a_hex
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hashlib import _Hash

    Hash = _Hash


Signer = Callable[[bytes], str]
"""Returns the lower-case hex HMAC-SHA256 of what it is given."""


class HmacStates(NamedTuple):
    """HMAC-SHA256's two hashes with the padded key taken in (RFC 2104 section 4): to be copied before use."""

    inner: Hash
    outer: Hash


def hmac_states(key: bytes) -> HmacStates:
    """Return the prepared states for a ``key``; one of more than 64 bytes is hashed first."""
    block = (key if len(key) <= 64 else sha256(key).digest()).ljust(64, b"\0")
    return HmacStates(*(sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C)))


def signer(states: HmacStates, *, start: bytes = b"") -> Signer:
    """Return what gives the signature of ``start`` and what follows; ``start`` is taken in once."""
    inner, outer = states.inner.copy(), states.outer
    inner.update(start)

    def sign(rest: bytes) -> str:
        within, without = inner.copy(), outer.copy()
        within.update(rest)
        without.update(within.digest())
        return without.hexdigest()

    return sign


@lru_cache(maxsize=64)
def begun(start: str) -> Hash:
    """Return SHA-256 with the start of a canonical request taken in: to be copied, never to be added to."""
    return sha256(start.encode())


def hashed(start: Hash, between: bytes, end: bytes) -> bytes:
    """Return the hash of a canonical request whose ``start`` and ``end`` were prepared, in lower-case hex."""
    state = start.copy()
    state.update(between)
    state.update(end)
    return b2a_hex(state.digest())
