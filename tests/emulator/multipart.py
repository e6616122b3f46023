"""Multipart uploads. Their state is on disk, so that an acknowledged part survives a restart."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Response

from tests.emulator.calls import Call, xml
from tests.emulator.errors import OssError
from tests.emulator.objects import (
    authorize_write,
    forbids_overwrite,
    keep,
    new_object,
    read_xml,
    store_body,
)
from tests.emulator.storage import Blob

MIN_PART_BYTES = 100 * 1024
MAX_PART_NUMBER = 10_000


def initiate(call: Call) -> Response:
    """Begin an upload; the headers that came are the object's."""
    authorize_write(call, call.key)
    if forbids_overwrite(call) and call.bucket.exists(call.key):
        raise OssError("exists", Key=call.key)
    upload_id = secrets.token_hex(16).upper()
    secret = ("authorization", "x-oss-security-token")
    headers = {name: value for name, value in call.incoming.headers.items() if name not in secret}
    document = {"key": call.key, "headers": headers, "begun": call.now.isoformat()}
    call.cloud.store.put_document(_uploads(call), upload_id, document)
    return xml("InitiateMultipartUploadResult", Bucket=call.bucket.name, Key=call.key, UploadId=upload_id)


def upload_part(call: Call) -> Response:
    """Store one part; a second one of the same number replaces the first."""
    call.authorize("oss:PutObject", key=call.key)
    upload_id, number = _upload(call)[0], call.parameter("partNumber") or ""
    if not number.isdecimal() or not 1 <= int(number) <= MAX_PART_NUMBER:
        raise OssError("argument", ArgumentName="partNumber")
    blob = store_body(call)
    with call.bucket.locked():
        _upload(call)  # Aborted or completed while the bytes came?
        replaced = call.cloud.store.documents(_parts(upload_id)).get(number)
        call.cloud.store.put_document(_parts(upload_id), number, asdict(blob))
    if replaced is not None:
        call.cloud.store.drop(Blob(**replaced))
    return Response("", 200, headers={"ETag": f'"{blob.md5}"', "x-oss-hash-crc64ecma": blob.crc64})


def list_parts(call: Call) -> Response:
    """List the parts that are there."""
    call.authorize("oss:ListParts", key=call.key)
    upload_id, _ = _upload(call)
    limit, after = _number(call, "max-parts", 1000), _number(call, "part-number-marker", 0)
    parts = [
        (number, blob) for number, blob in sorted(_stored_parts(call, upload_id).items()) if number > after
    ]
    shown = parts[:limit]
    return xml(
        "ListPartsResult",
        Bucket=call.bucket.name,
        Key=call.key,
        UploadId=upload_id,
        PartNumberMarker=after,
        NextPartNumberMarker=shown[-1][0] if shown else 0,
        MaxParts=limit,
        IsTruncated="true" if len(parts) > limit else "false",
        Part=[
            {
                "PartNumber": number,
                "LastModified": call.now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "ETag": f'"{blob.md5}"',
                "HashCrc64ecma": blob.crc64,
                "Size": blob.size,
            }
            for number, blob in shown
        ],
    )


def complete(call: Call) -> Response:
    """Make the object of the parts that the body lists, in the order of their numbers."""
    call.authorize("oss:PutObject", key=call.key)
    forbid = forbids_overwrite(call)
    upload_id, begun = _upload(call)
    if (call.parameter("x-oss-complete-all") or call.header("x-oss-complete-all") or "no") != "no":
        raise OssError("not-implemented", detail="x-oss-complete-all")
    with call.bucket.locked():
        stored = _stored_parts(call, upload_id)
        blobs = [stored[number] for number in _listed(call, stored)]
        if any(blob.size < MIN_PART_BYTES for blob in blobs[:-1]):
            raise OssError("part-too-small")
        headers = begun["headers"]
        forbid = forbid or headers.get("x-oss-forbid-overwrite", "").lower() == "true"
        if forbid and call.bucket.exists(call.key):
            raise OssError("exists", Key=call.key)
        whole = call.cloud.store.write(_joined(call, blobs))
        made = new_object(call, key=call.key, blob=whole, headers=headers, etag=_etag(blobs))
        keep(call, made, forbid_overwrite=forbid)
        _forget(call, upload_id)
    location = f"http://{call.incoming.host}/{call.key}"
    response = xml(
        "CompleteMultipartUploadResult",
        Location=location,
        Bucket=call.bucket.name,
        Key=call.key,
        ETag=f'"{made.etag}"',
    )
    response.headers["x-oss-hash-crc64ecma"] = whole.crc64
    if call.bucket.versioned:
        response.headers["x-oss-version-id"] = made.version_id
    return response


