"""Seal keys: named secrets, of which the first seals and all verify, so that rotation is two deployments."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64

from shared.values import value

SHORTEST_KEY_BYTES = 32

_OF_URLS = bytes.maketrans(b"+/", b"-_")
_NAMED_KEY = r"([A-Za-z0-9_-]{1,16}):([A-Za-z0-9_-]+)={0,2}"


@value
class SealKey:
    """One secret of at least 32 bytes, and the name (kid) by which seals say it."""

    kid: str
    secret: bytes

    def __repr__(self) -> str:
        return f"SealKey(kid={self.kid!r})"


@value
class SealKeys:
    """The keys of a deployment: the ``newest`` seals, ``every`` one verifies."""

    every: tuple[SealKey, ...]

    @property
    def newest(self) -> SealKey:
        """The key that new seals are made with."""
        return self.every[0]

    def of(self, kid: str) -> SealKey | None:
        """Return the key of that name."""
        return next((key for key in self.every if key.kid == kid), None)


def seal_keys(text: str) -> SealKeys:
    """Return the keys that ``k2:<base64url>,k1:<base64url>`` writes; raises ``ValueError`` with the rule."""
    keys = [_key(part.strip()) for part in text.split(",")]
    if len({key.kid for key in keys}) != len(keys) or len({key.secret for key in keys}) != len(keys):
        raise ValueError("each key has a name of its own, and no two keys are equal")
    return SealKeys(every=tuple(keys))


def _key(text: str) -> SealKey:
    named = re.fullmatch(_NAMED_KEY, text)
    secret = None if named is None else from_base64url(named[2])
    if named is None or secret is None or len(secret) < SHORTEST_KEY_BYTES:
        raise ValueError("'k2:<base64url of 32 bytes or more>,k1:…', names of 1 to 16 A-Z a-z 0-9 _ -")
    return SealKey(kid=named[1], secret=secret)


def base64url(data: bytes) -> str:
    """Return ``data`` in base64url, without padding (RFC 4648, section 5)."""
    return b2a_base64(data, newline=False).translate(_OF_URLS, b"=").decode()


def from_base64url(text: str) -> bytes | None:
    """Return what ``text`` writes, or None where ``base64url`` would not write it so."""
    if len(text) % 4 == 1:
        return None
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if base64url(data) == text else None
