"""The emulator as one WSGI application: STS and OSS, told apart by host and headers.

Order of checks, as OSS is understood to do them: parse, credential, date and expiry, region and product, key,
token, signature, bucket, policy, operation. None of them can be switched off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from tests.emulator import cors, listing, multipart, objects, v4, wire
from tests.emulator.calls import Call, new_request_id
from tests.emulator.cloud import Cloud, Logged
from tests.emulator.errors import OssError
from tests.emulator.post_form import post_object
from tests.emulator.storage import CHUNK_BYTES
from tests.emulator.wire import Incoming

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DRAINED_BYTES = 128 * 1024 * 1024
"""How much of a refused body is read, so that the client gets to see the refusal."""


class Operation(NamedTuple):
    """One operation: what answers it, and the parameters that it knows beside those of a signature."""

    name: str
    answer: Callable[[Call], Response]
    parameters: frozenset[str] = frozenset()


def _operation(name: str, answer: Callable[[Call], Response], *parameters: str) -> Operation:
    return Operation(name, answer, frozenset(parameters))


_OVERRIDES = [
    f"response-{name}"
    for name in (
        "content-type",
        "content-disposition",
        "content-language",
        "cache-control",
        "content-encoding",
        "expires",
    )
]
_GET = _operation("GetObject", objects.get_object, "versionId", "x-oss-process", *_OVERRIDES)
_LIST = _operation("ListObjects", listing.list_objects, *listing.KNOWN_PARAMETERS)
_PART = _operation("UploadPart", multipart.upload_part, "partNumber", "uploadId")
_INITIATE = _operation(
    "InitiateMultipartUpload", multipart.initiate, "uploads", "encoding-type", "sequential"
)
_COMPLETE = _operation("CompleteMultipartUpload", multipart.complete, "uploadId", "encoding-type")
_LIST_PARTS = _operation(
    "ListParts", multipart.list_parts, "uploadId", "max-parts", "part-number-marker", "encoding-type"
)
_UPLOADS = _operation("ListMultipartUploads", multipart.list_uploads, "uploads", "prefix", "encoding-type")

OPERATIONS: dict[tuple[str, bool, str], Operation] = {
    ("PUT", True, ""): _operation("PutObject", objects.put_object, "callback", "callback-var"),
    ("GET", True, ""): _GET,
    ("HEAD", True, ""): _operation("HeadObject", objects.head_object, "versionId", "x-oss-process"),
    ("HEAD", True, "objectMeta"): _operation("GetObjectMeta", objects.head_object, "objectMeta", "versionId"),
    ("DELETE", True, ""): _operation("DeleteObject", objects.delete_object, "versionId"),
    ("PUT", True, "uploadId"): _PART,
    ("POST", True, "uploads"): _INITIATE,
    ("POST", True, "uploadId"): _COMPLETE,
    ("GET", True, "uploadId"): _LIST_PARTS,
    ("DELETE", True, "uploadId"): _operation("AbortMultipartUpload", multipart.abort, "uploadId"),
    ("PUT", True, "tagging"): _operation("PutObjectTagging", objects.put_tagging, "tagging"),
    ("GET", True, "tagging"): _operation("GetObjectTagging", objects.get_tagging, "tagging"),
    ("DELETE", True, "tagging"): _operation("DeleteObjectTagging", objects.delete_tagging, "tagging"),
    ("GET", False, ""): _LIST,
    ("GET", False, "uploads"): _UPLOADS,
    ("POST", False, "delete"): _operation(
        "DeleteMultipleObjects", objects.delete_objects, "delete", "encoding-type"
    ),
}
"""Operations by method, whether a key is addressed, and sub-resource."""

_SUB_RESOURCES = ("uploads", "uploadId", "tagging", "objectMeta", "delete")


class Emulator:
    """A WSGI application in front of a cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        is_sts = request.host.startswith(("sts.", "sts-vpc.")) or "x-acs-action" in request.headers
        response = self.cloud.sts(request) if is_sts else self._oss(request)
        return response(environ, start_response)

    def _oss(self, request: Request) -> Response:
        request_id, now = new_request_id(), self.cloud.clock.now()
        operation, incoming = "-", None
        try:
            incoming = wire.read(request, custom_domains=self.cloud.custom_domains)
            operation, response = self._operate(incoming)
        except OssError as error:
            _drain(request)
            response = error.response(method=request.method, request_id=request_id, host=request.host)
        if incoming is not None:
            self._finish(incoming, response, operation)
        response.headers["x-oss-request-id"] = request_id
        response.headers["x-oss-server-time"] = "1"
        response.headers["Server"] = "AliyunOSS"
        response.headers["Date"] = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return response

    def _operate(self, incoming: Incoming) -> tuple[str, Response]:
        cloud, now = self.cloud, self.cloud.clock.now()
        if incoming.method == "OPTIONS" and incoming.bucket is not None:
            return "Preflight", cors.preflight(cloud.bucket(incoming.bucket), incoming)
        if incoming.is_form and incoming.bucket is not None:
            return "PostObject", post_object(cloud, incoming, cloud.bucket(incoming.bucket), now=now)
        principal = v4.authenticate(incoming, find=cloud.identities.find, region=cloud.region, now=now)
        if incoming.bucket is None:
            raise OssError("not-implemented", detail="an operation of the service itself")
        bucket = cloud.bucket(incoming.bucket)
        if principal is None:
            raise OssError("anonymous")
        operation = operation_of(incoming)
        call = Call(cloud=cloud, incoming=incoming, bucket=bucket, principal=principal, now=now)
        return operation.name, operation.answer(call)

    def _finish(self, incoming: Incoming, response: Response, operation: str) -> None:
        cloud = self.cloud
        if incoming.bucket in cloud._buckets and incoming.method != "OPTIONS":
            cors.apply(cloud.bucket(incoming.bucket), incoming, response)
        credential = incoming.query.get("x-oss-credential") or incoming.headers.get("authorization", "")
        cloud.log.append(
            Logged(
                at=cloud.clock.now(),
                method=incoming.method,
                bucket=incoming.bucket,
                key=incoming.key,
                access_key_id=credential.rpartition("Credential=")[2].partition("/")[0] or None,
                operation=operation,
                status=response.status_code,
            )
        )


def operation_of(incoming: Incoming) -> Operation:
    """Return the operation that a request asks for; what is not known is 501, loudly."""
    sub_resource = next((name for name in _SUB_RESOURCES if name in incoming.query), "")
    operation = OPERATIONS.get((incoming.method, incoming.key is not None, sub_resource))
    if operation is None:
        raise OssError(
            "not-implemented", detail=f"{incoming.method} {sub_resource or 'without a sub-resource'}"
        )
    unknown = {name for name in incoming.query if not _is_of_signature(name)} - operation.parameters
    if unknown:
        raise OssError("not-implemented", detail=f"the parameter {sorted(unknown)[0]}")
    return operation


def _is_of_signature(name: str) -> bool:
    return name.startswith("x-oss-") and name != "x-oss-process"


def _drain(request: Request) -> None:
    # A server that hangs up on an unread body makes clients report a broken pipe, not the refusal.
    left = min(request.content_length or 0, DRAINED_BYTES)
    with suppress(ClientDisconnected):
        while left > 0 and (chunk := request.stream.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