def abort(call: Call) -> Response:
    """Forget an upload and its parts."""
    call.authorize("oss:AbortMultipartUpload", key=call.key)
    upload_id, _ = _upload(call)
    with call.bucket.locked():
        _forget(call, upload_id)
    return Response("", 204)


def list_uploads(call: Call) -> Response:
    """List the uploads that are under way."""
    call.authorize("oss:ListMultipartUploads")
    prefix = call.parameter("prefix") or ""
    uploads = sorted(call.cloud.store.documents(_uploads(call)).items(), key=lambda item: item[1]["key"])
    return xml(
        "ListMultipartUploadsResult",
        Bucket=call.bucket.name,
        Prefix=prefix,
        IsTruncated="false",
        Upload=[
            {"Key": document["key"], "UploadId": upload_id, "Initiated": document["begun"]}
            for upload_id, document in uploads
            if document["key"].startswith(prefix)
        ],
    )


def _uploads(call: Call) -> str:
    return f"uploads-{call.bucket.name}"


def _parts(upload_id: str) -> str:
    return f"parts-{upload_id}"


def _upload(call: Call) -> tuple[str, dict[str, Any]]:
    """Return (id, document) of the upload that is named together with its own key."""
    upload_id = call.parameter("uploadId") or ""
    document = call.cloud.store.documents(_uploads(call)).get(upload_id)
    if document is None or document["key"] != call.key:
        raise OssError("no-upload", UploadId=upload_id)
    return upload_id, document


def _stored_parts(call: Call, upload_id: str) -> dict[int, Blob]:
    documents = call.cloud.store.documents(_parts(upload_id))
    return {int(number): Blob(**document) for number, document in documents.items()}


def _listed(call: Call, stored: dict[int, Blob]) -> list[int]:
    """Return the part numbers that the body lists, checked against what is there."""
    try:
        listed = [
            (int(part.findtext("PartNumber") or ""), (part.findtext("ETag") or "").strip('"').upper())
            for part in read_xml(call).iter("Part")
        ]
    except ValueError:
        raise OssError("malformed-xml") from None
    numbers = [number for number, _ in listed]
    if not listed:
        raise OssError("malformed-xml")
    if numbers != sorted(set(numbers)):
        raise OssError("part-order")
    if not all(number in stored and stored[number].md5 == etag for number, etag in listed):
        raise OssError("invalid-part")
    return numbers


def _joined(call: Call, blobs: list[Blob]) -> Iterator[bytes]:
    for blob in blobs:
        yield from call.cloud.store.read(blob)


def _etag(blobs: list[Blob]) -> str:
    digest = hashlib.md5(b"".join(bytes.fromhex(blob.md5) for blob in blobs), usedforsecurity=False)
    return f"{digest.hexdigest().upper()}-{len(blobs)}"


def _forget(call: Call, upload_id: str) -> None:
    call.cloud.store.drop_document(_uploads(call), upload_id)
    for number, blob in _stored_parts(call, upload_id).items():
        call.cloud.store.drop_document(_parts(upload_id), str(number))
        call.cloud.store.drop(blob)


def _number(call: Call, name: str, default: int) -> int:
    text = call.parameter(name) or str(default)
    if not text.isdecimal():
        raise OssError("argument", ArgumentName=name)
    return int(text)
