"""HTTPS requests: bounded in time and size, to the server that its certificate names, and nowhere else."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

import pytest

from oss_emulator.server import serve
from shared import https
from shared.https import Answer, HttpsFailed, Request, send
from tests.certificate import made_up_certificate
from tests.deploy import roots

SECOND = timedelta(seconds=1)
OK = b"HTTP/1.1 200 OK\r\n"


def ask(host: str, *, timeout: timedelta = 5 * SECOND, limit_bytes: int = 1000, **changes: Any) -> Answer:
    asked: dict[str, Any] = {"method": "GET", "host": host, "target": "/a?b=%2F", "scheme": "http", **changes}
    return send(Request(**asked), timeout=timeout, limit_bytes=limit_bytes)


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection with ``talk``, once the request was read; yields ``host:port``."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                talk(connection)
            except OSError:
                return  # The client has hung up, as it should.

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def saying(text: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text)


def repeating(head: bytes, piece: bytes, *, every: float = 0.05) -> Callable[[socket.socket], None]:
    """Return a server that says ``head``, and then ``piece`` again and again for as long as anybody listens."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(every)

    return talk


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer what was asked for."""
    start_response("200 OK", [("X-Sent", environ.get("HTTP_X_SENT", "-"))])
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return [f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']} ".encode() + body]


def test_a_request_arrives_as_it_was_written_and_its_answer_comes_back() -> None:
    with serve(echo) as host:
        answer = ask(host, method="POST", headers={"X-Sent": "yes"}, body=b"hello")

    assert (200, "OK", b"POST /a?b=%2F hello") == (answer.status, answer.reason, answer.body)
    assert "yes" == answer.headers["x-sent"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001, "answer too large"),
        (OK + b"\r\n" + b"x" * 1001, "answer too large"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n800\r\n" + b"x" * 2048 + b"\r\n", "answer too large"),
        (OK + b"Content-Length: 9\r\n\r\nshort", "answer incomplete"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nq\r\nshort", "IncompleteRead"),
        (OK + b"X: y\r\n" * 200 + b"\r\n", "HTTPException"),
        (OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n", "answer too large"),
        (b"220 mail.example.com ready\r\n", "BadStatusLine"),
        (b"", "RemoteDisconnected"),
    ],
)
def test_an_answer_out_of_bounds_is_none(text: bytes, reason: str) -> None:
    with talking(saying(text)) as host, pytest.raises(HttpsFailed, match=reason):
        ask(host)


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "talk",
    [
        repeating(b"HTTP/1.1 200 ", b"x"),
        repeating(OK + b"X: ", b"x"),
        repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        repeating(OK + b"Content-Length: 900\r\n\r\n", b"x"),
        repeating(CHUNKED, b"0"),
        repeating(CHUNKED + b"1;", b"x"),
        repeating(CHUNKED + b"0\r\n", b"X: y\r\n"),
        lambda _: time.sleep(3),
    ],
    ids=["status", "header", "continue", "body", "chunk size", "chunk extension", "trailers", "silence"],
)
def test_one_deadline_holds_for_all_of_it(talk: Callable[[socket.socket], None]) -> None:
    begun = time.monotonic()
    with talking(talk) as host:
        before = threading.active_count()
        with pytest.raises(HttpsFailed, match="deadline"):
            ask(host, timeout=SECOND / 2)
        time.sleep(0.2)

        assert time.monotonic() - begun < 2
        assert before >= threading.active_count(), "the thread that asked is gone too"


@pytest.mark.parametrize(
    "talk",
    [
        repeating(b"", b"HTTP/1.1 100 Continue\r\n\r\n", every=0),
        repeating(CHUNKED + b"0\r\n", b"X: y\r\n", every=0),
        repeating(CHUNKED, b"1\r\nx\r\n", every=0),
    ],
    ids=["continue", "trailers", "tiny chunks"],
)
def test_an_answer_without_end_is_cut_by_its_size(talk: Callable[[socket.socket], None]) -> None:
    with talking(talk) as host, pytest.raises(HttpsFailed, match="answer too large"):
        ask(host)


def test_a_name_that_takes_forever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3))
    begun = time.monotonic()
    with pytest.raises(HttpsFailed, match="deadline"):
        ask("nowhere.example", timeout=SECOND / 2)

    assert time.monotonic() - begun < 2


def test_a_redirect_is_an_answer_and_nobody_follows_it() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with talking(saying(moved)) as host:
        answer = ask(host)

    assert 302 == answer.status


def test_a_head_has_no_body_whatever_its_length_says() -> None:
    with talking(saying(OK + b"Content-Length: 5000\r\n\r\n")) as host:
        answer = ask(host, method="HEAD")

    assert (200, b"", "5000") == (answer.status, answer.body, answer.headers["content-length"])


def test_no_proxy_of_the_environment_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serve(echo) as host:
        assert 200 == ask(host).status


def test_a_closed_port_is_no_answer() -> None:
    with pytest.raises(HttpsFailed, match="ConnectionRefusedError"):
        ask("127.0.0.1:9")


@pytest.fixture(params=["bundle", "folder"])
def secure(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve with a certificate of this machine's address, trusted by a certifi of its own."""
    packages = tmp_path / "certifi"
    packages.mkdir()
    if request.param == "folder":
        roots.beside(packages).mkdir()
    roots.trust(made_up_certificate(tmp_path / "key.pem"), certifi=packages)
    spec = ModuleSpec("certifi", None, is_package=True)
    spec.submodule_search_locations = [str(packages)]
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: spec)
    https._tls.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "key.pem")
    with serve(echo, ssl_context=context) as served:
        yield served
    https._tls.cache_clear()


def test_a_trusted_server_gets_the_request(secure: str) -> None:
    assert b"GET /a?b=%2F " == ask(secure, scheme="https").body


def test_a_certificate_of_another_name_is_refused(secure: str) -> None:
    with pytest.raises(HttpsFailed, match="SSLCertVerificationError"):
        ask(secure.replace("127.0.0.1", "localhost"), scheme="https")


def test_a_certificate_that_nobody_vouches_for_is_refused(
    secure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    https._tls.cache_clear()
    with pytest.raises(HttpsFailed, match="SSLCertVerificationError"):
        ask(secure, scheme="https")


def test_without_certifi_the_machines_own_roots_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    https._tls.cache_clear()
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: None)
    context = https._tls()
    https._tls.cache_clear()

    assert ssl.CERT_REQUIRED == context.verify_mode
    assert context.check_hostname


def test_a_function_that_sends_nothing_loads_no_client() -> None:
    script = "import sys, shared.https; print(*{'ssl', 'http.client', 'socket'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)

    assert "" == done.stdout.strip()
