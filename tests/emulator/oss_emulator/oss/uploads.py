"""ListParts and ListMultipartUploads: what is there of uploads that are under way."""

from __future__ import annotations

from typing import Any, NamedTuple

from werkzeug.wrappers import Response

from ..store.buckets import uploads_of
from ..store.storage import Blob
from ..wire.errors import OssError
from .calls import Call, bounded, common_prefix, encoded, encoding_type, whole_number, xml
from .multipart import MAX_PART_NUMBER, named_upload, stored_parts

MAX_LISTED = 1000


def list_parts(call: Call) -> Response:
    """List the parts that are there."""
    call.authorize("oss:ListParts", key=call.key)
    upload_id, document = named_upload(call)
    limit = whole_number(call, "max-parts", default=MAX_LISTED, minimum=1, maximum=MAX_LISTED)
    after = whole_number(call, "part-number-marker", default=0, minimum=0, maximum=MAX_PART_NUMBER)
    parts = [item for item in sorted(stored_parts(call, upload_id).items()) if item[0] > after]
    shown = parts[:limit]
    return xml(
        "ListPartsResult",
        EncodingType=encoding_type(call),
        Bucket=call.bucket.name,
        Key=encoded(call, call.key),
        UploadId=upload_id,
        PartNumberMarker=after,
        NextPartNumberMarker=shown[-1][0] if shown else 0,
        MaxParts=limit,
        IsTruncated="true" if len(parts) > limit else "false",
        Part=[_part(number, blob, begun=document["begun"]) for number, blob in shown],
    )


def _part(number: int, blob: Blob, *, begun: str) -> dict[str, Any]:
    return {
        "PartNumber": number,
        "LastModified": _timestamp(begun),
        "ETag": f'"{blob.md5}"',
        "HashCrc64ecma": blob.crc64,
        "Size": blob.size,
    }


class Entry(NamedTuple):
    """One line of the list: an upload, or a common prefix, which has no id."""

    name: str
    upload_id: str = ""
    begun: str = ""


def list_uploads(call: Call) -> Response:
    """List the uploads that are under way, by key and upload id."""
    call.authorize("oss:ListMultipartUploads")
    limit = whole_number(call, "max-uploads", default=MAX_LISTED, minimum=1, maximum=MAX_LISTED)
    entries = _grouped(call, [upload for upload in _under_way(call) if _is_next(call, upload)])
    shown, more = entries[:limit], len(entries) > limit
    last = shown[-1] if shown else Entry("")
    return xml(
        "ListMultipartUploadsResult",
        EncodingType=encoding_type(call),
        Bucket=call.bucket.name,
        Prefix=encoded(call, call.parameter("prefix") or ""),
        Delimiter=encoded(call, call.parameter("delimiter") or ""),
        KeyMarker=encoded(call, call.parameter("key-marker") or ""),
        UploadIdMarker=call.parameter("upload-id-marker") or "",
        MaxUploads=limit,
        IsTruncated="true" if more else "false",
        NextKeyMarker=encoded(call, last.name),
        NextUploadIdMarker=last.upload_id,
        Upload=[
            {"Key": encoded(call, each.name), "UploadId": each.upload_id, "Initiated": _timestamp(each.begun)}
            for each in shown
            if each.upload_id
        ],
        CommonPrefixes=[{"Prefix": encoded(call, each.name)} for each in shown if not each.upload_id],
    )


def _grouped(call: Call, uploads: list[Entry]) -> list[Entry]:
    """Return uploads below the prefix, those behind a delimiter as one common prefix."""
    prefix, delimiter = bounded(call, "prefix"), bounded(call, "delimiter")
    after = bounded(call, "key-marker")
    entries: list[Entry] = []
    for upload in uploads:
        if not upload.name.startswith(prefix):
            continue
        group = common_prefix(upload.name, prefix=prefix, delimiter=delimiter)
        entry = upload if group is None else Entry(group)
        if group is None or (entry not in entries[-1:] and group != after):
            entries.append(entry)
    return entries


def _under_way(call: Call) -> list[Entry]:
    """Return every upload, keys in UTF-8 order."""
    documents = call.cloud.store.documents(uploads_of(call.bucket.name))
    found = [
        Entry(document["key"], upload_id, document["begun"]) for upload_id, document in documents.items()
    ]
    return sorted(found, key=lambda upload: (upload.name.encode(), upload.upload_id))


def _is_next(call: Call, upload: Entry) -> bool:
    key, upload_id = upload.name, upload.upload_id
    key_marker, id_marker = call.parameter("key-marker") or "", call.parameter("upload-id-marker") or ""
    if id_marker and not key_marker:
        raise OssError("argument", ArgumentName="upload-id-marker")
    if key == key_marker and id_marker:
        return upload_id > id_marker
    return key.encode() > key_marker.encode()


def _timestamp(moment: str) -> str:
    return moment.replace("+00:00", ".000Z")
