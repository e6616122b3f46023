"""What a client of the functions does: asks for URLs with its token, then speaks to OSS alone."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from tests.local.stack import Stack

CHUNK_BYTES = 1024 * 1024

Progress = Callable[[int], None]
"""Told how many more bytes have gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers (names in lower case) and body of an HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class JourneyBroken(Exception):
    """What a journey cannot go on without was refused."""


def ask(
    stack: Stack, function: str, fields: Mapping[str, Any] | None = None, *, sub: str = "alice"
) -> Answer:
    """Return a function's answer to a POST of ``fields``, as the caller ``sub``."""
    headers = {"Authorization": f"Bearer {stack.token(sub)}", "Content-Type": "application/json"}
    body = b"" if fields is None else json.dumps(fields).encode()
    return send("POST", stack.url(function), headers=headers, body=body)


def presigned(stack: Stack, *, sub: str = "alice", **fields: Any) -> dict[str, Any]:
    """Return the answer of ``presign``; raises ``JourneyBroken`` with its code where it refuses."""
    answer = ask(stack, "presign", fields, sub=sub)
    document: dict[str, Any] = answer.json()
    if answer.status != 200:
        raise JourneyBroken(f"presign: {document['Code']}: {document['Message']}")
    return document


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | IO[bytes] | Iterable[bytes] = b"",
    length: int | None = None,
    sink: Callable[[bytes], Any] | None = None,
) -> Answer:
    """Send exactly these headers, and hand the answer's bytes to ``sink`` where one is given."""
    split = urlsplit(url)
    connection = http.client.HTTPConnection(split.hostname or "", split.port, timeout=60)
    try:
        size = len(body) if isinstance(body, bytes) else length
        target = f"{split.path or '/'}{'?' + split.query if split.query else ''}"
        lower = {name.lower() for name in headers or {}}
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if size is not None and "content-length" not in lower:
            connection.putheader("Content-Length", str(size))
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=_received(response, sink),
        )
    finally:
        connection.close()


def _received(response: http.client.HTTPResponse, sink: Callable[[bytes], Any] | None) -> bytes:
    if sink is None or response.status >= 300:
        return response.read()
    while chunk := response.read(CHUNK_BYTES):
        sink(chunk)
    return b""


def taken(answer: Answer) -> Answer:
    """Return an answer of OSS that says yes; raises ``JourneyBroken`` for any other."""
    if not 200 <= answer.status < 300:
        raise JourneyBroken(f"OSS: {answer.status} {error_code(answer)}")
    return answer


def error_code(answer: Answer) -> str:
    """Return the code of an OSS refusal and its message, shortly."""
    text = answer.body.decode("utf-8", "replace")

    def element(name: str) -> str:
        return text.partition(f"<{name}>")[2].partition(f"</{name}>")[0]

    return f"{element('Code')}: {element('Message')}" if "<Code>" in text else text[:80]
