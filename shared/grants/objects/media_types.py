"""Media types of content: which a browser runs, and which the extension of a key stands for.

What Chromium runs was asked of Chromium (``tests/clients/active_content.py``); other browsers show any XML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.errors import AccessDenied, InvalidRequest

# Not every call needs these: re compiles them when they are first used.
_WORD = r"[A-Za-z0-9!#$&^_.+-]+"
_MEDIA_TYPE = rf'{_WORD}/{_WORD}(?: *; *{_WORD}=(?:{_WORD}|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*'
_TYPE_PATTERN = rf"{_WORD}/(?:\*|{_WORD})"
# The last are types for which browsers look into the content for HTML (WHATWG, MIME Sniffing, section 7).
_ACTIVE_TYPE = (
    r"text/(?:html|xml|xsl|javascript[0-9.]*|ecmascript|jscript|livescript|vbscript|cache-manifest|x-.*script.*)"
    r"|application/(?:xml.*|(?:x-)?(?:java|ecma)script|x-shockwave-flash|x-sh|hta)"
    r"|.*\+xml|multipart/.*|message/.*"
    r"|(?:unknown|application)/unknown"
)

PASSIVE = {
    "image": {
        "png": "png",
        "jpg": "jpeg",
        "jpeg": "jpeg",
        "gif": "gif",
        "webp": "webp",
        "avif": "avif",
        "bmp": "bmp",
        "ico": "x-icon",
        "tif": "tiff",
        "tiff": "tiff",
        "heic": "heic",
        "heif": "heif",
    },
    "video": {"mp4": "mp4", "m4v": "mp4", "webm": "webm", "mov": "quicktime", "ogv": "ogg"},
    "audio": {
        "mp3": "mpeg",
        "m4a": "mp4",
        "aac": "aac",
        "wav": "wav",
        "flac": "flac",
        "ogg": "ogg",
        "oga": "ogg",
        "opus": "ogg",
        "weba": "webm",
    },
    "text": {"txt": "plain", "csv": "csv"},
    "application": {"pdf": "pdf", "json": "json"},
}
"""Subtypes by extension, of what browsers show and do not run."""

_PASSIVE_TYPE = {
    extension: f"{kind}/{subtype}"
    for kind, subtypes in PASSIVE.items()
    for extension, subtype in subtypes.items()
}


def check_type_pattern(pattern: str) -> str:
    """Return an allow-list entry (``image/png``, ``image/*``) in lower case; raises ``ValueError``."""
    if not re.fullmatch(_TYPE_PATTERN, pattern):
        raise ValueError("each entry is a media type such as 'image/png' or 'image/*'")
    return pattern.lower()


def check_content_type(content_type: str, *, allowed: Sequence[str], field: str) -> str:
    """Return ``content_type`` if this deployment lets it be asked for.

    ``allowed`` is the deployment's list; empty means anything but active content. Active content needs its
    name on the list, ``image/*`` is not enough for SVG. Raises ``InvalidRequest`` or ``AccessDenied``.
    """
    if not re.fullmatch(_MEDIA_TYPE, content_type):
        raise InvalidRequest(f"{field}: not a media type such as 'image/png'")
    if not is_allowed(_essence(content_type), allowed):
        raise AccessDenied(f"{field}: this media type is not granted")
    return content_type


def is_allowed(pattern: str, allowed: Sequence[str]) -> bool:
    """Tell whether a type, or all types of a pattern, may be asked for where these are ``allowed``."""
    if pattern in allowed:
        return True
    if re.fullmatch(_ACTIVE_TYPE, pattern):
        return False
    return not allowed or f"{pattern.partition('/')[0]}/*" in allowed


def passive_type(key: str, *, allowed: Sequence[str]) -> str | None:
    """Return the media type that the key's extension stands for, where browsers do not run it; else None."""
    _, dot, extension = key.rpartition("/")[2].lower().rpartition(".")
    if not dot:
        return None
    media_type = _PASSIVE_TYPE.get(extension)
    # What is passive is allowed where nothing is listed.
    if media_type is None or (allowed and not is_allowed(media_type, allowed)):
        return None
    return media_type


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
