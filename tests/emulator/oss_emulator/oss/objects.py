"""GetObject, HeadObject, DeleteObject, DeleteMultipleObjects and the tags of objects."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from werkzeug.wrappers import Response

from ..store.storage import Blob, StoredObject
from ..wire.errors import OssError
from .calls import (
    Call,
    checked_version_id,
    encoded,
    encoding_type,
    http_date,
    on_the_wire,
    printable,
    read_xml,
    xml,
)
from .symlinks import followed

MAX_DELETED_KEYS = 1000
FROZEN = frozenset({"Archive", "ColdArchive", "DeepColdArchive"})
"""Storage classes whose bytes are not read as they are; a bucket may let Archive be read, which is off here ([doc])."""

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def get_object(call: Call) -> Response:
    """Answer the bytes, or the range of them that is asked for."""
    with call.bucket.locked():
        stored, blob = _found(call)
        overrides = _overrides(call)
        check_thawed(stored)
        start, length, status = _extent(call, blob.size)
        body = call.cloud.store.read(blob, start=start, length=length)
    headers = _headers(call, stored) | {"Content-Length": str(length)}
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{blob.size}"
        # The CRC stays: it is the whole object's.
        headers.pop("Content-MD5", None)
    return Response(body, status, headers=on_the_wire(headers | overrides), direct_passthrough=True)


def head_object(call: Call) -> Response:
    """Answer the headers of the object."""
    with call.bucket.locked():
        stored, blob = _found(call)
    response = Response("", 200, headers=on_the_wire(_headers(call, stored)))
    response.headers["Content-Length"] = str(blob.size)
    return response


def head_meta(call: Call) -> Response:
    """Answer GetObjectMeta: ETag, time and size, and nothing else of what HeadObject says."""
    whole = head_object(call)
    named = ("ETag", "Last-Modified", "x-oss-version-id")
    answer = Response("", 200, headers={name: whole.headers[name] for name in named if name in whole.headers})
    answer.headers.pop("Content-Type")
    answer.headers["Content-Length"] = whole.headers["Content-Length"]
    return answer


def _found(call: Call) -> tuple[StoredObject, Blob]:
    """Return what is asked for; whoever calls this holds the bucket, so that what is read is what was judged."""
    version_id = call.version_id
    action = "oss:GetObject" if version_id is None else "oss:GetObjectVersion"
    call.authorize(action, key=call.key, version_id=version_id)
    stored = call.bucket.version(call.key, version_id)
    if stored.symlink_target is not None:
        stored = followed(call, stored, action=action)
    check_conditions(call, stored)
    if stored.blob is None:
        raise OssError("no-key", Key=stored.key)
    return stored, stored.blob


def check_thawed(stored: StoredObject) -> None:
    """Raise ``OssError`` for an object of a class that is read only once it is restored, which nobody can do here."""
    if stored.storage_class in FROZEN:
        raise OssError("frozen", Key=stored.key)


def check_conditions(call: Call, stored: StoredObject, *, prefix: str = "") -> None:
    """Raise ``OssError`` unless the object fits the request's conditions, whose names begin with ``prefix``."""

    def asked(name: str) -> str | None:
        return call.header(f"{prefix}{name}")

    modified = datetime.fromisoformat(stored.modified)
    if (match := asked("if-match")) and match.strip('"') != stored.etag:
        raise OssError("precondition", Condition="If-Match")
    if (none := asked("if-none-match")) and none.strip('"') == stored.etag:
        raise OssError("not-modified")
    if (since := _http_moment(asked("if-modified-since"))) and modified <= since:
        raise OssError("not-modified")
    if (until := _http_moment(asked("if-unmodified-since"))) and modified > until:
        raise OssError("precondition", Condition="If-Unmodified-Since")


