"""HTTP in, event out, answer back: the mapping that Function Compute's HTTP trigger does.

``/<function>/…`` stands for the function's own domain; ``/2023-03-30/functions/<name>/invocations`` invokes
it directly, as the platform's API does.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from tests.local.gate import INVOKE_KEY_HEADER, Gate, Refused
from tests.local.runtime import FunctionRunner, Outcome

MAX_REQUEST_HEADER_BYTES = 8 * 1024
MAX_PATH_BYTES = 4 * 1024
MAX_RESPONSE_HEADER_BYTES = 8 * 1024
MAX_SYNC_BYTES = 32 * 1024 * 1024
MAX_ASYNC_BYTES = 128 * 1024
API_PREFIX = "/2023-03-30/functions/"

_DROPPED = {"connection", "content-length", "date", "keep-alive", "server", "upgrade", "transfer-encoding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One function behind the gateway: its runner, and its door if it has an HTTP trigger."""

    runner: FunctionRunner
    gate: Gate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """All functions behind one address. ``destination`` gets the results of asynchronous invocations."""

    functions: Mapping[str, Served]
    invoke_key: str
    now: Callable[[], datetime]
    log: Callable[[str], None]
    destination: Callable[[Outcome], None]

    def __call__(self, request: Request) -> Response:
        """Answer one HTTP request."""
        if _too_long(request):
            return _fault(400, "InvalidArgument", "the request line or the headers are too long")
        if request.path.startswith(API_PREFIX):
            return self._invoke(request)
        served = self.functions.get(request.path.split("/")[1])
        if served is None or served.gate is None:
            return _fault(404, "FunctionNotFound", "no function has this path")
        try:
            headers = served.gate.pass_on(dict(request.headers), method=request.method, now=self.now())
        except Refused as refusal:
            return _fault(refusal.status, "AccessDenied", refusal.reason)
        body = request.get_data()
        if len(body) > MAX_SYNC_BYTES:
            return _fault(413, "RequestTooLarge", "the body is too large for a synchronous invocation")
        request_id = _request_id()
        event = http_event(request, body, headers=headers, request_id=request_id, now=self.now())
        outcome = served.runner.invoke(json.dumps(event).encode(), request_id=request_id)
        self.log(outcome.log)
        return http_response(outcome)

    def _invoke(self, request: Request) -> Response:
        name = request.path.removeprefix(API_PREFIX).partition("/")[0]
        served = next((s for key, s in self.functions.items() if name in (key, s.runner.function.name)), None)
        if served is None:
            return _fault(404, "FunctionNotFound", "no function has this name")
        if request.headers.get(INVOKE_KEY_HEADER) != self.invoke_key:
            return _fault(403, "AccessDenied", "invoking directly takes the local invoke key")
        is_async = request.headers.get("X-Fc-Invocation-Type") == "Async"
        event = request.get_data()
        if len(event) > (MAX_ASYNC_BYTES if is_async else MAX_SYNC_BYTES):
            return _fault(413, "RequestTooLarge", "the payload is too large")
        outcome = served.runner.invoke(event, request_id=_request_id())
        self.log(outcome.log)
        if is_async:
            self.destination(outcome)
            return Response(status=202, headers={"X-Fc-Request-Id": outcome.request_id})
        return invoke_response(outcome)


def http_event(
    request: Request, body: bytes, *, headers: Mapping[str, str], request_id: str, now: datetime
) -> dict[str, Any]:
    """Return the event object of an HTTP request (Function Compute, HTTP trigger event, version v1)."""
    text, is_base64 = _body(body)
    raw_path = request.environ.get("RAW_URI", request.path).partition("?")[0]
    domain = request.host.partition(":")[0]
    return {
        "version": "v1",
        "rawPath": raw_path,
        "body": text,
        "isBase64Encoded": is_base64,
        "headers": {_capitals(name): value for name, value in headers.items()},
        "queryParameters": {name: ",".join(request.args.getlist(name)) for name in request.args},
        "requestContext": {
            "accountId": "",
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": unquote(raw_path),
                "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                "sourceIp": request.remote_addr or "127.0.0.1",
                "userAgent": request.headers.get("User-Agent", ""),
            },
            "requestId": request_id,
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "timeEpoch": str(int(now.timestamp() * 1000)),
        },
    }


def http_response(outcome: Outcome) -> Response:
    """Return what the trigger makes of a handler's result."""
    if outcome.error is not None:
        return _failed(outcome, status=502)
    result = outcome.result
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return Response(body, 200, content_type="application/json", headers=_request_id_header(outcome))
    headers = {n: v for n, v in result.get("headers", {}).items() if not _is_dropped(n)}
    if sum(len(name) + len(value) + 4 for name, value in headers.items()) > MAX_RESPONSE_HEADER_BYTES:
        return _fault(502, "BadResponse", "the headers of the answer are too long")
    body = result.get("body", "")
    data = base64.b64decode(body) if result.get("isBase64Encoded") else body
    response = Response(data, result["statusCode"], headers=_request_id_header(outcome))
    del response.headers["Content-Type"]
    response.headers.update(headers)
    return response


def invoke_response(outcome: Outcome) -> Response:
    """Return what InvokeFunction answers: 200 for a failed function too."""
    if outcome.error is not None:
        return _failed(outcome, status=200)
    body = (
        outcome.result if isinstance(outcome.result, str) else json.dumps(outcome.result, ensure_ascii=False)
    )
    return Response(body, 200, content_type="application/octet-stream", headers=_request_id_header(outcome))


def _failed(outcome: Outcome, *, status: int) -> Response:
    headers = {**_request_id_header(outcome), "X-Fc-Error-Type": "UnhandledInvocationError"}
    return Response(json.dumps(outcome.error), status, headers=headers, mimetype="application/json")


def _fault(status: int, code: str, message: str) -> Response:
    document = {"Code": code, "Message": message, "RequestId": _request_id()}
    return Response(json.dumps(document), status, mimetype="application/json")


def _body(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode("utf-8"), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _too_long(request: Request) -> bool:
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers)
    return headers > MAX_REQUEST_HEADER_BYTES or len(request.environ.get("RAW_URI", "")) > MAX_PATH_BYTES


def _is_dropped(name: str) -> bool:
    return name.lower() in _DROPPED or name.lower().startswith("x-fc-")


def _capitals(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _request_id() -> str:
    return f"1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"


def _request_id_header(outcome: Outcome) -> dict[str, str]:
    return {"X-Fc-Request-Id": outcome.request_id}
