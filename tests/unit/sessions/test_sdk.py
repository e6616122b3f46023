"""The SDK adapter against a server that misbehaves as told: what is asked, what is accepted, what travels."""

from __future__ import annotations

import importlib
import json
import logging
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.errors import Misconfigured, ServiceError, StsRejected, StsUnavailable, Throttled
from shared.sessions.port import SessionRequest, StsEndpoint
from shared.sessions.sdk import assume_role
from shared.sessions.transport import ANSWER_LIMIT_BYTES
from shared.signing import Credentials

NOW = datetime.now(timezone.utc).replace(microsecond=0)
HOUR = timedelta(hours=1)
SECRET, TOKEN, ISSUED = "FunctionSecret0123456789", "FunctionToken0123456789==", "IssuedSecret0123456789"
OWN = Credentials(access_key_id="STS.function", access_key_secret=SECRET, security_token=TOKEN)
REQUEST = SessionRequest(
    role_arn="acs:ram::1234567890123456:role/uploads",
    role_session_name="alice",
    policy='{"Version":"1","Statement":[]}',
    duration=HOUR,
    external_id="partner-1",
)


def issued(*, expires_at: datetime = NOW + HOUR, **changes: Any) -> dict[str, Any]:
    credentials = {
        "AccessKeyId": "STS.issued",
        "AccessKeySecret": ISSUED,
        "SecurityToken": "issued-token",
        "Expiration": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {"RequestId": "1", "Credentials": {**credentials, **changes}}


def failed(code: str | None, message: str = "upstream text") -> dict[str, Any]:
    return {
        "RequestId": "1",
        "HostId": "sts.aliyuncs.com",
        "Message": message,
        **({"Code": code} if code else {}),
    }


@dataclass
class Script:
    """What the server answers, one entry for each request, and what it was asked."""

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    pause_seconds: float = 0
    drip: bool = False
    port: int = 0

    def add(self, status: int, document: Any = None, *, body: bytes | None = None, **headers: str) -> Script:
        text = json.dumps(document).encode() if body is None else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, {"Content-Type": "application/json", **named}, text))
        return self

    @property
    def endpoint(self) -> StsEndpoint:
        return StsEndpoint(host=f"127.0.0.1:{self.port}", scheme="http")


def handler_for(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            script.asked.append({"query": query, "headers": dict(self.headers), "at": time.monotonic()})
            time.sleep(script.pause_seconds)
            if not script.answers:
                self.close_connection = True
                return
            status, headers, body = script.answers.pop(0)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.write(body)

        def write(self, body: bytes) -> None:
            if not script.drip:
                self.wfile.write(body)
                return
            for byte in body:
                time.sleep(0.05)
                self.wfile.write(bytes([byte]))
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    return Handler


@contextmanager
def served(script: Script) -> Iterator[Script]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(script))
    server.daemon_threads = True
    script.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(params=["requests", "http.client"])
def sts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """Serve to each client that can stand behind the fence: the layer leaves requests out."""
    if request.param == "http.client":
        # What the SDK has imported it keeps.
        importlib.import_module("alibabacloud_sts20150401.client")
        monkeypatch.setitem(sys.modules, "requests", None)
    with served(Script()) as script:
        yield script


def ask(sts: Script, *, timeout: float = 5, request: SessionRequest = REQUEST) -> Credentials:
    return assume_role(
        request,
        endpoint=sts.endpoint,
        credentials=OWN,
        timeout=timedelta(seconds=timeout),
        now=NOW,
    )


def refusal(sts: Script, **options: Any) -> ServiceError:
    with pytest.raises(ServiceError) as refused:
        ask(sts, **options)
    return refused.value


def test_the_session_is_what_sts_issued(sts: Script) -> None:
    sts.add(200, issued())
    session = ask(sts)

    assert ("STS.issued", NOW + HOUR) == (session.access_key_id, session.expires_at)
    assert (ISSUED, "issued-token") == (session.access_key_secret, session.security_token)


def test_sts_is_asked_for_exactly_the_session_that_was_requested(sts: Script) -> None:
    sts.add(200, issued())
    ask(sts)

    assert {
        "RoleArn": REQUEST.role_arn,
        "RoleSessionName": "alice",
        "Policy": REQUEST.policy,
        "DurationSeconds": "3600",
        "ExternalId": "partner-1",
    } == sts.asked[0]["query"]


