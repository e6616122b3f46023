"""ListObjects and ListObjectsV2."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

from werkzeug.wrappers import Response

from ..oss.calls import Call, bounded, common_prefix, encoded, encoding_type, whole_number, xml
from ..store.storage import StoredObject
from ..wire.errors import OssError

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
    return xml("ListBucketResult", **(_said_v2(call, page) if is_v2 else _said_v1(call, page)))


def _said_v1(call: Call, page: Page) -> dict[str, Any]:
    begin, middle, entries = _said(call, page, with_owner=True)
    following = None if page.next_after is None else encoded(call, page.next_after)
    marker = encoded(call, call.parameter("marker") or "")
    return {**begin, "Marker": marker, **middle, "NextMarker": following, **entries}


def _said_v2(call: Call, page: Page) -> dict[str, Any]:
    begin, middle, entries = _said(call, page, with_owner=call.parameter("fetch-owner") == "true")
    start, token = call.parameter("start-after"), call.parameter("continuation-token")
    following = None
    if page.next_after is not None:
        following = base64.urlsafe_b64encode(page.next_after.encode()).decode()
    return {
        **begin,
        "StartAfter": encoded(call, start) if start else None,
        "ContinuationToken": token or None,
        **middle,
        "Delimiter": middle["Delimiter"] or None,
        "NextContinuationToken": following,
        **entries,
        "KeyCount": len(page.objects) + len(page.prefixes),
    }


def _after(call: Call, is_v2: bool) -> str:
    token = call.parameter("continuation-token")
    if is_v2 and token:
        try:
            return base64.urlsafe_b64decode(token).decode()
        except ValueError:
            raise OssError("argument", ArgumentName="continuation-token") from None
    return bounded(call, "start-after" if is_v2 else "marker")


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
    prefix, delimiter = bounded(call, "prefix"), bounded(call, "delimiter")
    for stored in call.bucket.listed():
        if not stored.key.startswith(prefix):
            continue
        group = common_prefix(stored.key, prefix=prefix, delimiter=delimiter)
        yield (stored.key, stored) if group is None else (group, None)


def _said(
    call: Call, page: Page, *, with_owner: bool
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return what both versions say, in three pieces: versions put what is their own between them."""
    begin = {
        "Name": call.bucket.name,
        "Prefix": encoded(call, call.parameter("prefix") or ""),
    }
    middle = {
        "MaxKeys": _limit(call),
        "Delimiter": encoded(call, call.parameter("delimiter") or ""),
        "EncodingType": encoding_type(call),
        "IsTruncated": "false" if page.next_after is None else "true",
    }
    entries = {
        "Contents": [_contents(call, stored, with_owner=with_owner) for stored in page.objects],
        "CommonPrefixes": [{"Prefix": encoded(call, prefix)} for prefix in page.prefixes],
    }
    return begin, middle, entries


def _contents(call: Call, stored: StoredObject, *, with_owner: bool) -> dict[str, Any]:
    account = call.cloud.account_id
    return {
        "Key": encoded(call, stored.key),
        "LastModified": stored.modified.replace("+00:00", ".000Z"),
        "ETag": f'"{stored.etag}"',
        "Type": stored.object_type,
        "Size": stored.blob.size if stored.blob else 0,
        "StorageClass": stored.storage_class,
        "Owner": {"ID": account, "DisplayName": account} if with_owner else None,
    }
