"""The function ``presign`` as an attacker meets it, and a count of what was tried."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from typing import Any

from functions.presign.index import respond
from tests.world import context, http_event, own_credentials
from tests.world import environ as world_environ

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
TRIED: Counter[str] = Counter()
"""Bad inputs by family; the test run prints it."""

SECRET, TOKEN = "secret-canary-9fJ2", "token-canary-7Qx1+/="
CONTEXT = context()
ENVIRON = world_environ(
    GRANT_READ_PREFIXES="users/{sub}/,public/",
    CORS_ALLOWED_ORIGINS="https://app.example.com",
    **own_credentials("STS.function", SECRET, TOKEN),
)


def event(
    body: Any = "", *, method: str = "POST", sub: str | None = "alice", **changes: Any
) -> dict[str, Any]:
    """Return an HTTP event of the caller ``sub``; ``changes`` are members of the event itself."""
    return http_event(body, method=method, sub=sub) | changes


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