def test_the_explicit_credentials_sign_and_no_others(sts: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIenvironment")
    sts.add(200, issued())
    ask(sts)
    headers = sts.asked[0]["headers"]

    assert "Credential=STS.function," in headers["Authorization"]
    assert "static_sts" == headers["x-acs-credentials-provider"]


def test_a_session_is_not_believed_to_last_longer_than_asked_for(sts: Script) -> None:
    sts.add(200, issued(expires_at=NOW + 12 * HOUR))

    assert NOW + HOUR == ask(sts).expires_at


def test_a_shorter_session_keeps_its_own_end(sts: Script) -> None:
    sts.add(200, issued(expires_at=NOW + HOUR / 2))

    assert NOW + HOUR / 2 == ask(sts).expires_at


@pytest.mark.parametrize(
    "document",
    [
        {"RequestId": "1"},
        {"RequestId": "1", "Credentials": None},
        {"RequestId": "1", "Credentials": {}},
        {"RequestId": "1", "Credentials": "STS.issued"},
        issued(AccessKeyId=""),
        issued(AccessKeySecret=None),
        issued(SecurityToken=5),
        issued(SecurityToken="two words"),
        issued(SecurityToken="line\nbreak"),
        issued(Expiration=None),
        issued(Expiration="tomorrow"),
        issued(Expiration="2026-13-45T00:00:00Z"),
        issued(Expiration="2099-01-01T00:00:00.000Z"),
        issued(Expiration="2099-01-01T00:00:00+08:00"),
        issued(expires_at=NOW),
        issued(expires_at=NOW - HOUR),
        [],
        "text",
    ],
)
def test_an_answer_without_a_usable_session_is_an_error(sts: Script, document: Any) -> None:
    sts.add(200, document)

    assert isinstance(refusal(sts), StsUnavailable)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "NoPermission"),
        (404, "EntityNotExist.Role"),
        (400, "InvalidParameter.DurationSeconds"),
        (400, "InvalidParameter.PolicyGrammar"),
        (404, "InvalidAccessKeyId.NotFound"),
        (403, "InvalidSecurityToken.Expired"),
        (400, "SignatureDoesNotMatch"),
    ],
)
def test_a_refusal_keeps_the_code_and_nothing_else(sts: Script, status: int, code: str) -> None:
    sts.add(status, failed(code))
    error = refusal(sts)

    assert isinstance(error, StsRejected)
    assert (code, 1) == (error.sts_code, len(sts.asked))


@pytest.mark.parametrize(
    ("status", "code"), [(400, "Throttling"), (429, "Throttling.User"), (503, "Throttling.Api")]
)
def test_throttling_is_told_by_its_code_and_tried_once_more(sts: Script, status: int, code: str) -> None:
    sts.add(status, failed(code)).add(status, failed(code))
    error = refusal(sts)

    assert isinstance(error, Throttled)
    assert (timedelta(seconds=1), 2) == (error.retry_after, len(sts.asked))


def test_one_retry_may_succeed(sts: Script) -> None:
    sts.add(400, failed("Throttling.User")).add(200, issued())

    assert "STS.issued" == ask(sts).access_key_id


@pytest.mark.parametrize(("milliseconds", "seconds"), [("7000", 7), ("3600000", 60), ("-5", 1), ("soon", 1)])
def test_callers_wait_as_long_as_sts_says_within_reason(sts: Script, milliseconds: str, seconds: int) -> None:
    for _ in range(2):
        sts.add(400, failed("Throttling.User"), x_acs_retry_after=milliseconds)
    error = refusal(sts)

    assert isinstance(error, Throttled)
    assert timedelta(seconds=seconds) == error.retry_after


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "ServiceUnavailable")])
def test_trouble_of_sts_is_tried_once_more(sts: Script, status: int, code: str) -> None:
    sts.add(status, failed(code)).add(status, failed(code))
    error = refusal(sts)

    assert isinstance(error, StsUnavailable)
    assert (code, 2) == (error.reason, len(sts.asked))


@pytest.mark.parametrize("code", [None, "", "with spaces", "line\nbreak", "x" * 65, "<script>"])
def test_an_error_without_a_code_that_can_be_logged_has_none(sts: Script, code: str | None) -> None:
    sts.add(403, failed(code))
    error = refusal(sts)

    assert isinstance(error, StsUnavailable)
    assert "ClientException" == error.reason


@pytest.mark.parametrize("status", [200, 403, 502])
@pytest.mark.parametrize("body", [b"", b"<html>go away</html>", b"\xff\xfe"])
def test_what_is_not_json_is_an_error_whatever_its_status(sts: Script, status: int, body: bytes) -> None:
    sts.add(status, body=body)

    assert isinstance(refusal(sts), StsUnavailable)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(sts: Script, status: int) -> None:
    with served(Script().add(200, issued())) as elsewhere:
        sts.add(status, body=b"", Location=f"http://127.0.0.1:{elsewhere.port}/")
        error = refusal(sts)

        assert "redirect" == getattr(error, "reason", None)
        assert [] == elsewhere.asked


