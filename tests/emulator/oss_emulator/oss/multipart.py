"""Multipart uploads. Their state is on disk, so that an acknowledged part survives a restart."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..documents import read_number
from ..store.buckets import tags_of, uploads_of
from ..store.storage import Blob, StoredObject
from ..wire import facts
from ..wire.errors import OssError
from . import callbacks
from .calls import Call, encoded, encoding_type, read_xml, whole_number, xml
from .writing import (
    authorize_write,
    forbids_overwrite,
    headers_of_write,
    keep,
    new_object,
    store_body,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MIN_PART_BYTES = 100 * 1024
MAX_PART_NUMBER = 10_000
UNKEPT_HEADERS = frozenset({"authorization", "x-oss-security-token", "x-oss-callback"})
"""Headers of initiate that are not the object's: secrets, and a callback, which belongs to complete."""


def initiate(call: Call) -> Response:
    """Begin an upload; the headers that came are the object's."""
    headers = call.incoming.headers
    authorize_write(call, call.key, headers)
    call.bucket.check_overwriting(call.key, forbid=forbids_overwrite(headers))
    tags_of(headers.get("x-oss-tagging"))
    upload_id = secrets.token_hex(16).upper()
    kept = {name: value for name, value in headers.items() if name not in UNKEPT_HEADERS}
    document = {"key": call.key, "headers": kept, "begun": call.modified}
    with call.bucket.locked():
        call.cloud.store.put_document(uploads_of(call.bucket.name), upload_id, document)
    return xml(
        "InitiateMultipartUploadResult",
        EncodingType=encoding_type(call),
        Bucket=call.bucket.name,
        Key=encoded(call, call.key),
        UploadId=upload_id,
    )


def upload_part(call: Call) -> Response:
    """Store one part; a second one of the same number replaces the first."""
    call.authorize(facts.WRITE_ACTION, key=call.key)
    named_upload(call)
    blob = store_body(call)
    keep_part(call, blob)
    headers = {"ETag": f'"{blob.md5}"', "x-oss-hash-crc64ecma": blob.crc64, "Content-MD5": blob.content_md5}
    return Response("", 200, headers=headers)


def keep_part(call: Call, blob: Blob) -> None:
    """Keep a part in place of one of its number; drops it and raises if the upload ended while the bytes came."""
    try:
        number = str(whole_number(call, "partNumber", default=0, minimum=1, maximum=MAX_PART_NUMBER))
        with call.bucket.locked():
            upload_id, _ = named_upload(call)
            replaced = call.cloud.store.document(_parts(upload_id), number)
            call.cloud.store.put_document(_parts(upload_id), number, asdict(blob))
    except OssError:
        call.cloud.store.drop(blob)
        raise
    if replaced is not None:
        call.cloud.store.drop(Blob(**replaced))


def complete(call: Call) -> Response:
    """Make the object of the parts that the body lists, in the order of their numbers."""
    authorize_write(call, call.key, call.incoming.headers)
    callback = callbacks.asked_for(call)
    named_upload(call)
    listed = None if _takes_all(call) else _listed(read_xml(call))
    with call.bucket.locked():
        made = _assembled(call, listed)
    location = f"http://{call.incoming.host}/{call.key}"
    response = xml(
        "CompleteMultipartUploadResult",
        EncodingType=encoding_type(call),
        Location=location,
        Bucket=call.bucket.name,
        Key=encoded(call, call.key),
        ETag=f'"{made.etag}"',
    )
    response.headers.update(headers_of_write(call, made))
    return callbacks.answered(call, callback, made, operation="CompleteMultipartUpload", otherwise=response)


def _takes_all(call: Call) -> bool:
    """Tell whether ``x-oss-complete-all`` asks for every part that is there, in place of a list in the body."""
    asked = call.header("x-oss-complete-all") or "no"
    if asked not in ("yes", "no"):
        raise OssError("argument", ArgumentName="x-oss-complete-all", ArgumentValue=asked)
    if asked == "yes" and call.incoming.has_body:
        raise OssError("complete-all-with-body")
    return asked == "yes"


