"""The key set of an issuer: fetched once, kept, renewed for a new key, served on while the issuer fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.errors import IssuerUnavailable, Unauthenticated
from shared.oidc.issuer import over_https
from shared.oidc.keys import MAX_BYTES, MAX_KEYS, NoKeys, read
from shared.oidc.verifier import Verifier
from tests.unit.oidc.oidc_world import ISSUER, JWKS_URL, Server, jwk, key_set, policy, token, verifier
from tests.world import NOON

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"


def ask(keeping: Verifier, text: str, *, at: timedelta = timedelta()) -> bool:
    try:
        return bool(keeping.token(f"Bearer {text}", now=NOON + at))
    except Unauthenticated:
        return False


def long(name: str = "k1", jti: str = "x") -> str:
    return token(name, exp=int(NOON.timestamp()) + 200_000, jti=jti)


def test_a_key_set_is_kept_for_ten_minutes() -> None:
    server = Server()
    keeping = verifier(server)
    for minute in (0, 5, 9):
        assert ask(keeping, long(jti=str(minute)), at=minute * MINUTE)

    assert 1 == len(server.asked)
    assert ask(keeping, long(jti="late"), at=10 * MINUTE)
    assert 2 == len(server.asked)


def test_a_rotation_refuses_nobody() -> None:
    server = Server()
    keeping = verifier(server)
    ask(keeping, long(jti="0"))
    server.served[JWKS_URL] = key_set(jwk("k1"), jwk("k2"))

    assert ask(keeping, long("k2", jti="1"), at=MINUTE)
    assert ask(keeping, long("k1", jti="2"), at=MINUTE)
    server.served[JWKS_URL] = key_set(jwk("k2"))
    assert ask(keeping, long("k2", jti="3"), at=20 * MINUTE)
    assert not ask(keeping, long("k1", jti="4"), at=21 * MINUTE)


def test_a_rotation_right_after_the_keys_came_refuses_nobody() -> None:
    server = Server()
    keeping = verifier(server)
    ask(keeping, long(jti="0"))
    server.served[JWKS_URL] = key_set(jwk("k1"), jwk("k2"))

    assert ask(keeping, long("k2", jti="1"))
    assert 2 == len(server.asked)


def test_strangers_cannot_make_us_ask_more_than_every_half_minute() -> None:
    server = Server()
    keeping = verifier(server)
    ask(keeping, long())
    for second in range(61):
        assert not ask(keeping, token("unknown", jti=str(second)), at=second * SECOND)

    assert 1 + 3 == len(server.asked)


def test_a_key_that_does_not_fit_makes_us_ask_nobody() -> None:
    server = Server()
    keeping = verifier(server, algorithms=("RS256", "PS256"))

    assert not ask(keeping, token("k1", "PS256"))
    assert 1 == len(server.asked)


def test_strangers_do_not_wake_an_issuer_that_has_just_failed() -> None:
    server = Server()
    keeping = verifier(server)
    ask(keeping, long(jti="0"))
    server.served[JWKS_URL] = NoKeys("down")
    for second in range(30):
        assert not ask(keeping, token("unknown", jti=str(second)), at=11 * MINUTE + second * SECOND)

    assert 2 == len(server.asked)
    assert ask(keeping, long(jti="1"), at=11 * MINUTE)


def test_a_clock_that_was_set_back_does_not_keep_us_from_asking() -> None:
    server = Server(NoKeys("down"))
    keeping = verifier(server)
    for at in (MINUTE, 0 * MINUTE):
        with pytest.raises(IssuerUnavailable) as unavailable:
            keeping.token(f"Bearer {token()}", now=NOON + at)

        assert 30 * SECOND == unavailable.value.retry_after
    assert 2 == len(server.asked)


def test_a_stale_set_serves_for_a_day_while_the_issuer_fails() -> None:
    server = Server()
    keeping = verifier(server)
    ask(keeping, long(jti="0"))
    server.served[JWKS_URL] = NoKeys("down")
    day = timedelta(hours=24)

    assert ask(keeping, long(jti="1"), at=day - SECOND)
    with pytest.raises(IssuerUnavailable) as unavailable:
        keeping.token(f"Bearer {long(jti='2')}", now=NOON + day)
    assert SECOND <= unavailable.value.retry_after <= 30 * SECOND


def test_while_the_issuer_fails_it_is_tried_every_half_minute_the_first_time_included() -> None:
    server = Server(NoKeys("down"))
    keeping = verifier(server)
    for second in range(60):
        with pytest.raises(IssuerUnavailable) as unavailable:
            keeping.token(f"Bearer {token()}", now=NOON + second * SECOND)
    server.served[JWKS_URL] = key_set()

    assert 2 == len(server.asked)
    assert SECOND == unavailable.value.retry_after
    assert ask(keeping, token(), at=MINUTE)


def test_32_threads_with_a_cold_key_set_fetch_it_once() -> None:
    asked, gate = [], threading.Barrier(32)

    def slow(url: str) -> str:
        asked.append(url)
        threading.Event().wait(0.05)
        return key_set()

    keeping = Verifier(policy(), fetch=slow)
    taken: list[bool] = []

    def one(number: int) -> None:
        gate.wait()
        taken.append(ask(keeping, token(jti=str(number))))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [True] * 32 == taken
    assert 1 == len(asked)


def test_while_one_asks_a_slow_issuer_the_others_go_on_with_the_keys_of_before() -> None:
    began, go_on = threading.Event(), threading.Event()
    asked: list[str] = []

    def slow(url: str) -> str:
        asked.append(url)
        if len(asked) > 1:
            began.set()
            go_on.wait(30)
        return key_set()

    keeping = Verifier(policy(), fetch=slow)
    ask(keeping, long(jti="0"))
    texts = [long(jti=jti) for jti in ("1", "2", "3")]
    first = threading.Thread(target=ask, args=(keeping, texts[0]), kwargs={"at": 11 * MINUTE})
    first.start()
    began.wait(10)
    taken = [ask(keeping, text, at=11 * MINUTE) for text in texts[1:]]
    waits = first.is_alive()
    go_on.set()
    first.join()

    assert ([True, True], True, 2) == (taken, waits, len(asked))


def discovering(document: str | Exception) -> tuple[Verifier, Server]:
    server = Server()
    server.served[DISCOVERY] = document
    return Verifier(policy(jwks_url=None), fetch=server), server


def test_the_key_set_is_found_by_discovery() -> None:
    keeping, server = discovering(json.dumps({"issuer": ISSUER, "jwks_uri": JWKS_URL}))

    assert ask(keeping, token())
    assert [DISCOVERY, JWKS_URL] == server.asked


@pytest.mark.parametrize(
    "document",
    [
        json.dumps({"issuer": "https://other.example", "jwks_uri": JWKS_URL}),
        json.dumps({"issuer": ISSUER}),
        json.dumps({"issuer": ISSUER, "jwks_uri": 1}),
        json.dumps({"issuer": ISSUER, "jwks_uri": "http://issuer.example/keys"}),
        json.dumps({"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}),
        "[]",
        "{",
        f'{{"issuer": "{ISSUER}", "issuer": "{ISSUER}", "jwks_uri": "{JWKS_URL}"}}',
    ],
)
def test_a_lying_discovery_document_is_no_answer(document: str) -> None:
    keeping, server = discovering(document)

    with pytest.raises(IssuerUnavailable):
        keeping.token(f"Bearer {token()}", now=NOON)
    assert [DISCOVERY] == server.asked


def test_an_inline_key_set_asks_nobody() -> None:
    server = Server()
    keeping = verifier(server, jwks_url=None, jwks=key_set())

    assert ask(keeping, token())
    assert not ask(keeping, token("unknown"))
    assert [] == server.asked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": {}}',
        '{"keys": [1]}',
        '{"keys": [], "keys": []}',
        json.dumps({"keys": [{}] * (MAX_KEYS + 1)}),
        json.dumps({"keys": [], "x": "y" * MAX_BYTES}),
    ],
)
def test_what_is_no_key_set_within_bounds_is_refused(text: str) -> None:
    with pytest.raises(NoKeys):
        read(text, algorithms=("RS256",))


UNFIT: dict[str, dict[str, Any]] = {
    "weak": jwk("weak"),
    "for encryption": jwk(use="enc"),
    "not for verifying": jwk(key_ops=["sign"]),
    "operations that are no list": jwk(key_ops="verify"),
    "of another algorithm": jwk(alg="RS512"),
    "of an unknown type": jwk(kty="XYZ"),
    "a secret": {"kty": "oct", "k": "AAAA", "kid": "k1", "alg": "HS256"},
    "with its private half": jwk(d="AAAA"),
    "without a modulus": {name: value for name, value in jwk().items() if name != "n"},
    "with a modulus that is none": jwk(n="!"),
    "with a modulus that is a number": jwk(n=1),
    "a point off the curve": jwk("e1", "ES256", x="AAAA"),
    "another curve": {**jwk("e1", "ES384"), "alg": "ES256"},
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_key_that_is_unfit_is_left_out_alone(name: str) -> None:
    keys = read(key_set(UNFIT[name], jwk("good")), algorithms=("RS256", "ES256"))

    assert ["good"] == [key.kid for key in keys]


def test_a_key_without_use_and_algorithm_fits_by_its_type() -> None:
    bare = {name: value for name, value in jwk().items() if name in ("kty", "n", "e")}
    (key,) = read(key_set(bare), algorithms=("RS256", "PS256", "ES256"))

    assert (None, {"RS256", "PS256"}) == (key.kid, {*key.algorithms})


@pytest.fixture
def served() -> Any:
    """Serve ``answers[path]`` on a loopback port: a status, headers and a body each."""
    answers: dict[str, tuple[int, dict[str, str], bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                threading.Event().wait(3)
            status, headers, body = answers[self.path]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield answers, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_key_set_is_fetched_over_a_bounded_connection(served: Any) -> None:
    answers, address = served
    answers["/keys?a=b"] = (200, {}, b"{}")
    answers["/moved"] = (302, {"Location": f"{address}/keys?a=b"}, b"")
    answers["/large"] = (200, {}, b"x" * (MAX_BYTES + 1))
    answers["/latin"] = (200, {}, b"\xff")
    answers["/gone"] = (404, {}, b"{}")
    answers["/slow"] = (200, {}, b"{}")
    refused: dict[str, str] = {}
    for path in ("/moved", "/large", "/latin", "/gone", "/slow"):
        with pytest.raises(NoKeys) as refusal:
            over_https(address + path)
        refused[path] = str(refusal.value)

    assert "{}" == over_https(f"{address}/keys?a=b")
    assert ("status 302", "status 404", "deadline") == (refused["/moved"], refused["/gone"], refused["/slow"])


def test_the_clock_of_the_invocation_decides() -> None:
    moments: list[Callable[[], datetime]] = [lambda: NOON, lambda: NOON + 11 * MINUTE]
    server = Server()
    keeping = verifier(server)
    for number, moment in enumerate(moments):
        keeping.token(f"Bearer {long(jti=str(number))}", now=moment())

    assert 2 == len(server.asked)
