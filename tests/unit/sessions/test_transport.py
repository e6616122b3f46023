"""STS over TLS: whose certificate is believed, for which name, wherever the roots stand."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import certifi
import pytest

from oss_emulator.server import serve
from shared.sessions.port import StsEndpoint
from shared.sessions.transport import Answer, Fence
from tests.certificate import made_up_certificate
from tests.deploy import roots

REQUEST = SimpleNamespace(method="POST", url="https://sts.aliyuncs.com/?a=%2F", body=None, headers={})


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer what was asked for."""
    start_response("200 OK", [])
    return [f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']}".encode()]


@pytest.fixture(params=["bundle", "folder"])
def host(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve with a certificate of this machine's address, trusted by a certifi of its own kind."""
    packages = tmp_path / "certifi"
    packages.mkdir()
    if request.param == "folder":
        (packages / "roots").mkdir()
    roots.trust(made_up_certificate(tmp_path / "key.pem"), certifi=packages)
    monkeypatch.setattr(certifi, "__path__", [str(packages)])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "key.pem")
    with serve(echo, ssl_context=context) as served:
        yield served


def sent_to(host: str) -> Answer:
    return Fence(StsEndpoint(host=host)).send(REQUEST, timeout=(5, 5), proxies=None, verify=True)


def test_a_trusted_server_gets_the_request_and_is_hung_up_on(host: str) -> None:
    answer = sent_to(host)

    assert (200, "OK", b"POST /?a=%2F") == (answer.status_code, answer.reason, answer.content)
    assert "close" == answer.headers["Connection"]


def test_a_certificate_of_another_name_is_refused(host: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        sent_to(host.replace("127.0.0.1", "localhost"))


def test_a_certificate_that_nobody_vouches_for_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        sent_to(host)
