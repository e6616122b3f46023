"""Claims of a caller, written so that each value is one plain segment of a key, and no two share one.

``[A-Za-z0-9_@-]`` and a dot that is not the first stay; every other byte of a value's UTF-8 becomes ``~`` and
two upper-case hexadecimal digits, as ``auth0|5f`` becomes ``auth0~7C5f``. A tilde is written ``~7E`` itself,
so that the text can be read back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NewType

from shared.errors import AccessDenied

VerifiedClaims = NewType("VerifiedClaims", Mapping[str, str])
"""Claim names and written values that somebody vouches for; made by ``shared.fc.identity`` only."""

MAX_CLAIM_BYTES = 200
"""Of a value as it is written."""

CLAIM = re.compile(r"(?:[A-Za-z0-9_@-]|~[0-9A-F]{2})(?:[A-Za-z0-9_@.-]|~[0-9A-F]{2})*")
"""What a written value may be: RAM, URL parsers and keys read it as one plain segment."""

_PLAIN = re.compile(r"[A-Za-z0-9_@-][A-Za-z0-9_@.-]*")
_STAY = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@-.")


def written(name: str, value: str) -> str:
    """Return a claim's value as it stands in keys; raises ``AccessDenied`` for one that cannot be written."""
    text = value if _PLAIN.fullmatch(value) else _escaped(name, value)
    if len(text) > MAX_CLAIM_BYTES:
        raise AccessDenied(
            f"claim {name}: takes more than {MAX_CLAIM_BYTES} bytes as it is written into keys"
        )
    return text


def _escaped(name: str, value: str) -> str:
    try:
        octets = value.encode()
    except UnicodeEncodeError:
        raise AccessDenied(f"claim {name}: holds a lone surrogate, which is not Unicode") from None
    escaped = [chr(octet) if octet in _STAY else f"~{octet:02X}" for octet in octets]
    if escaped[0] == ".":
        escaped[0] = "~2E"
    return "".join(escaped)
