"""CopyObject and UploadPartCopy: bytes that stay at OSS, by the permission to read the one and to write the other.

The source is ``/bucket/key`` of this account, percent-encoded, with a ``versionId`` where one is meant; it may
be in another bucket of the region (OSS, CopyObject).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from werkzeug.wrappers import Response

from ..store.storage import Blob, StoredObject
from ..wire import facts
from ..wire.errors import OssError
from .calls import Call, checked_key, checked_version_id, xml
from .multipart import keep_part, named_upload
from .objects import check_conditions, check_thawed
from .symlinks import followed
from .writing import authorize_write, forbids_overwrite, headers_of_write, keep, new_object

COPY_HEADERS = frozenset(
    f"x-oss-{name}"
    for name in (
        *("copy-source", "copy-source-range", "copy-source-if-match", "copy-source-if-none-match"),
        *("copy-source-if-modified-since", "copy-source-if-unmodified-since"),
        *("metadata-directive", "tagging-directive"),
    )
)
"""The ``x-oss-…`` headers of a copy."""

_SOURCE = re.compile(r"/?([a-z0-9][a-z0-9-]{1,61}[a-z0-9])/(.+)")
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})")


def copy_object(call: Call) -> Response:
    """Store the source under the key, with its headers and tags unless others are asked for."""
    key, headers = call.key, call.incoming.headers
    authorize_write(call, key, headers)
    source, forbid = _source(call), forbids_overwrite(headers)
    with source.call.bucket.locked():
        stored, blob = _found(source)
        call.bucket.check_overwriting(key, forbid=forbid)
        if stored.tags and _directive(headers, "tagging") == "COPY":
            source.call.authorize("oss:GetObjectTagging", key=stored.key)
            call.authorize(facts.INLINE_TAGGING_ACTION, key=key)
        content = call.cloud.store.read(blob)
    copied = call.cloud.store.write(content)
    made = new_object(call, key=key, blob=copied, headers=headers, etag=stored.etag)
    if _directive(headers, "metadata") == "COPY":
        made = replace(made, headers=stored.headers)
    if _directive(headers, "tagging") == "COPY":
        made = replace(made, tags=stored.tags)
    made = keep(call, made, forbid_overwrite=forbid)
    answer = xml("CopyObjectResult", ETag=f'"{made.etag}"', LastModified=_millis(made.modified))
    answer.headers.update(headers_of_write(call, made))
    return answer


def upload_part_copy(call: Call) -> Response:
    """Store the source, or a range of it, as one part of an upload."""
    call.authorize(facts.WRITE_ACTION, key=call.key)
    named_upload(call)
    source = _source(call)
    with source.call.bucket.locked():
        _, blob = _found(source)
        start, length = _range(call.header("x-oss-copy-source-range"), blob.size)
        content = call.cloud.store.read(blob, start=start, length=length)
    part = call.cloud.store.write(content)
    keep_part(call, part)
    answer = xml("CopyPartResult", ETag=f'"{part.md5}"', LastModified=_millis(call.modified))
    # Older SDKs read the ETag of a part that was copied from the header.
    answer.headers.update({"ETag": f'"{part.md5}"', "x-oss-hash-crc64ecma": part.crc64})
    return answer


class Source(NamedTuple):
    """What is copied: the call as on its bucket, its key, and the version that is named."""

    call: Call
    key: str
    version_id: str | None


def _source(call: Call) -> Source:
    """Return what ``x-oss-copy-source`` names; raises ``OssError``."""
    text = call.header("x-oss-copy-source") or ""
    path, _, query = text.partition("?")
    try:
        found = _SOURCE.fullmatch(unquote(path, errors="strict"))
    except UnicodeDecodeError:
        found = None
    named = parse_qs(query, keep_blank_values=True)
    if found is None or not set(named) <= {"versionId"}:
        raise OssError("argument", ArgumentName="x-oss-copy-source", ArgumentValue=text)
    version_id = checked_version_id(named.get("versionId", [None])[0])
    return Source(replace(call, bucket=call.cloud.bucket(found[1])), checked_key(found[2]), version_id)


def _found(source: Source) -> tuple[StoredObject, Blob]:
    """Return the source; raises unless it may be read and fits the conditions.

    Whoever calls this holds the source's bucket: what is read has to be what was judged, and its bytes stay until
    they are opened.
    """
    call, key, version_id = source
    action = "oss:GetObject" if version_id is None else "oss:GetObjectVersion"
    call.authorize(action, key=key, version_id=version_id)
    stored = call.bucket.version(key, version_id)
    if stored.symlink_target is not None:
        stored = followed(call, stored, action=action)
    check_conditions(call, stored, prefix="x-oss-copy-source-")
    if stored.blob is None:
        raise OssError("no-key", Key=key)
    check_thawed(stored)
    return stored, stored.blob


def _directive(headers: Mapping[str, str], what: str) -> str:
    asked = headers.get(f"x-oss-{what}-directive") or "COPY"
    if asked.upper() not in ("COPY", "REPLACE"):
        raise OssError("argument", ArgumentName=f"x-oss-{what}-directive")
    return asked.upper()


def _range(text: str | None, size: int) -> tuple[int, int]:
    """Return (start, length) of the range of a part; one that is malformed or reaches beyond is refused."""
    if text is None:
        return 0, size
    found = _RANGE.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or size - 1)) if found else (0, -1)
    if not first <= last < size:
        raise OssError("range")
    return first, last - first + 1


def _millis(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%Y-%m-%dT%H:%M:%S.000Z")
