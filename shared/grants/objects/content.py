"""Content of grants: the rules of a scope for types, sizes and options, and how a download is named."""

from __future__ import annotations

import re
from typing import Literal

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.objects.media_types import check_content_type
from shared.grants.operations import MAX_OBJECT_BYTES, PresignRequest, ResponseOverrides
from shared.values import value

DEFAULT_TYPE = "application/octet-stream"

# Not every call needs these: re compiles them when they are first used.
_DISPOSITION = r"(?i:attachment|inline)(?:;[\x20\x21\x22-\x7e]*)?"
# RFC 5987 attr-char, section 3.2.1.
_ATTR_CHARS = "!#$&+-.^_`|~"


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
_BODIES = {"PutObject", "UploadPart"}
_IN_PARTS = {"InitiateMultipartUpload", "CompleteMultipartUpload"}
_UPLOADS = _BODIES | _IN_PARTS


@value
class ContentRules:
    """The rules of one grant scope; ``content_types`` empty means anything but active content.

    ``ceiling``: bytes of an object at most, by whatever way; None is OSS's own limit of one request. Where a
    callback ``checks_uploads`` and deletes what is larger, uploads may leave their size open.
    """

    content_types: tuple[str, ...] = ()
    ceiling: int | None = None
    checks_uploads: bool = False
    forbid_overwrite: bool = True
    process_styles: tuple[str, ...] = ()
    versions: bool = False
    tagging: bool = False
    downloads: Literal["safe", "typed", "as-stored"] = "safe"

    @property
    def max_size(self) -> int:
        """Return the bytes that one request may store at most."""
        return MAX_OBJECT_BYTES if self.ceiling is None else self.ceiling


def check_content(asked: PresignRequest, *, rules: ContentRules) -> None:
    """Raise the first refusal of what is ``asked`` beyond operation, key and lifetime."""
    _check_type(asked, rules)
    _check_size(asked, rules)
    if asked.tagging is not None and not rules.tagging:
        raise AccessDenied("tagging: tags are not granted")
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
    if rules.ceiling is None or rules.checks_uploads:
        return
    limit = f"uploads are limited to {rules.ceiling} bytes"
    if asked.operation in _BODIES and asked.content_length is None:
        raise InvalidRequest(f"content_length: required, because {limit}; or ask for PostObject")
    if asked.operation in _IN_PARTS:
        raise InvalidRequest(
            f"{asked.operation}: {limit}, and nobody would add the parts up; "
            "ask for PostObject, or for PutObject with content_length"
        )


def size_enforced_by(asked: PresignRequest, *, rules: ContentRules) -> str | None:
    """Return who refuses a larger upload than was granted: None where nothing is uploaded.

    ``storage``: a form's range. ``signature``: the signed Content-Length. ``callback``: the upload is
    measured when it has ended. ``nothing``: only OSS's own limit holds.
    """
    if asked.operation == "PostObject":
        return "storage"
    if asked.operation not in _UPLOADS:
        return None
    if asked.content_length is not None:
        return "signature"
    return "callback" if rules.ceiling is not None and rules.checks_uploads else "nothing"


def _check_response(response: ResponseOverrides, rules: ContentRules) -> None:
    if response.content_type is not None:
        check_content_type(response.content_type, allowed=rules.content_types, field="response.content_type")
    if response.content_disposition is not None:
        check_disposition(response.content_disposition)
