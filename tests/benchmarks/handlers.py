"""W1 to W7: what the warm functions add around signing."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

from shared.fc.frame import Function, over_http
from shared.presign.operation import METHODS, operate
from shared.settings.functions import once, presign_settings, ticket_settings
from shared.signing.v4 import hmac_of
from shared.ticket.operation import METHODS as TICKET_METHODS
from shared.ticket.operation import operate as redeem
from shared.ticket.operation import refuse
from tests.benchmarks.measure import Row, interleaved
from tests.benchmarks.signing import ASCII, NOW, TOKEN, canonical_of, parts
from tests.local.keys import TokenIssuer
from tests.world import context, environ, own_credentials

CALLS = 3000
ENVIRON = environ(**own_credentials("STS.NUexample", "s" * 44, TOKEN))
CONTEXT = context()
ONE = {"operation": "GetObject", "key": "users/alice/photos/cat.png", "expires_in": 600}
PARTS = {
    "operation": "UploadPart",
    "key": "users/alice/film.mp4",
    "upload_id": "0004B9894A22E5B1888A1E29F823",
}
PUT = {"operation": "PutObject", "key": "users/alice/photos/cat.png", "content_type": "image/png"}
COMPLETION = {
    "ON_UPLOAD_URL": "https://grants.example.com/uploads",
    "SEAL_KEYS": "k1:" + "b" * 42 + "A",
}
LINK = {"operation": "Ticket", "allow": ["GetObject"], "key": ONE["key"], "expires_in": 600}
TICKETS = {"TICKET_URL": "https://grants.example.com/t", "SEAL_KEYS": COMPLETION["SEAL_KEYS"]}
ALL_PARTS = PARTS | {"part_numbers": list(range(1, 10_001))}


def oidc(now: datetime) -> tuple[dict[str, str], str]:
    """Return the environment in which the function verifies JWTs itself, and a header with one of that hour."""
    issuer = TokenIssuer()
    token = issuer.token(now=now, sub="alice", iss="https://issuer.example", aud="grants")
    variables = {
        "IDENTITY_SOURCE": "oidc",
        "OIDC_ISSUER": "https://issuer.example",
        "OIDC_AUDIENCE": "grants",
        "OIDC_JWKS": json.dumps(issuer.jwks()),
    }
    return {**ENVIRON, **variables}, f"Bearer {token}"


def http_event(
    body: dict[str, Any] | None, *, authorization: str = "", path: str = "/presign", method: str = "POST"
) -> bytes:
    """Return an event of some 700 bytes, as the HTTP trigger makes it."""
    http = {
        "method": method,
        "path": path,
        "protocol": "HTTP/1.1",
        "sourceIp": "192.0.2.10",
        "userAgent": "curl/8",
    }
    event = {
        "version": "v1",
        "rawPath": path,
        "body": "" if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "headers": {
            "Host": "grants.example.com",
            "Content-Type": "application/json",
            "X-Jwt-Sub": "alice",
            "Accept": "*/*",
            **({"Authorization": authorization} if authorization else {}),
        },
        "queryParameters": {},
        "requestContext": {
            "accountId": "123456789012",
            "domainName": "grants.example.com",
            "http": http,
            "time": "2026-11-23T12:00:00Z",
        },
    }
    return json.dumps(event).encode()


def handler(environ: Mapping[str, str] = ENVIRON) -> Callable[[bytes], Any]:
    """Return the warm function."""
    warm = Function("presign", load=once(presign_settings), answer=over_http(operate, allow=METHODS))
    return lambda event: warm.respond(event, CONTEXT, environ=environ, now=NOW)


def redeemer(environ: Mapping[str, str]) -> Callable[[bytes], Any]:
    """Return the warm function that opens tickets."""
    answers = over_http(redeem, allow=TICKET_METHODS, refuse=refuse)
    warm = Function("ticket", load=once(ticket_settings), answer=answers)
    return lambda event: warm.respond(event, CONTEXT, environ=environ, now=NOW)


def floor(event: bytes, answer: dict[str, Any]) -> Callable[[], None]:
    """Return what nobody can do without: two loads, the hash cost, two dumps."""
    text, document, sign = (
        json.loads(event)["body"],
        json.loads(answer["body"]),
        hmac_of(b"k" * 32),
    )
    canonical = canonical_of(ASCII[0]).encode()

    def run() -> None:
        for _ in range(CALLS):
            json.loads(event)
            json.loads(text)
            hashlib.sha256(canonical).hexdigest()
            sign(("y" * 150).encode())
            json.dumps(document)
            json.dumps(document)

    return run


def rows() -> Iterator[Row]:
    """Yield the rows on the warm function; its audit lines go to memory."""
    call, screen = handler(), sys.stdout
    verifying, authorization = oidc(NOW)
    verified, with_token = handler(verifying), http_event(ONE, authorization=authorization)
    calling, put = handler(ENVIRON | COMPLETION), http_event(PUT)
    minting, redeeming, link = handler(ENVIRON | TICKETS), redeemer(ENVIRON | TICKETS), http_event(LINK)
    one, full, compact = (http_event(body) for body in (ONE, ALL_PARTS, ALL_PARTS | {"compact": True}))
    sys.stdout = StringIO()
    try:
        url = json.loads(minting(link)["body"])["url"]
        opened = http_event(None, method="GET", path=urlsplit(url).path)
        taken = interleaved(
            {
                "floor": floor(one, call(one)),
                "W1": lambda: [call(one) for _ in range(CALLS)],
                "W4": lambda: [verified(with_token) for _ in range(CALLS)],
                "by trigger": lambda: [call(with_token) for _ in range(CALLS)],
                "W5": lambda: [calling(put) for _ in range(CALLS)],
                "uncalled": lambda: [call(put) for _ in range(CALLS)],
                "W6": lambda: [minting(link) for _ in range(CALLS)],
                "W7": lambda: [redeeming(opened) for _ in range(CALLS)],
                "W2": lambda: call(full),
                "W3": lambda: call(compact),
                "P2": parts,
            }
        )
        sizes = len(call(compact)["body"]) / len(call(full)["body"])
    finally:
        sys.stdout = screen
    yield Row("W1", "warm handler, one URL", taken["W1"] / taken["floor"], 4.0, "x its floor")
    yield Row(
        "W4", "warm handler, on a remembered JWT", taken["W4"] / taken["by trigger"], 1.1, "x by trigger"
    )
    yield Row("W5", "PUT grant that carries a callback", taken["W5"] / taken["uncalled"], 1.15, "x without")
    yield Row("W6", "mint a ticket", taken["W6"] / taken["W1"], 1.3, "x W1")
    yield Row("W7", "open a ticket for a link", taken["W7"] / taken["W1"], 1.3, "x W1")
    yield Row("W2", "10,000 part URLs through the handler", taken["W2"] / taken["P2"], 2.5, "x P2")
    yield Row("W3", "the same, compact", taken["W3"] / taken["P2"], 1.5, "x P2")
    yield Row("W3", "bytes of the compact answer", sizes, 0.06, "x full")