def _http_moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else parsedate_to_datetime(text).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _extent(call: Call, size: int) -> tuple[int, int, int]:
    """Return (start, length, status) of what is asked for.

    A malformed range is ignored. So is one that reaches past the end, unless ``x-oss-range-behavior: standard``
    asks for what RFC 9110 says (OSS, range download).
    """
    match = _RANGE.fullmatch(call.header("range") or "")
    if match is None or not (match[1] or match[2]):
        return 0, size, 200
    first = int(match[1]) if match[1] else size - int(match[2])
    last = int(match[2]) if match[1] and match[2] else size - 1
    if 0 <= first <= last < size:
        return first, last - first + 1, 206
    if call.header("x-oss-range-behavior") != "standard":
        return 0, size, 200
    first, last = max(first, 0), min(last, size - 1)
    if last < first:
        raise OssError("range")
    return first, last - first + 1, 206


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
    if stored.blob and stored.etag == stored.blob.md5:
        headers["Content-MD5"] = stored.blob.content_md5
    if call.bucket.versioned:
        headers["x-oss-version-id"] = stored.version_id
    if stored.tags:
        headers["x-oss-tagging-count"] = str(len(stored.tags))
    return headers | _styled(call)


def _styled(call: Call) -> dict[str, str]:
    """Return what says that the object's own bytes come in place of a style's; anything but a style is refused.

    The bucket has to know the style: images are not processed here, which a name that works must not hide.
    """
    process = call.parameter("x-oss-process")
    if process is None:
        return {}
    kind, _, name = process.partition("/")
    if kind != "style":
        raise OssError("not-implemented", detail=f"processing: {process}")
    if name not in call.bucket.settings.styles:
        raise OssError("no-style", StyleName=name)
    return {"x-oss-emulator-process": process}


def _overrides(call: Call) -> dict[str, str]:
    """Return the headers that the request wants in place of the object's; who signs nothing may not ask for any."""
    prefix = "response-"
    query = call.incoming.query
    named = {name[len(prefix) :]: value for name, value in query.items() if name.startswith(prefix)}
    if named and call.principal.kind == "anybody":
        raise OssError("anonymous-override")
    if "content-type" in named and not call.cloud.type_overrides_open:
        raise OssError("type-override")
    return {name: printable(value) for name, value in named.items()}


def delete_object(call: Call) -> Response:
    """Delete the key, or one version of it; a key that is not there is deleted too."""
    version_id = call.version_id
    _authorize_deletion(call, call.key, version_id)
    marked, named = _deleted(call, call.key, version_id)
    headers = {} if named is None else {"x-oss-version-id": named}
    return Response("", 204, headers={**headers, **({"x-oss-delete-marker": "true"} if marked else {})})


def _authorize_deletion(call: Call, key: str, version_id: str | None) -> None:
    action = "oss:DeleteObject" if version_id is None else "oss:DeleteObjectVersion"
    call.authorize(action, key=key, version_id=version_id)


def _deleted(call: Call, key: str, version_id: str | None) -> tuple[bool, str | None]:
    """Delete a key or a version; return whether a marker was made or deleted, and which version that was."""
    if version_id is not None:
        gone = call.bucket.delete_version(key, version_id)
        return gone is not None and gone.blob is None, version_id
    marker = call.bucket.delete(key, modified=call.modified)
    return marker is not None, marker.version_id if marker else None


def delete_objects(call: Call) -> Response:
    """Delete many keys; each needs its own permission, and none goes where one is refused ([inf])."""
    document = read_xml(call, malformed="malformed-delete")
    named = [
        (element.findtext("Key") or "", checked_version_id(element.findtext("VersionId") or None))
        for element in document.iter("Object")
    ]
    if not 1 <= len(named) <= MAX_DELETED_KEYS or not all(key for key, _ in named):
        raise OssError("malformed-delete")
    for key, version_id in named:
        _authorize_deletion(call, key, version_id)
    deleted = [_told(call, key, version_id, *_deleted(call, key, version_id)) for key, version_id in named]
    shown = [] if document.findtext("Quiet") == "true" else deleted
    return xml("DeleteResult", EncodingType=encoding_type(call), Deleted=shown)


def _told(call: Call, key: str, version_id: str | None, marked: bool, at: str | None) -> dict[str, Any]:
    """Return what the answer says about one deleted key: the version that was named, and any marker."""
    return {
        "Key": encoded(call, key),
        "VersionId": version_id,
        "DeleteMarker": "true" if marked else None,
        "DeleteMarkerVersionId": at if marked else None,
    }
