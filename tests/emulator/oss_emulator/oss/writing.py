"""PutObject, and what every way of writing an object shares: permissions, headers that are kept, the answer."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.wrappers import Response

from ..cloud import Landed
from ..store.buckets import tags_of
from ..store.storage import Blob, StoredObject, body_of, check_md5
from ..wire import facts
from ..wire.errors import OssError
from . import callbacks
from .authorization import checked_acl
from .calls import Call, printable

STORED_HEADERS = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
)
STORAGE_CLASSES = {"Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"}
MAX_METADATA_BYTES = 8192
MAX_PUT_BYTES = 5 * 1024**3


def put_object(call: Call) -> Response:
    """Store the body under the key."""
    key, headers = call.key, call.incoming.headers
    authorize_write(call, key, headers)
    forbid = forbids_overwrite(headers)
    call.bucket.check_overwriting(key, forbid=forbid)
    callback = callbacks.asked_for(call)
    blob = store_body(call)
    made = new_object(call, key=key, blob=blob, headers=headers, etag=blob.md5)
    stored = keep(call, made, forbid_overwrite=forbid)
    answer = Response("", 200, headers=headers_of_write(call, stored))
    return callbacks.answered(call, callback, stored, operation="PutObject", otherwise=answer)


def store_body(call: Call) -> Blob:
    """Return the stored body, checked against Content-MD5."""
    length = call.incoming.body_length
    if (length or 0) > MAX_PUT_BYTES:
        raise OssError("form-too-large")
    blob = call.cloud.store.write(body_of(call.incoming.request.stream, length=length))
    try:
        check_md5(blob, call.header("content-md5"))
    except OssError:
        call.cloud.store.drop(blob)
        raise
    return blob


def authorize_write(call: Call, key: str, given: Mapping[str, str]) -> None:
    """Raise unless the principal may write the key with these headers, or form fields."""
    call.authorize(facts.WRITE_ACTION, key=key)
    if given.get("x-oss-tagging"):
        call.authorize(facts.INLINE_TAGGING_ACTION, key=key)
    if acl := given.get("x-oss-object-acl"):
        call.authorize(facts.INLINE_ACL_ACTION, key=key)
        checked_acl(acl, bucket=call.bucket, of_object=True)


def forbids_overwrite(given: Mapping[str, str]) -> bool:
    """Return what ``x-oss-forbid-overwrite`` asks; raises on anything but true and false."""
    value = given.get("x-oss-forbid-overwrite") or "false"
    if value.lower() not in ("true", "false"):
        raise OssError("argument", ArgumentName="x-oss-forbid-overwrite")
    return value.lower() == "true"


def new_object(
    call: Call,
    *,
    key: str,
    blob: Blob,
    headers: Mapping[str, str],
    etag: str,
    object_type: str = "Normal",
) -> StoredObject:
    """Return the object that a write with these headers makes; a refusal drops its bytes."""
    try:
        return StoredObject(
            key=key,
            modified=call.modified,
            blob=blob,
            etag=etag,
            headers={"content-type": "application/octet-stream", **_kept(headers), **_metadata(headers)},
            tags=tags_of(headers.get("x-oss-tagging")),
            object_type=object_type,
            storage_class=_storage_class(call, headers),
            acl=checked_acl(headers.get("x-oss-object-acl"), bucket=call.bucket, of_object=True),
        )
    except OssError:
        call.cloud.store.drop(blob)
        raise


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: printable(headers[name]) for name in STORED_HEADERS if headers.get(name)}


def _metadata(headers: Mapping[str, str]) -> dict[str, str]:
    prefix = "x-oss-meta-"
    metadata = {name: printable(value) for name, value in headers.items() if name.startswith(prefix)}
    size = sum(len(name) - len(prefix) + len(value.encode()) for name, value in metadata.items())
    if size > MAX_METADATA_BYTES:
        raise OssError("argument", ArgumentName="x-oss-meta-*")
    return metadata


def _storage_class(call: Call, headers: Mapping[str, str]) -> str:
    storage_class = headers.get("x-oss-storage-class", call.bucket.settings.storage_class)
    if storage_class not in STORAGE_CLASSES:
        raise OssError("argument", ArgumentName="x-oss-storage-class")
    return storage_class


def keep(call: Call, made: StoredObject, *, forbid_overwrite: bool) -> StoredObject:
    """Keep a new object and return it as it is kept; its bytes go when it may not be."""
    try:
        stored = call.bucket.put(made, forbid_overwrite=forbid_overwrite)
    except OssError:
        if made.blob is not None:
            call.cloud.store.drop(made.blob)
        raise
    call.cloud.announce(
        Landed(
            at=call.now,
            operation=_operation(call),
            bucket=call.bucket.name,
            key=stored.key,
            size=0 if stored.blob is None else stored.blob.size,
            etag=stored.etag,
            request_id=call.request_id,
        )
    )
    return stored


def _operation(call: Call) -> str:
    """Return the name under which events tell of this write."""
    if call.incoming.is_form:
        return "PostObject"
    if call.parameter("uploadId") is not None:
        return "CompleteMultipartUpload"
    if call.parameter("symlink") is not None:
        return "PutSymlink"
    return "CopyObject" if call.header("x-oss-copy-source") else "PutObject"


def headers_of_write(call: Call, stored: StoredObject) -> dict[str, str]:
    """Return what the answer to a write says about the object in its headers."""
    headers = {"ETag": f'"{stored.etag}"', "x-oss-hash-crc64ecma": stored.blob.crc64 if stored.blob else ""}
    if stored.blob and stored.etag == stored.blob.md5:
        headers["Content-MD5"] = stored.blob.content_md5
    headers |= {"x-oss-version-id": stored.version_id} if call.bucket.versioned else {}
    return headers
