"""What Function Compute's HTTP trigger maps: a request to an event, a handler's result to an answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from tests.local.runtime import Outcome

MAX_RESPONSE_HEADER_BYTES = 8 * 1024

_DROPPED = {"connection", "content-length", "date", "keep-alive", "server", "upgrade", "transfer-encoding"}


def http_event(
    request: Request, *, headers: Mapping[str, str], account_id: str, request_id: str, now: datetime
) -> dict[str, Any]:
    """Return the event object of an HTTP request (Function Compute, HTTP trigger event, version v1)."""
    text, is_base64 = _body(request.get_data())
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
            "accountId": account_id,
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
    """Return what the trigger makes of a handler's result; 502 for an answer that is none."""
    if outcome.error is not None:
        return _failed(outcome, status=502)
    result = outcome.result
    if isinstance(result, bytes) or "statusCode" not in result:
        return _bare(outcome, content_type="application/json")
    try:
        return _full_form(result, headers=_stamp(outcome.request_id))
    except ValueError as error:
        return fault(502, "BadResponse", str(error), request_id=outcome.request_id)


def invoke_response(outcome: Outcome) -> Response:
    """Return what InvokeFunction answers: 200 for a failed function too."""
    if outcome.error is not None:
        return _failed(outcome, status=200)
    return _bare(outcome, content_type="application/octet-stream")


def _full_form(result: Mapping[str, Any], *, headers: Mapping[str, str]) -> Response:
    """Return the answer that ``statusCode``, ``headers``, ``isBase64Encoded`` and ``body`` describe."""
    status, given, body = result["statusCode"], result.get("headers") or {}, result.get("body", "")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError("statusCode is no status of an answer")
    if not isinstance(body, str) or not all(isinstance(value, str) for value in given.values()):
        raise ValueError("body and headers are text")
    if sum(len(name) + len(value) + 4 for name, value in given.items()) > MAX_RESPONSE_HEADER_BYTES:
        raise ValueError("the headers of the answer are too long")
    data = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    response = Response(data, status, headers=headers)
    del response.headers["Content-Type"]
    response.headers.update({name: value for name, value in given.items() if not _is_dropped(name)})
    return response


def _bare(outcome: Outcome, *, content_type: str) -> Response:
    result = outcome.result
    body = result if isinstance(result, bytes) else json.dumps(result, ensure_ascii=False).encode()
    return Response(body, 200, content_type=content_type, headers=_stamp(outcome.request_id))


def _failed(outcome: Outcome, *, status: int) -> Response:
    headers = {**_stamp(outcome.request_id), "X-Fc-Error-Type": "UnhandledInvocationError"}
    return Response(json.dumps(outcome.error), status, headers=headers, mimetype="application/json")


def accepted(request_id: str) -> Response:
    """Return the answer to an asynchronous invocation."""
    return Response(status=202, headers=_stamp(request_id))


def fault(status: int, code: str, message: str, *, request_id: str) -> Response:
    """Return an answer of the platform's own."""
    document = {"Code": code, "Message": message, "RequestId": request_id}
    return Response(json.dumps(document), status, headers=_stamp(request_id), mimetype="application/json")


def _body(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode("utf-8"), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _is_dropped(name: str) -> bool:
    return name.lower() in _DROPPED or name.lower().startswith("x-fc-")


def _capitals(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _stamp(request_id: str) -> dict[str, str]:
    return {"X-Fc-Request-Id": request_id}