def _assembled(call: Call, listed: list[tuple[int, str]] | None) -> StoredObject:
    """Return the object of the listed parts, of all where none are; the upload ends with it."""
    upload_id, begun = named_upload(call)
    stored = stored_parts(call, upload_id)
    every = [(number, stored[number].md5) for number in sorted(stored)]
    blobs = _chosen(stored, every if listed is None else listed, upload_id)
    forbid = forbids_overwrite(call.incoming.headers) or forbids_overwrite(begun["headers"])
    call.bucket.check_overwriting(call.key, forbid=forbid)
    whole = call.cloud.store.write(_joined(call, blobs))
    made = new_object(
        call,
        key=call.key,
        blob=whole,
        headers={**begun["headers"], **_acl(call)},
        etag=_etag(blobs),
        object_type="Multipart",
    )
    kept = keep(call, made, forbid_overwrite=forbid)
    _forget(call, upload_id)
    return kept


def _acl(call: Call) -> dict[str, str]:
    """Return the ACL that the call which ends an upload asks for, where it does."""
    acl = call.header("x-oss-object-acl")
    return {"x-oss-object-acl": acl} if acl else {}


def abort(call: Call) -> Response:
    """Forget an upload and its parts."""
    call.authorize("oss:AbortMultipartUpload", key=call.key)
    with call.bucket.locked():
        upload_id, _ = named_upload(call)
        _forget(call, upload_id)
    return Response("", 204)


def named_upload(call: Call) -> tuple[str, dict[str, Any]]:
    """Return (id, document) of the upload that is named together with its own key."""
    upload_id = call.parameter("uploadId") or ""
    document = call.cloud.store.document(uploads_of(call.bucket.name), upload_id)
    if document is None or document["key"] != call.key:
        raise OssError("no-upload", UploadId=upload_id)
    return upload_id, document


def stored_parts(call: Call, upload_id: str) -> dict[int, Blob]:
    """Return the parts of an upload that are there, by number."""
    documents = call.cloud.store.documents(_parts(upload_id))
    return {int(number): Blob(**document) for number, document in documents.items()}


def _parts(upload_id: str) -> str:
    return f"parts-{upload_id}"


def _listed(document: Element) -> list[tuple[int, str]]:
    """Return (number, ETag) of the parts that the body of a complete lists, in ascending order."""
    try:
        listed = [
            (read_number(part.findtext("PartNumber")), (part.findtext("ETag") or "").strip('"'))
            for part in document.iter("Part")
        ]
    except ValueError:
        raise OssError("malformed-xml") from None
    if not listed:
        raise OssError("malformed-xml")
    numbers = [number for number, _ in listed]
    if numbers != sorted(set(numbers)):
        raise OssError("part-order")
    return listed


def _chosen(stored: Mapping[int, Blob], listed: list[tuple[int, str]], upload_id: str) -> list[Blob]:
    """Return the stored parts that are listed; raises where one is missing, another or too small."""
    for number, etag in listed:
        if number not in stored or stored[number].md5 != etag.upper():
            raise OssError("invalid-part", ETag=etag, PartNumber=str(number), UploadId=upload_id)
    blobs = [stored[number] for number, _ in listed]
    if not blobs:
        raise OssError("invalid-part", UploadId=upload_id)
    if any(blob.size < MIN_PART_BYTES for blob in blobs[:-1]):
        raise OssError("part-too-small")
    return blobs


def _joined(call: Call, blobs: list[Blob]) -> Iterator[bytes]:
    for blob in blobs:
        yield from call.cloud.store.read(blob)


def _etag(blobs: list[Blob]) -> str:
    digest = hashlib.md5(b"".join(bytes.fromhex(blob.md5) for blob in blobs), usedforsecurity=False)
    return f"{digest.hexdigest().upper()}-{len(blobs)}"


def _forget(call: Call, upload_id: str) -> None:
    call.cloud.store.drop_document(uploads_of(call.bucket.name), upload_id)
    for number, blob in stored_parts(call, upload_id).items():
        call.cloud.store.drop_document(_parts(upload_id), str(number))
        call.cloud.store.drop(blob)
