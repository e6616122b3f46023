"""What a deployment lets be uploaded, and how objects may be shown."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.content import check_content_type, check_disposition
from shared.grants.operations import MAX_OBJECT_BYTES, PresignRequest, ResponseOverrides

_NEW_OBJECTS = {"PutObject", "PostObject", "InitiateMultipartUpload"}


@dataclass(frozen=True, slots=True, kw_only=True)
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
