"""The function ``presign`` as an attacker meets it, and a count of what was tried."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from functions.presign.index import respond

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
TRIED: Counter[str] = Counter()
"""Bad inputs by family; the test run prints it."""

SECRET, TOKEN = "secret-canary-9fJ2", "token-canary-7Qx1+/="
CONTEXT = SimpleNamespace(
    request_id="req-1", account_id="123456789012", function=SimpleNamespace(name="presign", timeout=10)
)
ENVIRON = {
    "OSS_REGION": "cn-hangzhou",
    "OSS_BUCKET": "examplebucket",
    "IDENTITY_CLAIMS": "sub",
    "SIGNING_SESSION": "function",
    "GRANT_READ_PREFIXES": "users/{sub}/,public/",
    "GRANT_WRITE_PREFIXES": "users/{sub}/",
    "CORS_ALLOWED_ORIGINS": "https://app.example.com",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.function",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
}


def event(
    body: Any = "", *, method: str = "POST", sub: str | None = "alice", **changes: Any
) -> dict[str, Any]:
    """Return an HTTP event of the caller ``sub``."""
    identity = {} if sub is None else {"X-Jwt-Sub": sub}
    return {
        "version": "v1",
        "rawPath": "/presign",
        "body": body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        "headers": {"Content-Type": "application/json", **identity},
        "queryParameters": {},
        "requestContext": {"http": {"method": method, "path": "/presign", "sourceIp": "192.0.2.1"}},
    } | changes


def send(payload: bytes | dict[str, Any], **environ: str) -> dict[str, Any]:
    """Return the function's answer to an event."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    answer: dict[str, Any] = respond(data, CONTEXT, environ=ENVIRON | environ, now=NOW)
    return answer


def refused(answer: dict[str, Any], *, family: str) -> bool:
    """Count an attempt; tell whether it was refused properly: in the full form, a 4xx, nothing signed."""
    TRIED[family] += 1
    text = json.dumps(answer, ensure_ascii=False).encode("utf-8").decode()
    assert "x-oss-signature=" not in text
    assert "canary" not in text
    if "statusCode" not in answer:
        return bool(answer["Code"] != "InternalError") and set(answer) == {"Code", "Message", "RequestId"}
    document = json.loads(answer["body"])
    assert {"statusCode", "headers", "isBase64Encoded", "body"} == set(answer)
    assert {"Code", "Message", "RequestId"} == set(document)
    assert "no-store" == answer["headers"]["Cache-Control"]
    return bool(400 <= answer["statusCode"] < 500)


def status(answer: dict[str, Any]) -> int:
    """Return the HTTP status of an answer."""
    return int(answer["statusCode"])
