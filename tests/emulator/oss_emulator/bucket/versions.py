"""ListObjectVersions: every version and delete marker, newest first for each key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from werkzeug.wrappers import Response

from ..oss.calls import Call, bounded, common_prefix, encoded, encoding_type, whole_number, xml
from ..store.storage import StoredObject
from ..wire.errors import OssError
from .existence import owner
from .listing import MAX_KEYS

KNOWN_PARAMETERS = (
    *("versions", "prefix", "delimiter", "max-keys", "key-marker", "version-id-marker", "encoding-type"),
)


class Entry(NamedTuple):
    """One line of the list: a version, or a common prefix, which has none."""

    name: str
    version: StoredObject | None
    is_latest: bool = False


def list_versions(call: Call) -> Response:
    """List versions of the bucket, page by page."""
    call.authorize("oss:ListObjectVersions")
    limit = whole_number(call, "max-keys", default=100, minimum=1, maximum=MAX_KEYS)
    following = list(_after_markers(call))
    shown, more = following[:limit], len(following) > limit
    return xml(
        "ListVersionsResult",
        Name=call.bucket.name,
        Prefix=encoded(call, bounded(call, "prefix")),
        KeyMarker=encoded(call, bounded(call, "key-marker")),
        VersionIdMarker=bounded(call, "version-id-marker"),
        MaxKeys=limit,
        Delimiter=encoded(call, bounded(call, "delimiter")),
        EncodingType=encoding_type(call),
        IsTruncated="true" if more else "false",
        NextKeyMarker=encoded(call, shown[-1].name) if more else None,
        NextVersionIdMarker=(shown[-1].version.version_id if shown[-1].version else "") if more else None,
        Version=[_said(call, each) for each in shown if each.version and each.version.blob],
        DeleteMarker=[_said(call, each) for each in shown if each.version and not each.version.blob],
        CommonPrefixes=[{"Prefix": encoded(call, each.name)} for each in shown if each.version is None],
    )


def _after_markers(call: Call) -> Iterator[Entry]:
    """Yield what follows the markers: a key alone skips all its versions, a version of it those down to itself.

    The version may be gone, as where a client deletes page by page; behind a null version that is gone the key
    begins again ([open]), so that nothing is left out.
    """
    key, version_id = bounded(call, "key-marker"), bounded(call, "version-id-marker")
    if version_id and not key:
        raise OssError("argument", ArgumentName="version-id-marker")
    serial = call.bucket.serial_of(key, version_id)
    for entry in _entries(call):
        if entry.name == key and version_id and entry.version is not None:
            if serial is None or entry.version.serial < serial:
                yield entry
        elif entry.name.encode() > key.encode():
            yield entry


def _entries(call: Call) -> Iterator[Entry]:
    prefix, delimiter = bounded(call, "prefix"), bounded(call, "delimiter")
    last = None
    for version, is_latest in call.bucket.listed_versions():
        if not version.key.startswith(prefix):
            continue
        group = common_prefix(version.key, prefix=prefix, delimiter=delimiter)
        if group is None:
            yield Entry(version.key, version, is_latest)
        elif group != last:
            yield Entry(group, None)
        last = group


def _said(call: Call, entry: Entry) -> dict[str, Any]:
    version = entry.version
    if version is None:
        raise TypeError("a common prefix has no version")
    told = {
        "Key": encoded(call, version.key),
        "VersionId": version.version_id,
        "IsLatest": "true" if entry.is_latest else "false",
        "LastModified": version.modified.replace("+00:00", ".000Z"),
    }
    if version.blob is not None:
        told |= {
            "ETag": f'"{version.etag}"',
            "Type": version.object_type,
            "Size": str(version.blob.size),
            "StorageClass": version.storage_class,
        }
    return {**told, "Owner": owner(call.cloud.account_id)}
