"""AppendObject: bytes at the end of an object that grows (OSS, AppendObject).

Each call says where it begins, which has to be where the object ends. In a versioned bucket the current version
grows, and no other is made; behind a delete marker a new object begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from werkzeug.wrappers import Response

from ..store.storage import Blob, StoredObject
from ..wire.errors import OssError
from .calls import Call, whole_number
from .writing import authorize_write, headers_of_write, keep, new_object, store_body

MAX_BYTES = 5 * 1024**3


def append_object(call: Call) -> Response:
    """Add the body to the object, and say where the next one begins."""
    key, headers = call.key, call.incoming.headers
    authorize_write(call, key, headers)
    position = whole_number(call, "position", default=0, minimum=0, maximum=MAX_BYTES)
    if "position" not in call.incoming.query:
        raise OssError("argument", ArgumentName="position")
    added = store_body(call)
    try:
        with call.bucket.locked():
            grown = _grown(call, position, added)
    finally:
        call.cloud.store.drop(added)
    answer = headers_of_write(call, grown)
    answer.pop("Content-MD5", None)
    size = grown.blob.size if grown.blob else 0
    return Response("", 200, headers={**answer, "x-oss-next-append-position": str(size)})


def _grown(call: Call, position: int, added: Blob) -> StoredObject:
    before = call.bucket.current(call.key) if call.bucket.exists(call.key) else None
    size = before.blob.size if before and before.blob else 0
    if before is not None and before.object_type != "Appendable":
        raise OssError("not-appendable", Key=call.key)
    if position != size:
        next_position = {"x-oss-next-append-position": str(size), "x-oss-object-type": "Appendable"}
        raise OssError("append-position", headers=next_position)
    if size + added.size > MAX_BYTES:
        raise OssError("form-too-large")
    whole = call.cloud.store.write(_joined(call, before, added))
    etag = hashlib.md5(f"{whole.md5}-append".encode(), usedforsecurity=False).hexdigest().upper()
    if before is None:
        made = new_object(
            call,
            key=call.key,
            blob=whole,
            headers=call.incoming.headers,
            etag=etag,
            object_type="Appendable",
        )
        return keep(call, made, forbid_overwrite=False)
    # Everything but the bytes is the first call's, whose headers alone count; an ETag is no MD5 of the whole (OSS, ETag).
    grown = replace(before, blob=whole, etag=etag, modified=call.modified)
    call.bucket.replace(before, grown)
    return grown


def _joined(call: Call, before: StoredObject | None, added: Blob) -> Iterator[bytes]:
    if before is not None and before.blob is not None:
        yield from call.cloud.store.read(before.blob)
    yield from call.cloud.store.read(added)
