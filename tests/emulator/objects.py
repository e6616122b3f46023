"""PutObject, GetObject, HeadObject, DeleteObject and their many headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import defusedxml.ElementTree
from werkzeug.wrappers import Response

from tests.emulator.buckets import checked_tags, tags_of
from tests.emulator.calls import Call, http_date, xml
from tests.emulator.errors import OssError
from tests.emulator.storage import Blob, StoredObject, body_of, check_md5

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

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def put_object(call: Call) -> Response:
    """Store the body under the key."""
    key = call.key
    forbid = forbids_overwrite(call)
    authorize_write(call, key)
    if forbid and call.bucket.exists(key):
        raise OssError("exists", Key=key)
    blob = store_body(call)
    stored = new_object(call, key=key, blob=blob, headers=call.incoming.headers, etag=blob.md5)
    keep(call, stored, forbid_overwrite=forbid)
    return written(call, stored)


def store_body(call: Call) -> Blob:
    """Return the stored body, checked against Content-MD5."""
    length = call.incoming.request.content_length
    if length is None:
        raise OssError("length")
    if length > MAX_PUT_BYTES:
        raise OssError("form-too-large")
    blob = call.cloud.store.write(body_of(call.incoming.request.stream, length=length))
    try:
        check_md5(blob, call.header("content-md5"))
    except OssError:
        call.cloud.store.drop(blob)
        raise
    return blob


def authorize_write(call: Call, key: str) -> None:
    """Raise unless the principal may write the key with the headers that came."""
    call.authorize("oss:PutObject", key=key)
    if call.header("x-oss-tagging"):
        call.authorize("oss:PutObjectTagging", key=key)
    for name in call.incoming.headers:
        if name in ("x-oss-copy-source", "x-oss-symlink-target") or name.startswith("x-oss-server-side"):
            raise OssError("not-implemented", detail=name)
    if call.header("x-oss-object-acl"):
        call.authorize("oss:PutObjectAcl", key=key)


def forbids_overwrite(call: Call) -> bool:
    """Return what ``x-oss-forbid-overwrite`` asks; raises on anything but true and false."""
    value = call.header("x-oss-forbid-overwrite") or "false"
    if value.lower() not in ("true", "false"):
        raise OssError("argument", ArgumentName="x-oss-forbid-overwrite")
    return value.lower() == "true"


def new_object(call: Call, *, key: str, blob: Blob, headers: Mapping[str, str], etag: str) -> StoredObject:
    """Return the object that a write with these headers makes."""
    given = dict(headers)
    storage_class = given.get("x-oss-storage-class", "Standard")
    if storage_class not in STORAGE_CLASSES:
        raise OssError("argument", ArgumentName="x-oss-storage-class")
    kept = {name: given[name] for name in STORED_HEADERS if given.get(name)}
    metadata = {name: value for name, value in given.items() if name.startswith("x-oss-meta-")}
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA_BYTES + 11 * len(
        metadata
    ):
        raise OssError("argument", ArgumentName="x-oss-meta-*")
    return StoredObject(
        key=key,
        version_id=call.bucket.new_version_id(),
        modified=call.now.replace(microsecond=0).isoformat(),
        blob=blob,
        etag=etag,
        headers={"content-type": "application/octet-stream", **kept, **metadata},
        tags=tags_of(given.get("x-oss-tagging")),
        storage_class=storage_class,
        callback=given.get("x-oss-callback"),
    )


def keep(call: Call, stored: StoredObject, *, forbid_overwrite: bool) -> None:
    """Keep a new object; its bytes go when it may not be kept."""
    try:
        call.bucket.put(stored, forbid_overwrite=forbid_overwrite)
    except OssError:
        if stored.blob is not None:
            call.cloud.store.drop(stored.blob)
        raise


def written(call: Call, stored: StoredObject) -> Response:
    """Return the answer to a write."""
    blob = stored.blob
    headers = {"ETag": f'"{stored.etag}"', "x-oss-hash-crc64ecma": blob.crc64 if blob else ""}
    headers |= {"x-oss-version-id": stored.version_id} if call.bucket.versioned else {}
    return Response("", 200, headers=headers)


def get_object(call: Call) -> Response:
    """Answer the bytes, or the range of them that is asked for."""
    stored = _found(call)
    blob, start, length, status = _extent(call, stored)
    headers = _headers(call, stored) | {"Content-Length": str(length)}
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{blob.size}"
    body = call.cloud.store.read(blob, start=start, length=length)
    return Response(body, status, headers=headers | _overrides(call), direct_passthrough=True)


def head_object(call: Call) -> Response:
    """Answer the headers of the object."""
    stored = _found(call)
    size = stored.blob.size if stored.blob else 0
    response = Response("", 200, headers=_headers(call, stored))
    response.headers["Content-Length"] = str(size)
    return response


def _found(call: Call) -> StoredObject:
    version_id = call.parameter("versionId")
    call.authorize("oss:GetObject" if version_id is None else "oss:GetObjectVersion", key=call.key)
    stored = call.bucket.version(call.key, version_id)
    _check_conditions(call, stored)
    return stored


def _check_conditions(call: Call, stored: StoredObject) -> None:
    modified = datetime.fromisoformat(stored.modified)
    if (match := call.header("if-match")) and match.strip('"') != stored.etag:
        raise OssError("precondition")
    if (none := call.header("if-none-match")) and none.strip('"') == stored.etag:
        raise OssError("not-modified")
    if (since := _http_moment(call.header("if-modified-since"))) and modified <= since:
        raise OssError("not-modified")
    if (until := _http_moment(call.header("if-unmodified-since"))) and modified > until:
        raise OssError("precondition")


def _http_moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else parsedate_to_datetime(text).astimezone(timezone.utc)
    except ValueError:
        return None


def _extent(call: Call, stored: StoredObject) -> tuple[Blob, int, int, int]:
    """Return (blob, start, length, status) of what is asked for; a malformed range is ignored."""
    blob = stored.blob
    if blob is None:
        raise OssError("no-key", Key=stored.key)
    match = _RANGE.fullmatch(call.header("range") or "")
    if match is None or not (match[1] or match[2]):
        return blob, 0, blob.size, 200
    first = int(match[1]) if match[1] else max(blob.size - int(match[2]), 0)
    last = min(int(match[2]), blob.size - 1) if match[1] and match[2] else blob.size - 1
    if first >= blob.size or last < first:
        raise OssError("range")
    return blob, first, last - first + 1, 206


def _headers(call: Call, stored: StoredObject) -> dict[str, str]:
    headers = {
        **stored.headers,
        "ETag": f'"{stored.etag}"',
        "Last-Modified": http_date(stored.modified),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": stored.object_type,
        "x-oss-storage-class": stored.storage_class,
        "x-oss-hash-crc64ecma": stored.blob.crc64 if stored.blob else "",
    }
    if call.bucket.versioned:
        headers["x-oss-version-id"] = stored.version_id
    if stored.tags:
        headers["x-oss-tagging-count"] = str(len(stored.tags))
    if call.parameter("x-oss-process"):
        headers["x-oss-emulator-process"] = call.parameter("x-oss-process") or ""
    return headers


def _overrides(call: Call) -> dict[str, str]:
    prefix = "response-"
    query = call.incoming.query
    return {name[len(prefix) :]: value for name, value in query.items() if name.startswith(prefix)}


def delete_object(call: Call) -> Response:
    """Delete the key, or one version of it; a key that is not there is deleted too."""
    version_id = call.parameter("versionId")
    call.authorize("oss:DeleteObject" if version_id is None else "oss:DeleteObjectVersion", key=call.key)
    if version_id is not None:
        call.bucket.delete_version(call.key, version_id)
        return Response("", 204, headers={"x-oss-version-id": version_id})
    marker = call.bucket.delete(call.key, modified=call.now.replace(microsecond=0).isoformat())
    headers = {} if marker is None else {"x-oss-delete-marker": "true", "x-oss-version-id": marker.version_id}
    return Response("", 204, headers=headers)


def delete_objects(call: Call) -> Response:
    """Delete many keys; each needs its own permission."""
    document = read_xml(call)
    keys = [element.findtext("Key") or "" for element in document.iter("Object")]
    if not 1 <= len(keys) <= 1000 or not all(keys):
        raise OssError("malformed-xml")
    for key in keys:
        call.authorize("oss:DeleteObject", key=key)
    for key in keys:
        call.bucket.delete(key, modified=call.now.replace(microsecond=0).isoformat())
    quiet = document.findtext("Quiet") == "true"
    return xml("DeleteResult", Deleted=[] if quiet else [{"Key": key} for key in keys])


def read_xml(call: Call, *, limit: int = 2 * 1024 * 1024):  # type: ignore[no-untyped-def]  # untyped library
    """Return the body as XML, without entities and the like; raises ``OssError``."""
    length = call.incoming.request.content_length
    if length is None:
        raise OssError("length")
    if length > limit:
        raise OssError("malformed-xml")
    data = b"".join(body_of(call.incoming.request.stream, length=length))
    try:
        return defusedxml.ElementTree.fromstring(data)
    except (defusedxml.ElementTree.ParseError, ValueError):
        raise OssError("malformed-xml") from None


def put_tagging(call: Call) -> Response:
    """Set the tags of an object."""
    call.authorize("oss:PutObjectTagging", key=call.key)
    pairs = [(tag.findtext("Key") or "", tag.findtext("Value") or "") for tag in read_xml(call).iter("Tag")]
    old = call.bucket.current(call.key)
    call.bucket.replace(old, replace(old, tags=checked_tags(dict(pairs), count=len(pairs))))
    return Response("", 200)


def get_tagging(call: Call) -> Response:
    """Answer the tags of an object."""
    call.authorize("oss:GetObjectTagging", key=call.key)
    tags = call.bucket.current(call.key).tags
    return xml("Tagging", TagSet={"Tag": [{"Key": name, "Value": value} for name, value in tags.items()]})


def delete_tagging(call: Call) -> Response:
    """Take the tags of an object away."""
    call.authorize("oss:DeleteObjectTagging", key=call.key)
    old = call.bucket.current(call.key)
    call.bucket.replace(old, replace(old, tags={}))
    return Response("", 204)
