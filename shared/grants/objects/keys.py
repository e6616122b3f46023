"""Object keys: which are safe to sign, and how the server chooses one from a file name.

OSS takes any UTF-8 key of 1 to 1,023 bytes that does not begin with ``/`` or ``\\`` (OSS, object naming
conventions). URL parsers fold dot segments and turn backslashes round, so keys that they would rewrite are
refused as well.
"""

from __future__ import annotations

import re

from shared.errors import InvalidRequest

MAX_KEY_BYTES = 1023
MAX_NAME_BYTES = 255
ENTROPY_BYTES = 16
"""128 random bits make a server-chosen key unguessable and unique."""

_INVISIBLE = "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
"""What changes how text shows, or what XML 1.0 cannot carry."""

_CONTROL = "\x00-\x1f\x7f-\x9f"
# What is left out, not what is looked for: re compiles it in half the time.
_SAFE = re.compile(f"[^\\\\{_CONTROL}{_INVISIBLE}\ud800-\udfff]+")
# Both cases are written out: to ignore case, re imports a table of its own.
_FOLDED_SEGMENT = re.compile(r"(?:^|/)(?:\.|%2[Ee]){0,2}(?:/|$)")
# Only names of files need this one: re compiles it when it is first used.
_NOT_IN_NAMES = f"[/\\\\:*?\"'<>|${{}}%&+#;,=\\s{_CONTROL}{_INVISIBLE}\ud800-\udfff]+"


def is_plain(text: str) -> bool:
    """Tell whether a text shows as it is: no control, bidirectional or invisible characters."""
    return re.search(f"[{_CONTROL}{_INVISIBLE}\ud800-\udfff]", text) is None


def check_key(key: str) -> str:
    """Return ``key`` if it is read in one way only by OSS, RAM and URL parsers; raises ``InvalidRequest``."""
    if not key or key[0] in "/\\":
        raise InvalidRequest("key: not empty, and not beginning with '/' or a backslash")
    if not _SAFE.fullmatch(key):
        raise InvalidRequest(
            "key: no backslash, control, bidirectional or invisible characters, no lone surrogates"
        )
    if len(key.encode()) > MAX_KEY_BYTES:
        raise InvalidRequest(f"key: at most {MAX_KEY_BYTES} UTF-8 bytes")
    if _FOLDED_SEGMENT.search(key):
        raise InvalidRequest("key: no empty, '.' or '..' segment, percent-encoded or not")
    return key


def key_for_filename(filename: str, *, prefix: str, entropy: bytes) -> str:
    """Return ``prefix`` + 32 hex digits + ``-`` + the cleaned name: one segment of at most 255 bytes."""
    unique = entropy.hex() + "-"
    return check_key(prefix + unique + clean_filename(filename, max_bytes=MAX_NAME_BYTES - len(unique)))


def clean_filename(filename: str, *, max_bytes: int = MAX_NAME_BYTES) -> str:
    """Return ``filename`` without directories, separators, control and invisible characters; never empty.

    The extension is kept when the name must be cut to ``max_bytes`` UTF-8 bytes. Unicode is composed (NFC).
    """
    from unicodedata import normalize

    composed = normalize("NFC", filename.encode("utf-8", "replace").decode())
    visible = re.sub(_NOT_IN_NAMES, "_", composed)
    stem, dot, extension = visible.strip("._- ").rpartition(".")
    if not dot or len(extension.encode()) > 16:
        stem, dot, extension = visible.strip("._- "), "", ""
    room = max_bytes - len((dot + extension).encode())
    return (_cut(stem, room).rstrip("._- ") or "file") + dot + extension


def _cut(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode("utf-8", "ignore")
