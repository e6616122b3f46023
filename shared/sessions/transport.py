"""What the STS SDK may do on the wire, and print about it. It offers no setting for any of this."""

from __future__ import annotations

import logging
from functools import cache
from io import BytesIO
from os import path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from shared.errors import StsUnavailable
from shared.sessions.port import StsEndpoint
from shared.sessions.stand_ins import is_left_out

ANSWER_LIMIT_BYTES = 65_536
"""Far above any answer of AssumeRole; a security token has no documented length."""

_CHUNK_BYTES = 8192
_NOISY_LOGGERS = ("darabonba-core", "alibabacloud-tea", "credentials", "urllib3.connectionpool")


class Answer(NamedTuple):
    """What the SDK reads of an answer."""

    status_code: int
    reason: str
    headers: dict[str, str]
    content: bytes


class Fence:
    """A session for the SDK: one host, no proxy, no redirect, an answer of bounded size.

    It is the standard library's client, which knows neither proxies nor redirects and is imported in a
    quarter of the time that requests takes. A connection for each call: between two of them the platform
    freezes the process, and the server hangs up.
    """

    def __init__(self, endpoint: StsEndpoint) -> None:
        self._endpoint = endpoint

    def send(self, request: Any, *, timeout: tuple[float, float], **_: Any) -> Answer:
        """Send what the SDK prepared, and return the complete answer.

        The time-outs, in seconds, are for connecting and for reading. Raises ``StsUnavailable`` at the fence,
        and what ``http.client`` raises.
        """
        connect_timeout, read_timeout = timeout
        connection = _connection(self._endpoint, timeout=connect_timeout)
        try:
            connection.connect()
            connection.sock.settimeout(read_timeout)
            connection.request(request.method, _target(request.url), request.body, dict(request.headers))
            return _answer(connection.getresponse())
        finally:
            connection.close()


def fence_in(endpoint: StsEndpoint) -> None:
    """Make the SDK send to ``endpoint`` through a ``Fence``: it keeps one session per host in this table."""
    from darabonba.core import DEFAULT_POOL_MAXSIZE, DaraCore

    # The SDK's name for the session: a port stands in the host, and its own port is then always 80.
    name = f"{endpoint.scheme}://{endpoint.host}:80:pool={DEFAULT_POOL_MAXSIZE}"
    DaraCore._sessions[name] = _session(endpoint)


def silence_loggers() -> None:
    """Stop the SDK's loggers, which print to the log on their own, and the one that prints its URLs."""
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).disabled = True


@cache
def _session(endpoint: StsEndpoint) -> Any:
    """Return what sends: requests where the SDK has it, so that what mocks requests mocks STS as well."""
    if is_left_out("requests"):
        return Fence(endpoint)
    from requests import Session
    from requests.adapters import HTTPAdapter

    session: Any = Session()
    session.mount(f"{endpoint.scheme}://", FencedAdapter(HTTPAdapter()))
    return session


def _connection(endpoint: StsEndpoint, *, timeout: float) -> Any:
    from http.client import HTTPConnection, HTTPSConnection

    if endpoint.scheme == "http":
        return HTTPConnection(endpoint.host, timeout=timeout)
    # The SDK has imported it.
    import certifi

    return HTTPSConnection(endpoint.host, timeout=timeout, context=_tls(certifi.__path__[0]))


@cache
def _tls(certifi: str) -> Any:
    """Return a context that verifies certificates and host names, against the roots in certifi's folder.

    In the layer each root is a file of its own, see ``tests.deploy.roots``; elsewhere they are one bundle,
    which ``certifi.where()`` would name, having imported what reads files out of archives.
    """
    import ssl

    roots = f"{certifi}/roots"
    bundle = None if path.isdir(roots) else f"{certifi}/cacert.pem"
    context = ssl.create_default_context(cafile=bundle, capath=None if bundle else roots)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _answer(response: Any) -> Answer:
    _check_status(response.status)
    body = response.read(ANSWER_LIMIT_BYTES + 1)
    _check_size(body)
    return Answer(response.status, response.reason, dict(response.headers), body)


class FencedAdapter:
    """The same fence around an adapter of requests."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    def send(self, request: Any, **options: Any) -> Any:
        """Send as the wrapped adapter does, and return the complete answer; raises ``StsUnavailable``."""
        # A proxy of the environment would see the security token, and so would a redirect's target.
        response = self._adapter.send(request, **options | {"stream": True, "proxies": None})
        try:
            _check_status(response.status_code)
            response.raw = BytesIO(_body(response.raw))
        except Exception:
            response.close()
            raise
        return response

    def close(self) -> None:
        """Close the wrapped adapter's connections."""
        self._adapter.close()


def _body(raw: Any) -> bytes:
    body = b""
    while chunk := raw.read(_CHUNK_BYTES, decode_content=True):
        body += chunk
        _check_size(body)
    return body


def _check_status(status: int) -> None:
    # The SDK takes any 3xx with a JSON body for a success.
    if 300 <= status < 400:
        raise StsUnavailable(reason="redirect")


def _check_size(body: bytes) -> None:
    if len(body) > ANSWER_LIMIT_BYTES:
        raise StsUnavailable(reason="answer too large")
