"""The function in front of issuers that are slow, redirect, lie or send too much: no answer, until they mend."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any

import pytest

from shared.oidc.keys import MAX_BYTES, MAX_KEYS
from tests.unit.oidc.oidc_world import AUDIENCE, jwk, key_set, token
from tests.world import NOON, context, environ, http_event, instance

NOW = int(NOON.timestamp())
Served = dict[str, tuple[int, dict[str, str], bytes]]


class Issuer(ThreadingHTTPServer):
    """An issuer on this machine, that answers as it is told to, and one instance that asks it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[str] = []
        self.drips = False
        self.served: Served = {}
        self.function = instance("presign")
        self.mend()

    def say(self, path: str, document: Any, *, status: int = 200, **headers: str) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.served[path] = (status, headers, body)

    def mend(self) -> None:
        self.drips = False
        self.say(
            "/.well-known/openid-configuration", {"issuer": self.address, "jwks_uri": f"{self.address}/keys"}
        )
        self.say("/keys", key_set().encode())


class _Handler(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, headers, body = self.server.served[self.path]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self._write(body)
        except OSError:
            self.close_connection = True

    def _write(self, body: bytes) -> None:
        if not self.server.drips:
            self.wfile.write(body)
            return
        for octet in body:
            self.wfile.write(bytes([octet]))
            threading.Event().wait(0.2)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _other(issuer: Issuer) -> None:
    issuer.say(
        "/.well-known/openid-configuration",
        {"issuer": "https://other.example", "jwks_uri": f"{issuer.address}/keys"},
    )


def _drip(issuer: Issuer) -> None:
    issuer.drips = True


def _moved(issuer: Issuer) -> None:
    issuer.say("/mine", key_set().encode())
    issuer.say("/keys", b"", status=302, Location=f"{issuer.address}/mine")


BROKEN = {
    "drop by drop": _drip,
    "redirecting": _moved,
    "lying about itself": _other,
    "oversized": lambda issuer: issuer.say("/keys", b" " * MAX_BYTES + key_set().encode()),
    "of too many keys": lambda issuer: issuer.say(
        "/keys", {"keys": [jwk(), *({"kty": "x"} for _ in range(MAX_KEYS))]}
    ),
    "malformed": lambda issuer: issuer.say("/keys", b"<html>"),
    "failing": lambda issuer: issuer.say("/keys", key_set().encode(), status=500),
}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(issuer: Issuer, name: str = "k1", *, at: timedelta = timedelta(), jti: str = "1") -> dict[str, Any]:
    variables = environ(
        IDENTITY_SOURCE="oidc",
        OIDC_ISSUER=issuer.address,
        OIDC_AUDIENCE=AUDIENCE,
        ALLOW_INSECURE_ENDPOINTS="true",
    )
    bearer = token(name, iss=issuer.address, exp=NOW + 200_000, jti=jti)
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    event = json.dumps(http_event({"operation": "GetObject", "key": "users/alice/a"}, headers=headers))
    return issuer.function(event.encode(), context(), environ=variables, now=NOON + at)


@pytest.mark.parametrize("broken", BROKEN)
def test_an_issuer_that_is_broken_is_no_answer_until_it_mends(issuer: Issuer, broken: str) -> None:
    BROKEN[broken](issuer)
    began = monotonic()
    first, soon = ask(issuer), ask(issuer, at=timedelta(seconds=20))
    took, asked = monotonic() - began, [*issuer.asked]
    issuer.mend()
    mended = ask(issuer, at=timedelta(seconds=30))

    assert [(503, "30"), (503, "10")] == [
        (each["statusCode"], each["headers"]["Retry-After"]) for each in (first, soon)
    ]
    assert took < 4.5
    assert "/mine" not in asked
    assert 1 == asked.count("/.well-known/openid-configuration")
    assert 200 == mended["statusCode"]


@pytest.mark.parametrize("broken", BROKEN)
def test_the_keys_of_before_serve_on_while_an_issuer_is_broken(issuer: Issuer, broken: str) -> None:
    before = ask(issuer)
    BROKEN[broken](issuer)
    stale = ask(issuer, at=timedelta(hours=23), jti="2")

    assert [200, 200] == [before["statusCode"], stale["statusCode"]]


def test_a_key_that_follows_at_once_is_taken_and_strangers_stay_out(issuer: Issuer) -> None:
    before = ask(issuer)
    issuer.say("/keys", key_set(jwk("k1"), jwk("k2")).encode())
    statuses = [ask(issuer, name, jti="2")["statusCode"] for name in ("k2", "k1", "unknown", "stranger")]

    assert [200, 200, 200, 401, 401] == [before["statusCode"], *statuses]
    assert 2 == issuer.asked.count("/keys")
