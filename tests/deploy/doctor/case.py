"""A deployment to ask: its address, a caller's token and page, and the way requests are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.deploy.doctor.causes import Finding

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers (any case) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def document(self) -> dict[str, Any]:
        """Return the body's JSON object; empty for anything else."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Unanswered(Exception):
    """No answer came: ``code`` of the finding, and what was seen."""

    def __init__(self, code: str, seen: str) -> None:
        self.code, self.seen = code, seen
        super().__init__(seen)


Send = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Sends method, URL, headers and body; raises ``Unanswered``."""


def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send one request, without redirects, through this machine's proxies and authorities."""
    try:
        answer = requests.request(
            method, url, headers=dict(headers), data=body, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
    except requests.exceptions.SSLError as error:
        raise Unanswered("certificate", _reason(error)) from error
    except requests.exceptions.RequestException as error:
        raise Unanswered("unreachable", _reason(error)) from error
    return Answer(status=answer.status_code, headers=answer.headers, body=answer.content)


def _reason(error: Exception) -> str:
    # The innermost words; what is around them quotes the whole URL, which may be a signed one.
    return str(error).rpartition(": ")[2].strip("')\" ")[:120]


@dataclass(slots=True, kw_only=True)
class Case:
    """One examination: whom to ask, as whom, and what could not be looked at."""

    url: str
    token: str = ""
    origin: str = ""
    write: bool = False
    send: Send = send
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    skipped: list[str] = field(default_factory=list)
    access: Mapping[str, Any] = field(default_factory=dict)
    session: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/").removesuffix("/presign").removesuffix("/sts")

    @property
    def is_local(self) -> bool:
        """Tell whether the address is on this machine, where plain http does no harm."""
        return urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1")

    def ask(
        self, function: str, fields: Mapping[str, Any] | None = None, *, token: str | None = None
    ) -> Answer:
        """Return a function's answer to a POST, with the caller's token unless another is given."""
        bearer = self.token if token is None else token
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {bearer}"} if bearer else {}
        )
        return self.send("POST", f"{self.url}/{function}", headers, json.dumps(fields or {}).encode())

    def fetch(self, document: Mapping[str, Any], body: bytes = b"") -> Answer:
        """Return OSS's answer to what ``/presign`` said to send."""
        return self.send(document["method"], document["url"], document["headers"], body)


def failed(answer: Answer, *, what: str) -> Finding:
    """Return what a function's refusal means."""
    document = answer.document()
    seen = f"{what}: {answer.status} {document.get('Code', '')} {document.get('Message', '')}".strip()
    code = {401: "token", 404: "no-route", 502: "sts", 503: "sts", 403: "nothing-granted"}.get(answer.status)
    return Finding(code or ("misconfigured" if answer.status >= 500 else "not-json"), seen[:300])
