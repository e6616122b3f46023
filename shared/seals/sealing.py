"""Seals: ``<kid>.<base64url JSON>.<base64url HMAC-SHA256>`` over a purpose, which the text never says.

The purpose is hashed in front, so that a seal made for one never passes for another.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

from shared.seals.keys import SealKey, SealKeys, base64url, from_base64url
from shared.signing.v4 import hmac_of
from shared.strict_json import write_utf8

Purpose = Literal["upload", "ticket"]

_BLOCK_BYTES = 64
_SEAL = re.compile(r"([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})")


class BrokenSeal(Exception):
    """This text was not sealed here for this purpose; it never says which fault was found."""

    def __init__(self) -> None:
        super().__init__("not a seal of this deployment")


def seal(facts: Mapping[str, Any], *, purpose: Purpose, keys: SealKeys) -> str:
    """Return ``facts`` as a seal with the newest key."""
    key, payload = keys.newest, base64url(write_utf8(facts))
    return f"{key.kid}.{payload}.{_mac(purpose, payload, key=key)}"


def unseal(unverified_text: str, *, purpose: Purpose, keys: SealKeys) -> dict[str, Any]:
    """Return the facts that were sealed for ``purpose`` with one of ``keys``; raises ``BrokenSeal``."""
    parts = _SEAL.fullmatch(unverified_text)
    if parts is None:
        raise BrokenSeal
    kid, payload, mac = parts.groups()
    named = keys.of(kid)
    # An unknown name takes the same time as a known one.
    expected = _mac(purpose, payload, key=named or keys.newest)
    is_equal = hmac.compare_digest(expected, mac)
    if named is None or not is_equal:
        raise BrokenSeal
    return _facts(payload)


def _mac(purpose: Purpose, payload: str, *, key: SealKey) -> str:
    return base64url(bytes.fromhex(_keyed(purpose, key.kid, key.secret)(payload.encode())))


@lru_cache(maxsize=16)
def _keyed(purpose: Purpose, kid: str, secret: bytes) -> Callable[[bytes], str]:
    """Return what gives the hexadecimal HMAC of a payload, after what all payloads begin with."""
    # HMAC takes a longer secret hashed (RFC 2104, section 2).
    block = secret if len(secret) <= _BLOCK_BYTES else sha256(secret).digest()
    return hmac_of(block, start=f"{purpose}.{kid}.".encode())


def _facts(payload: str) -> dict[str, Any]:
    """Return the sealed document; what else somebody sealed with the same key is no seal of ours."""
    try:
        facts = json.loads(from_base64url(payload) or b"")
    except (ValueError, RecursionError):
        raise BrokenSeal from None
    if not isinstance(facts, dict):
        raise BrokenSeal
    return facts
