"""Percent-encoding as signatures have it: one spelling for each text (OSS V4, encoding)."""

from __future__ import annotations

import re

from shared.errors import InvalidRequest

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_MAX_KEPT_CHARACTERS = 4096
_LONG = 128
_PERCENT = ord("%")
_KEPT = _UNRESERVED.encode()

_plain = re.compile("[A-Za-z0-9._~-]*").fullmatch
_plain_path = re.compile("[A-Za-z0-9._~/-]*").fullmatch


class _PercentEncoded(dict[str, str]):
    """What stands for each character; those of the scripts in use are kept as they come, up to a bound."""

    def __missing__(self, character: str) -> str:
        try:
            encoded = "%" + character.encode().hex("%").upper()
        except UnicodeEncodeError:
            raise InvalidRequest("text to sign holds a lone surrogate, which is not Unicode") from None
        if len(self) < _MAX_KEPT_CHARACTERS:
            self[character] = encoded
        return encoded


_encoded = _PercentEncoded(zip(_UNRESERVED, _UNRESERVED, strict=True))
_encoded_in_path = _PercentEncoded({**_encoded, "/": "/"})


def encode(text: str) -> str:
    """Return ``text`` percent-encoded: ``A-Z a-z 0-9 - _ . ~`` stay, a space is ``%20``, ``/`` is ``%2F``."""
    if len(text) > _LONG and text.isascii():
        return _encoded_at_once(text)
    return text if _plain(text) else "".join(map(_encoded.__getitem__, text))


def _encoded_at_once(text: str) -> str:
    """Return a long ASCII text encoded: base64 and its like hold few different characters that change."""
    changing = set(text.encode().translate(None, _KEPT))
    if _PERCENT in changing:
        # First, because the others bring it in.
        text = text.replace("%", "%25")
        changing.remove(_PERCENT)
    for octet in changing:
        text = text.replace(chr(octet), f"%{octet:02X}")
    return text


def encode_path(text: str) -> str:
    """Return ``text`` percent-encoded, with ``/`` kept."""
    return text if _plain_path(text) else "".join(map(_encoded_in_path.__getitem__, text))
