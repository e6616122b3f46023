"""ListObjects and ListObjectsV2."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

from werkzeug.wrappers import Response

from ..store.storage import StoredObject
from ..wire.errors import OssError
from .calls import Call, encoded, encoding_type, whole_number, xml

MAX_KEYS = 1000
KNOWN_PARAMETERS = {
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "start-after",
    "continuation-token",
    "marker",
    "encoding-type",
    "fetch-owner",
}


class Page(NamedTuple):
    """What one answer lists, and where the next one begins."""

    objects: list[StoredObject]
    prefixes: list[str]
    next_after: str | None


def list_objects(call: Call) -> Response:
    """List objects of the bucket; ``list-type=2`` answers in the newer shape."""
    call.authorize("oss:ListObjects")
    is_v2 = call.parameter("list-type") == "2"
    after = _after(call, is_v2)
    page = _page(call, after=after, limit=_limit(call))
    said = _said(call, page)
    if is_v2:
        return xml("ListBucketResult", **said, **_next_v2(page))
    marker = {"Marker": encoded(call, call.parameter("marker") or "")}
    following = {} if page.next_after is None else {"NextMarker": encoded(call, page.next_after)}
    return xml("ListBucketResult", **said, **marker, **following)


def _after(call: Call, is_v2: bool) -> str:
    token = call.parameter("continuation-token")
    if is_v2 and token:
        try:
            return base64.urlsafe_b64decode(token).decode()
        except ValueError:
            raise OssError("argument", ArgumentName="continuation-token") from None
    return call.parameter("start-after" if is_v2 else "marker") or ""


def _limit(call: Call) -> int:
    return whole_number(call, "max-keys", default=100, minimum=1, maximum=MAX_KEYS)


def _page(call: Call, *, after: str, limit: int) -> Page:
    objects: list[StoredObject] = []
    prefixes: list[str] = []
    last: str | None = None
    for name, stored in _entries(call):
        if name.encode() <= after.encode() or name in prefixes[-1:]:
            continue
        if len(objects) + len(prefixes) == limit:
            return Page(objects, prefixes, last)
        last = name
        if stored is None:
            prefixes.append(name)
        else:
            objects.append(stored)
    return Page(objects, prefixes, None)


def _entries(call: Call) -> Iterator[tuple[str, StoredObject | None]]:
    """Yield (name, object); a common prefix comes without an object, once for each key below it."""
    prefix, delimiter = call.parameter("prefix") or "", call.parameter("delimiter") or ""
    for stored in call.bucket.listed():
        if not stored.key.startswith(prefix):
            continue
        head, found, _ = stored.key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if found:
            yield prefix + head + delimiter, None
        else:
            yield stored.key, stored


def _said(call: Call, page: Page) -> dict[str, Any]:
    return {
        "Name": call.bucket.name,
        "Prefix": encoded(call, call.parameter("prefix") or ""),
        "MaxKeys": _limit(call),
        "Delimiter": encoded(call, call.parameter("delimiter") or ""),
        "EncodingType": encoding_type(call),
        "IsTruncated": "false" if page.next_after is None else "true",
        "Contents": [_contents(call, stored) for stored in page.objects],
        "CommonPrefixes": [{"Prefix": encoded(call, prefix)} for prefix in page.prefixes],
    }


def _next_v2(page: Page) -> dict[str, Any]:
    said: dict[str, Any] = {"KeyCount": len(page.objects) + len(page.prefixes)}
    if page.next_after is not None:
        said["NextContinuationToken"] = base64.urlsafe_b64encode(page.next_after.encode()).decode()
    return said


def _contents(call: Call, stored: StoredObject) -> dict[str, Any]:
    return {
        "Key": encoded(call, stored.key),
        "LastModified": stored.modified.replace("+00:00", ".000Z"),
        "ETag": f'"{stored.etag}"',
        "Type": stored.object_type,
        "Size": stored.blob.size if stored.blob else 0,
        "StorageClass": stored.storage_class,
    }
