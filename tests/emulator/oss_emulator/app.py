"""The emulator as one WSGI application: STS and OSS, told apart by host and headers.

Order of checks, as OSS is understood to do them: parse, credential, date and expiry, region and product, key,
token, signature, bucket, policy, operation. None of them can be switched off.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from .cdn import Cdn, Denied, reader_of
from .cloud import Cloud, Logged
from .oss.calls import Call, ServiceCall, new_request_id
from .oss.operations import operation_of, service_operation_of
from .oss.post_form import post_object
from .ram.identities import ANYBODY
from .store import cors
from .store.buckets import Bucket
from .store.storage import CHUNK_BYTES
from .wire import v4
from .wire.errors import OssError
from .wire.incoming import Incoming, read

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DRAINED_BYTES = 128 * 1024 * 1024
"""How much of a refused body is read, so that the client gets to see the refusal."""


class Emulator:
    """A WSGI application in front of a cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        cdn = self.cloud.cdns.get(request.host.partition(":")[0])
        if cdn is not None:
            return self._by_cdn(request, cdn)(environ, start_response)
        is_sts = request.host.startswith(("sts.", "sts-vpc.")) or "x-acs-action" in request.headers
        response = self.cloud.sts(request) if is_sts else self._oss(request)
        return response(environ, start_response)

    def _oss(self, request: Request) -> Response:
        now = self.cloud.clock.now()
        request_id = new_request_id(now)
        operation, incoming = "-", None
        try:
            incoming = read(request, custom_domains=self.cloud.custom_domains, request_id=request_id)
            self.cloud.faults.take()
            operation, response = self._operate(incoming)
        except OssError as error:
            _drain(request)
            response = error.response(method=request.method, request_id=request_id, host=request.host)
        if incoming is not None:
            self._finish(incoming, response, operation)
        if request.method not in ("GET", "HEAD") and response.content_length == 0:
            response.headers.pop("Content-Type", None)
        response.headers["x-oss-request-id"] = request_id
        response.headers["x-oss-server-time"] = "1"
        response.headers["Server"] = "AliyunOSS"
        response.headers["Date"] = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return response

    def _operate(self, incoming: Incoming) -> tuple[str, Response]:
        cloud, now = self.cloud, self.cloud.clock.now()
        if incoming.method == "OPTIONS" and incoming.bucket is not None:
            return "Preflight", cors.preflight(self._addressed(incoming, incoming.bucket), incoming)
        if incoming.is_form and incoming.bucket is not None:
            bucket = self._addressed(incoming, incoming.bucket)
            self._refuse_public(incoming, bucket)
            return "PostObject", post_object(cloud, incoming, bucket, now=now)
        principal = v4.authenticate(
            incoming,
            find=cloud.identities.find,
            region=cloud.region,
            now=now,
            is_issued=cloud.identities.is_issued,
        )
        if incoming.bucket is None and principal is None:
            raise OssError("anonymous-service", HostId="aliyuncs.com")
        operation = service_operation_of(incoming)
        if operation is not None:
            asked = ServiceCall(cloud=cloud, incoming=incoming, principal=principal or ANYBODY, now=now)
            return operation.name, operation.answer(asked)
        bucket = self._addressed(incoming, incoming.bucket or "")
        self._refuse_public(incoming, bucket)
        known = operation_of(incoming)
        call = Call(cloud=cloud, incoming=incoming, bucket=bucket, principal=principal or ANYBODY, now=now)
        return known.name, known.answer(call)

    def _by_cdn(self, request: Request, cdn: Cdn) -> Response:
        """Answer what a CDN lets through, as the bucket answers the CDN."""
        now = self.cloud.clock.now()
        if request.method not in ("GET", "HEAD"):
            return Response("", 405)
        try:
            request.environ["RAW_URI"] = cdn.target(request.environ["RAW_URI"], now=now)
        except Denied as denied:
            return Response("", 403, headers={"X-Tengine-Error": f"denied by req auth: {denied}"})
        request.environ["HTTP_HOST"] = f"{cdn.bucket}.oss-{self.cloud.region}-internal.aliyuncs.com"
        origin = Request(request.environ)
        request_id = new_request_id(now)
        try:
            incoming = read(origin, custom_domains={}, request_id=request_id)
            bucket = self.cloud.bucket(cdn.bucket)
            call = Call(cloud=self.cloud, incoming=incoming, bucket=bucket, principal=reader_of(cdn), now=now)
            return operation_of(incoming).answer(call)
        except OssError as error:
            return error.response(method=request.method, request_id=request_id, host=origin.host)

    def _addressed(self, incoming: Incoming, name: str) -> Bucket:
        bucket = self.cloud.bucket(name)
        if incoming.endpoint_region not in (None, bucket.region):
            raise OssError("endpoint", Bucket=name, Endpoint=f"oss-{bucket.region}.aliyuncs.com")
        return bucket

    def _refuse_public(self, incoming: Incoming, bucket: Bucket) -> None:
        """Refuse calls for objects on a default public endpoint, where this account may not use it."""
        is_mainland = bucket.region.startswith("cn-") and bucket.region != "cn-hongkong"
        is_data = incoming.key is not None or incoming.is_form
        if incoming.is_public_endpoint and is_mainland and is_data and not self.cloud.public_endpoint_open:
            raise OssError("public-endpoint")

    def _finish(self, incoming: Incoming, response: Response, operation: str) -> None:
        cloud = self.cloud
        if incoming.method != "OPTIONS" and incoming.bucket is not None:
            with suppress(OssError):  # a bucket that is not there has no rules
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


def _drain(request: Request) -> None:
    # A server that hangs up on an unread body makes clients report a broken pipe, not the refusal.
    known_end = DRAINED_BYTES if "wsgi.input_terminated" in request.environ else 0
    left = min(request.content_length or known_end, DRAINED_BYTES)
    with suppress(ClientDisconnected):
        while left > 0 and (chunk := request.stream.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
