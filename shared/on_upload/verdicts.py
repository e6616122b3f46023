"""Verdicts: the object that is stored, held against what was granted."""

from __future__ import annotations

from typing import Any, Literal

from shared.errors import ServiceError
from shared.on_upload.received import Callback, GrantedUpload
from shared.on_upload.stored import StoredObject

Verdict = Literal["Success", "EtagMismatch", "EntityTooLarge", "ContentTypeMismatch"]

_RULES: dict[Verdict, str] = {
    "EtagMismatch": "object: not the one that was uploaded, or a symbolic link",
    "EntityTooLarge": "size: more than was granted",
    "ContentTypeMismatch": "content_type: another than was granted",
}


class UploadRefused(ServiceError):
    """An upload ended with something that was not granted; it is an answer, not a failure."""

    def __init__(self, verdict: Verdict) -> None:
        self.code = verdict
        super().__init__(_RULES[verdict])


def verdict(callback: Callback, stored: StoredObject) -> Verdict:
    """Return whether the object is the one that was uploaded, and what was granted."""
    upload = callback.upload
    if stored.is_link or stored.etag.upper() != callback.unverified_etag.upper():
        return "EtagMismatch"
    if upload.max_size is not None and stored.size > upload.max_size:
        return "EntityTooLarge"
    if upload.content_type is not None and _plain(stored.content_type) != _plain(upload.content_type):
        return "ContentTypeMismatch"
    return "Success"


def _plain(media_type: str) -> str:
    return media_type.replace(" ", "").lower()


def document(found: Verdict, callback: Callback, stored: StoredObject, *, bucket: str) -> dict[str, Any]:
    """Return what OSS passes on to the client, and the back end is told.

    Of an object that is not the one that was uploaded it says nothing: that one is somebody else's affair.
    """
    upload = callback.upload
    named = {"Code": found, "id": upload.id, "bucket": bucket, "key": upload.key}
    if found == "EtagMismatch":
        return {**named, "etag": callback.unverified_etag, **_reference(upload)}
    return {
        **named,
        "size": stored.size,
        "etag": stored.etag,
        "content_type": stored.content_type,
        "crc64": stored.crc64,
        **({} if stored.version_id is None else {"version_id": stored.version_id}),
        **_reference(upload),
        "uploaded_at": stored.uploaded_at,
    }


def _reference(upload: GrantedUpload) -> dict[str, str]:
    return {} if upload.reference is None else {"reference": upload.reference}
