"""Percent-encoding as signatures have it: one spelling for each text (OSS V4, encoding)."""

from __future__ import annotations

import re

from shared.errors import InvalidRequest

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_MAX_KEPT_CHARACTERS = 4096

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
    return text if _plain(text) else "".join(map(_encoded.__getitem__, text))


def encode_path(text: str) -> str:
    """Return ``text`` percent-encoded, with ``/`` kept."""
    return text if _plain_path(text) else "".join(map(_encoded_in_path.__getitem__, text))
