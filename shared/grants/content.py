"""Media types and file names of content: what a browser would run, and how a download is named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.operations import MAX_OBJECT_BYTES, PresignRequest, ResponseOverrides
from shared.values import value

DEFAULT_TYPE = "application/octet-stream"

# Not every call needs these: re compiles them when they are first used.
_WORD = r"[A-Za-z0-9!#$&^_.+-]+"
_MEDIA_TYPE = rf'{_WORD}/{_WORD}(?: *; *{_WORD}=(?:{_WORD}|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*'
_TYPE_PATTERN = rf"{_WORD}/(?:\*|{_WORD})"
_ACTIVE_TYPE = (
    r"text/(?:html|xml|xsl|javascript|ecmascript|jscript|livescript|vbscript|cache-manifest|x-.*script.*)"
    r"|application/(?:xml.*|(?:x-)?(?:java|ecma)script|x-shockwave-flash|x-sh|hta)"
    r"|.*\+xml|multipart/.*|message/.*"
)
_ACTIVE_EXTENSIONS = {
    **dict.fromkeys(("html", "htm", "shtml", "hta"), "text/html"),
    **dict.fromkeys(("xhtml", "xht"), "application/xhtml+xml"),
    **dict.fromkeys(("svg", "svgz"), "image/svg+xml"),
    **dict.fromkeys(("js", "mjs", "cjs", "jsx", "vbs"), "text/javascript"),
    **dict.fromkeys(("xml", "xsl", "xslt", "rdf", "rss", "atom", "mathml"), "text/xml"),
    **dict.fromkeys(("mht", "mhtml", "eml"), "message/rfc822"),
    "swf": "application/x-shockwave-flash",
    "appcache": "text/cache-manifest",
}
_DISPOSITION = r"(?i:attachment|inline)(?:;[\x20\x21\x22-\x7e]*)?"
# RFC 5987 attr-char, section 3.2.1.
_ATTR_CHARS = "!#$&+-.^_`|~"


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
    if not _is_allowed(_essence(content_type), allowed):
        raise AccessDenied(f"{field}: this media type is not granted")
    return content_type


def _is_allowed(essence: str, allowed: Sequence[str]) -> bool:
    if essence in allowed:
        return True
    if re.fullmatch(_ACTIVE_TYPE, essence):
        return False
    return not allowed or f"{essence.partition('/')[0]}/*" in allowed


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def must_download(key: str, *, allowed: Sequence[str]) -> bool:
    """Tell whether a browser might run the object ``key``, so that it must be served as an ``attachment``.

    OSS serves the type that was stored; what cannot be seen here is judged by the key's extension.
    """
    active_type = _ACTIVE_EXTENSIONS.get(key.rpartition(".")[2].lower())
    return active_type is not None and active_type not in allowed


def check_disposition(disposition: str) -> str:
    """Return a Content-Disposition that is ``attachment`` or ``inline`` in printable ASCII (RFC 6266 §4)."""
    if not re.fullmatch(_DISPOSITION, disposition):
        raise InvalidRequest("response.content_disposition: 'attachment' or 'inline', with ASCII parameters")
    return disposition


def attachment(name: str) -> str:
    """Return a Content-Disposition that saves the object as ``name`` (RFC 6266 §4.3, RFC 5987 §3.2).

    >>> attachment("\\u62a5\\u544a.pdf")
    'attachment; filename="__.pdf"; filename*=UTF-8\\'\\'%E6%8A%A5%E5%91%8A.pdf'
    """
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%;' else "_" for c in name)
    if plain == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{_percent_encode(name)}"


def _percent_encode(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe=_ATTR_CHARS)


_NEW_OBJECTS = {"PutObject", "PostObject", "InitiateMultipartUpload"}


@value
class ContentRules:
    """The rules of one deployment; ``content_types`` empty means anything but active content."""

    content_types: tuple[str, ...] = ()
    max_size: int = MAX_OBJECT_BYTES
    forbid_overwrite: bool = True
    process_styles: tuple[str, ...] = ()
    versions: bool = False


def check_content(asked: PresignRequest, *, rules: ContentRules) -> None:
    """Raise the first refusal of what is ``asked`` beyond operation, key and lifetime."""
    _check_type(asked, rules)
    _check_size(asked, rules)
    if asked.process is not None and asked.process not in rules.process_styles:
        raise AccessDenied("process: this image style is not granted")
    if asked.version_id is not None and not rules.versions:
        raise AccessDenied("version_id: versions are not granted")
    if asked.response is not None:
        _check_response(asked.response, rules)


def _check_type(asked: PresignRequest, rules: ContentRules) -> None:
    if asked.content_type is not None:
        check_content_type(asked.content_type, allowed=rules.content_types, field="content_type")
    elif rules.content_types and asked.operation in _NEW_OBJECTS:
        raise InvalidRequest("content_type: required, because only some media types are granted")


def _check_size(asked: PresignRequest, rules: ContentRules) -> None:
    for field in ("content_length", "max_size", "min_size"):
        size = getattr(asked, field)
        if size is not None and size > rules.max_size:
            raise AccessDenied(f"{field}: at most {rules.max_size} bytes are granted")


def _check_response(response: ResponseOverrides, rules: ContentRules) -> None:
    if response.content_type is not None:
        check_content_type(response.content_type, allowed=rules.content_types, field="response.content_type")
    if response.content_disposition is not None:
        check_disposition(response.content_disposition)
