"""ListParts and ListMultipartUploads: what is there of uploads that are under way."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ..store.storage import Blob
from ..wire.errors import OssError
from .calls import Call, encoded, encoding_type, whole_number, xml
from .multipart import MAX_PART_NUMBER, named_upload, stored_parts, uploads_of

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


def list_uploads(call: Call) -> Response:
    """List the uploads that are under way, by key and upload id."""
    call.authorize("oss:ListMultipartUploads")
    prefix = call.parameter("prefix") or ""
    limit = whole_number(call, "max-uploads", default=MAX_LISTED, minimum=1, maximum=MAX_LISTED)
    uploads = [
        upload for upload in _under_way(call) if upload[0].startswith(prefix) and _is_next(call, upload)
    ]
    shown = uploads[:limit]
    following = (
        {"NextKeyMarker": encoded(call, shown[-1][0]), "NextUploadIdMarker": shown[-1][1]} if shown else {}
    )
    return xml(
        "ListMultipartUploadsResult",
        EncodingType=encoding_type(call),
        Bucket=call.bucket.name,
        Prefix=encoded(call, prefix),
        KeyMarker=encoded(call, call.parameter("key-marker") or ""),
        UploadIdMarker=call.parameter("upload-id-marker") or "",
        MaxUploads=limit,
        IsTruncated="true" if len(uploads) > limit else "false",
        **following,
        Upload=[
            {"Key": encoded(call, key), "UploadId": upload_id, "Initiated": _timestamp(begun)}
            for key, upload_id, begun in shown
        ],
    )


def _under_way(call: Call) -> list[tuple[str, str, str]]:
    """Return (key, upload id, begun) of every upload, keys in UTF-8 order."""
    documents = call.cloud.store.documents(uploads_of(call))
    found = [(document["key"], upload_id, document["begun"]) for upload_id, document in documents.items()]
    return sorted(found, key=lambda upload: (upload[0].encode(), upload[1]))


def _is_next(call: Call, upload: tuple[str, str, str]) -> bool:
    key, upload_id, _ = upload
    key_marker, id_marker = call.parameter("key-marker") or "", call.parameter("upload-id-marker") or ""
    if id_marker and not key_marker:
        raise OssError("argument", ArgumentName="upload-id-marker")
    if key == key_marker and id_marker:
        return upload_id > id_marker
    return key.encode() > key_marker.encode()


def _timestamp(moment: str) -> str:
    return moment.replace("+00:00", ".000Z")
