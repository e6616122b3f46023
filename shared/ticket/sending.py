"""Calls to OSS that a ticket lets nobody make: decided as by ``/presign``, and sent by the function itself.

They are signed by what signs this caller's URLs, so that they can do no more, at the internal endpoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import NamedTuple

from shared.errors import (
    AccessDenied,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    ServiceError,
    StoreUnavailable,
)
from shared.grants.operations import PresignRequest
from shared.https import Answer
from shared.oss import Reached
from shared.presign.granting import decided
from shared.presign.signers import OssSigner
from shared.ticket.opening import Opened
from shared.ticket.within import within
from shared.values import NOTHING

_WAIT = timedelta(seconds=5)
_WAIT_FOR_COMPLETE = timedelta(seconds=20)
"""OSS joins up to 10,000 parts, and waits 5 s for ``on_upload`` after that."""

_LIMIT_BYTES = 1024 * 1024
_MEANT: Mapping[str, tuple[type[ServiceError], str]] = {
    "NoSuchUpload": (NotFound, "upload: none with this id and key"),
    "FileAlreadyExists": (InvalidRequest, "key: an object is there already"),
    "InvalidPart": (InvalidRequest, "parts: one was not uploaded, or its ETag is another"),
    "EntityTooSmall": (InvalidRequest, "parts: every part but the last takes at least 102400 bytes"),
    "AccessDenied": (AccessDenied, "OSS refuses this: the signer may not"),
}
"""OSS's codes, and what they mean to whoever bears the ticket."""


class Part(NamedTuple):
    """One part as OSS has it."""

    number: int
    etag: str
    size: int


def sent(
    asked: PresignRequest, opened: Opened, *, body: bytes | None = None, query: Mapping[str, str] = NOTHING
) -> Answer:
    """Return OSS's answer to what is asked, of status 200 to 204; raises the refusal, OSS's own too."""
    call = opened.presign
    grant, signer = decided(within(asked, opened.ticket), caller=opened.caller, call=call)
    if not isinstance(signer, OssSigner):
        raise TypeError("uploads are signed for OSS")
    request, bucket = grant.object_request, call.settings.bucket
    parameters, headers = {**request.query, **query}, {**request.headers}
    if "callback" in parameters:
        # In a URL it is a parameter, in a request that signs its headers one of them (OSS, Callback).
        headers["x-oss-callback"] = parameters.pop("callback")
    if body is not None:
        headers["Content-Type"] = "application/xml"
    reached = Reached(
        bucket=grant.bucket,
        endpoint=bucket.endpoints["internal"],
        credentials=signer.credentials,
        now=call.now,
    )
    answer = reached.send(
        request.method,
        grant.key,
        query=parameters,
        headers=headers,
        body=body or b"",
        timeout=_WAIT_FOR_COMPLETE if asked.operation == "CompleteMultipartUpload" else _WAIT,
        limit_bytes=_LIMIT_BYTES,
    )
    _check(answer, asked.operation)
    call.trail.granted(
        caller=opened.caller.claims,
        **opened.caller.facts,
        operation=asked.operation,
        bucket=grant.bucket,
        key=grant.key,
        status=answer.status,
    )
    return answer


def _check(answer: Answer, operation: str) -> None:
    """Raise what OSS's refusal means to whoever bears the ticket."""
    if answer.status in (200, 203, 204):
        return
    code = _element("Code", answer.body)
    if code not in _MEANT:
        raise StoreUnavailable(reason=f"{operation}: {answer.status} {code}")
    kind, text = _MEANT[code]
    raise kind(text)


def check_verdict(body: bytes) -> None:
    """Raise what ``on_upload`` found wrong with the object; of any other answer nothing: it is stored."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return
    code = said.get("Code") if isinstance(said, dict) else None
    if code == "EntityTooLarge":
        raise PayloadTooLarge("the object is larger than was granted")
    if code in ("ContentTypeMismatch", "EtagMismatch"):
        raise AccessDenied(f"the object is not what was granted: {code}")


def upload_id(answer: Answer) -> str:
    """Return the id of an upload that has begun."""
    found = _element("UploadId", answer.body)
    if not found:
        raise StoreUnavailable(reason="InitiateMultipartUpload: an answer without an id")
    return found


def parts(asked: PresignRequest, opened: Opened) -> list[Part]:
    """Return all parts of an upload, page by page (OSS, ListParts)."""
    found: list[Part] = []
    while True:
        marker = {"part-number-marker": str(found[-1].number)} if found else {}
        answer = sent(asked, opened, query={"max-parts": "1000", **marker})
        page = [_part(text) for text in re.findall(rb"<Part>.*?</Part>", answer.body, re.DOTALL)]
        found += page
        if not page or _element("IsTruncated", answer.body) != "true":
            return found


def _part(text: bytes) -> Part:
    return Part(int(_element("PartNumber", text)), _element("ETag", text), int(_element("Size", text)))


def _element(name: str, document: bytes) -> str:
    found = re.search(rf"<{name}>([^<]*)</{name}>", document.decode("utf-8", "replace"))
    return unescape(found[1]) if found else ""