def test_a_redirect_that_carries_credentials_itself_is_refused_too(sts: Script) -> None:
    sts.add(302, issued())

    assert "redirect" == getattr(refusal(sts), "reason", None)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_sees_nothing(
    sts: Script, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with served(Script().add(200, issued())) as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        sts.add(200, issued())
        ask(sts)

        assert (1, 0) == (len(sts.asked), len(proxy.asked))


@pytest.mark.parametrize(("size", "accepted"), [(ANSWER_LIMIT_BYTES, True), (ANSWER_LIMIT_BYTES + 1, False)])
def test_an_answer_is_read_up_to_a_limit(sts: Script, size: int, accepted: bool) -> None:
    document = json.dumps(issued()).encode()
    sts.add(200, body=document + b" " * (size - len(document)))
    if accepted:
        ask(sts)
        return

    assert "answer too large" == getattr(refusal(sts), "reason", None)


@pytest.mark.parametrize("misbehaviour", [{"pause_seconds": 1.5}, {"drip": True}])
def test_the_deadline_holds_over_the_whole_call(sts: Script, misbehaviour: dict[str, Any]) -> None:
    sts.add(200, issued())
    for name, value in misbehaviour.items():
        setattr(sts, name, value)
    begun = time.monotonic()
    error = refusal(sts, timeout=0.3)
    took = time.monotonic() - begun

    assert isinstance(error, StsUnavailable)
    assert took < 1.2


def test_a_host_that_does_not_answer_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = Script(port=unused.getsockname()[1])

    assert isinstance(refusal(closed), StsUnavailable)


def test_a_dropped_connection_is_not_tried_again(sts: Script) -> None:
    error = refusal(sts)

    assert isinstance(error, StsUnavailable)
    assert 1 == len(sts.asked)


@pytest.mark.parametrize(
    "line", [b"SSH-2.0-dropbear\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200, b"x" * 70_000]
)
def test_what_is_not_http_is_unavailable(line: bytes) -> None:
    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(line + b"\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=answer, daemon=True).start()

        assert isinstance(refusal(Script(port=listener.getsockname()[1])), StsUnavailable)


def test_debug_output_of_the_sdk_is_refused_before_anything_is_sent(
    sts: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBUG", "SDK")
    error = refusal(sts)

    assert isinstance(error, Misconfigured)
    assert ("DEBUG", []) == (error.variable, sts.asked)


def frames_of(error: BaseException) -> list[str]:
    """Return the traceback with every local variable, without the frames of this file."""
    summary = traceback.TracebackException.from_exception(error, capture_locals=True)
    return [f"{frame.line} {frame.locals}" for frame in summary.stack if frame.filename != __file__]


def provoked(sts: Script, kind: str) -> ServiceError:
    hostile = f"{TOKEN} {SECRET} {REQUEST.role_arn}"
    if kind == "refused":
        sts.add(403, failed("NoPermission", hostile))
    elif kind == "html":
        sts.add(200, body=hostile.encode())
    elif kind == "trouble":
        sts.add(500, failed("InternalError", hostile)).add(500, failed("InternalError", hostile))
    elif kind == "throttled":
        sts.add(400, failed("Throttling", hostile)).add(400, failed("Throttling", hostile))
    elif kind == "redirect":
        sts.add(302, body=hostile.encode(), Location=f"http://{TOKEN.strip('=')}/")
    elif kind == "slow":
        sts.pause_seconds = 0.4
    return refusal(sts, timeout=0.2 if kind == "slow" else 5)


@pytest.mark.parametrize("kind", ["refused", "html", "trouble", "throttled", "redirect", "slow", "dropped"])
def test_nothing_of_the_sdks_exceptions_travels(
    sts: Script, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    error = provoked(sts, kind)
    printed = capfd.readouterr()
    spoken = "\n".join([*frames_of(error), str(error), repr(vars(error)), *printed])

    assert [] == [word for word in (SECRET, TOKEN, "Authorization", "ACS3", "upstream") if word in spoken]
    assert [] == caplog.records
    assert (None, None) == (error.__cause__, error.__context__)


def test_the_sdk_is_imported_on_first_use_only() -> None:
    heavy = {"alibabacloud_sts20150401", "darabonba", "requests", "aiohttp"}
    probe = f"import sys, shared.sessions.sdk, shared.fc.role_sessions; print({heavy!r} & set(sys.modules))"
    command = [sys.executable, "-c", probe]
    found = subprocess.run(command, capture_output=True, check=True, text=True)

    assert "set()" == found.stdout.strip()
