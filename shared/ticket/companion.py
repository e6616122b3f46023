"""Companion's protocol behind a ticket, for Uppy in pages that cannot be changed (Uppy, @uppy/companion, S3).

``/s3/params``: a signed form. ``/s3/multipart…``: an upload in parts, whose begin, list, end and abort the
function sends, while parts go from the browser to OSS. Each request goes through the ticket's scope.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from shared.errors import InvalidRequest, MethodNotAllowed, NotFound
from shared.fc.invocation import Invocation, fields_of
from shared.grants.operations import PresignRequest
from shared.signing.percent import encode_path
from shared.ticket.opening import Opened
from shared.ticket.sending import check_verdict, parts, sent, upload_id
from shared.ticket.within import granted_within, request_of, within

DEFAULT_TYPE = "application/octet-stream"
MAX_PARTS = 10_000

_BATCH = r"/s3/multipart/([^/]+)/batch"
_ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", r"/s3/params", "form"),
    ("POST", r"/s3/multipart", "begin"),
    ("GET", _BATCH, "batch"),
    ("GET", r"/s3/multipart/([^/]+)/([0-9]{1,5})", "part"),
    ("POST", r"/s3/multipart/([^/]+)/complete", "complete"),
    ("GET", r"/s3/multipart/([^/]+)", "listed"),
    ("DELETE", r"/s3/multipart/([^/]+)", "abort"),
)

Answer = dict[str, Any] | list[dict[str, Any]]


def companion(opened: Opened, invocation: Invocation) -> Answer:
    """Return the document that answers a request below ``/s3``; raises ``NotFound`` for other paths."""
    allowed = []
    for method, pattern, name in _ROUTES:
        found = re.fullmatch(pattern, opened.path)
        if found and method == invocation.method:
            return _DOES[name](opened, invocation, [unquote(text) for text in found.groups()])
        if found:
            allowed.append(method)
    if allowed:
        raise MethodNotAllowed(allow=tuple(allowed))
    raise NotFound("nothing is answered at this path")


def _form(opened: Opened, invocation: Invocation, _: list[str]) -> Answer:
    query = invocation.unverified_query
    asked = _new(opened, "PostObject", query, success_action_status=201)
    document = granted_within(asked, opened)
    return {
        "method": "POST",
        "url": document["url"],
        "fields": document["fields"],
        "expires": document["expires_in"],
    }


def _begin(opened: Opened, invocation: Invocation, _: list[str]) -> Answer:
    asked = within(_new(opened, "InitiateMultipartUpload", fields_of(invocation)), opened.ticket)
    answer = sent(asked, opened)
    return {"key": asked.key, "uploadId": upload_id(answer), "bucket": opened.deployment.settings.bucket.name}


def _listed(opened: Opened, invocation: Invocation, ids: list[str]) -> Answer:
    found = parts(_of_upload("ListParts", opened, invocation, ids[0]), opened)
    return [{"PartNumber": part.number, "ETag": part.etag, "Size": part.size} for part in found]


def _part(opened: Opened, invocation: Invocation, ids: list[str]) -> Answer:
    asked = _of_upload("UploadPart", opened, invocation, ids[0], part_number=int(ids[1]))
    document = granted_within(asked, opened)
    return {"url": document["url"], "expires": document["expires_in"]}


def _batch(opened: Opened, invocation: Invocation, ids: list[str]) -> Answer:
    numbers = invocation.unverified_query.get("partNumbers", "")
    if not re.fullmatch(r"[0-9]{1,5}(?:,[0-9]{1,5})*", numbers):
        raise InvalidRequest("partNumbers: numbers, separated by commas")
    wanted = [int(number) for number in numbers.split(",")]
    document = granted_within(
        _of_upload("UploadPart", opened, invocation, ids[0], part_numbers=wanted), opened
    )
    return {"presignedUrls": {str(part["part_number"]): part["url"] for part in document["parts"]}}


def _complete(opened: Opened, invocation: Invocation, ids: list[str]) -> Answer:
    body = _document(fields_of(invocation).get("parts"))
    asked = _of_upload("CompleteMultipartUpload", opened, invocation, ids[0])
    answer = sent(asked, opened, body=body)
    check_verdict(answer.body)
    bucket = opened.deployment.settings.bucket
    location = f"{bucket.endpoint.root(bucket.name)}{encode_path(asked.key or '')}"
    return {"location": location, "key": asked.key, "bucket": bucket.name}


def _abort(opened: Opened, invocation: Invocation, ids: list[str]) -> Answer:
    sent(_of_upload("AbortMultipartUpload", opened, invocation, ids[0]), opened)
    return {}


_DOES: Mapping[str, Callable[[Opened, Invocation, list[str]], Answer]] = {
    "form": _form,
    "begin": _begin,
    "batch": _batch,
    "part": _part,
    "complete": _complete,
    "listed": _listed,
    "abort": _abort,
}


def _new(opened: Opened, operation: str, said: Mapping[str, Any], **more: Any) -> PresignRequest:
    """Return a request for a new object; Uppy's metadata (name and type again) are not asked for."""
    fields = {"operation": operation, "content_type": said.get("type") or DEFAULT_TYPE, **more}
    if opened.ticket.key is None:
        fields["filename"] = said.get("filename")
    return request_of(fields, opened.ticket)


def _of_upload(
    operation: str, opened: Opened, invocation: Invocation, id: str, **more: Any
) -> PresignRequest:
    key = invocation.unverified_query.get("key")
    if key is None:
        raise InvalidRequest("key: required in the query")
    return request_of({"operation": operation, "key": key, "upload_id": id, **more}, opened.ticket)


def _document(unverified_parts: Any) -> bytes:
    """Return the XML list that ends an upload; Uppy 5 quotes ETags, Uppy 6 does not."""
    if not isinstance(unverified_parts, list) or not 0 < len(unverified_parts) <= MAX_PARTS:
        raise InvalidRequest(f"parts: 1 to {MAX_PARTS}, each with PartNumber and ETag")
    found = sorted(map(_numbered, unverified_parts))
    if len({number for number, _ in found}) != len(found):
        raise InvalidRequest("parts: each number once")
    rows = "".join(
        f'<Part><PartNumber>{number}</PartNumber><ETag>"{etag}"</ETag></Part>' for number, etag in found
    )
    return f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()


def _numbered(unverified_part: Any) -> tuple[int, str]:
    said = unverified_part if isinstance(unverified_part, dict) else {}
    number, etag = said.get("PartNumber"), said.get("ETag")
    if type(number) is not int or not 0 < number <= MAX_PARTS or not isinstance(etag, str):
        raise InvalidRequest("parts: each has PartNumber, 1 to 10000, and ETag")
    if not re.fullmatch(r'"?[0-9A-Fa-f-]{1,64}"?', etag):
        raise InvalidRequest("parts: an ETag is hexadecimal")
    return number, etag.strip('"')
