"""HTTPS requests with bounds: no proxy, no redirect, one deadline for all of it, and answers of limited size.

It is the standard library's client, imported when the first request is sent. A connection for each request:
between two of them the platform freezes the process, and the server hangs up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from io import BufferedReader, RawIOBase
from time import monotonic
from typing import Any, Literal, NamedTuple, TypeVar

from shared.values import NOTHING, value

CONNECT_TIMEOUT = timedelta(seconds=2)
"""For the connection and its TLS handshake; the rest of the time is for the answer."""

_HEAD_BYTES = 65_536
"""For status line and headers, and what chunks take on the wire beyond their contents."""

Made = TypeVar("Made")


class HttpsFailed(Exception):
    """No usable answer; ``reason`` says why in a few words, without anything that was sent."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@value
class Request:
    """One request: where it goes, and what is sent. ``target`` is path and query, percent-encoded."""

    method: str
    host: str
    target: str
    scheme: Literal["https", "http"] = "https"
    headers: Mapping[str, str] = NOTHING
    body: bytes | None = None


class Answer(NamedTuple):
    """A complete answer, of whatever status, a redirect too; ``headers`` by lower-case name."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


def send(request: Request, *, timeout: timedelta, limit_bytes: int) -> Answer:
    """Return the answer to ``request``, complete within ``timeout`` and of at most ``limit_bytes``.

    Raises ``HttpsFailed``. A thread of its own, because a name lookup heeds no time-out.
    """
    outcome = within(timeout, ask=lambda: exchange(request, timeout=timeout, limit_bytes=limit_bytes))
    if isinstance(outcome, Exception):
        raise HttpsFailed(_reason(outcome)) from None
    return outcome


def within(timeout: timedelta, *, ask: Callable[[], Made]) -> Made | Exception:
    """Return what ``ask`` returns or raises, or a ``TimeoutError`` once ``timeout`` is over.

    Errors are returned, not raised: raised here they would carry what passed through the other thread.
    """
    from threading import Thread

    outcomes: list[Made | Exception] = []
    worker = Thread(target=lambda: outcomes.append(_outcome(ask)), daemon=True)
    worker.start()
    worker.join(timeout.total_seconds())
    return outcomes[0] if outcomes else TimeoutError()


def _outcome(ask: Callable[[], Made]) -> Made | Exception:
    try:
        return ask()
    except Exception as error:  # whatever it is, the thread that waits decides
        return error


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "deadline"
    return error.reason if isinstance(error, HttpsFailed) else type(error).__name__


def exchange(request: Request, *, timeout: timedelta, limit_bytes: int) -> Answer:
    """Return the same in the caller's own thread; only a name lookup and connecting can outlast ``timeout``.

    Raises ``HttpsFailed`` beyond the bounds, and what the standard library's client raises.
    """
    ends_at = monotonic() + timeout.total_seconds()
    connection = _connection(request, timeout=min(timeout, CONNECT_TIMEOUT))
    connection.connect()
    with connection.sock as sock:
        connection.sock = _Bounded(sock, ends_at=ends_at, most_bytes=limit_bytes + _HEAD_BYTES)
        connection.request(request.method, request.target, request.body, dict(request.headers))
        response = connection.getresponse()
        body = _body(response, limit_bytes)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, response.reason, headers, body)


def _connection(request: Request, *, timeout: timedelta) -> Any:
    from http.client import HTTPConnection, HTTPSConnection

    seconds = timeout.total_seconds()
    if request.scheme == "http":
        return HTTPConnection(request.host, timeout=seconds)
    return HTTPSConnection(request.host, timeout=seconds, context=_tls())


@cache
def _tls() -> Any:
    """Return a context that verifies certificates and host names, against certifi's roots if any."""
    import ssl

    folder, bundle = _roots()
    context = ssl.create_default_context(capath=folder, cafile=bundle)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _roots() -> tuple[str | None, str | None]:
    """Return where the roots stand: a file each beside certifi, as in the layer, or certifi's own bundle.

    OpenSSL reads a bundle whole before the first handshake, a third of a cold call of STS; of a folder it
    opens only the file that it needs. ``certifi.where()`` would import what reads files out of archives.
    """
    from importlib.machinery import PathFinder
    from os.path import isdir

    found = PathFinder.find_spec("certifi")
    if found is None or not found.submodule_search_locations:
        return None, None
    certifi = found.submodule_search_locations[0]
    return (f"{certifi}_roots", None) if isdir(f"{certifi}_roots") else (None, f"{certifi}/cacert.pem")


class _Bounded(RawIOBase):
    """A socket as the standard library's client uses it: no sending or reading outlasts the deadline.

    Not only the body: status lines, headers, chunk sizes and trailers may come drop by drop, and without end.
    """

    def __init__(self, sock: Any, *, ends_at: float, most_bytes: int) -> None:
        self._sock, self._ends_at, self._left_bytes = sock, ends_at, most_bytes

    def sendall(self, data: bytes) -> None:
        """Send all of ``data``."""
        unsent = memoryview(data)
        while unsent:
            unsent = unsent[self._in_time().send(unsent) :]

    def makefile(self, _: str) -> BufferedReader:
        """Return what the answer is read from."""
        return BufferedReader(self)

    def readable(self) -> bool:
        """Say that it can be read, as ``BufferedReader`` asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has arrived; raises ``HttpsFailed`` once more has arrived than an answer may take."""
        read = int(self._in_time().recv_into(buffer))
        self._left_bytes -= read
        if self._left_bytes < 0:
            raise HttpsFailed("answer too large")
        return read

    def close(self) -> None:
        """Leave the socket to ``exchange``: the client closes its own end before the body is read."""

    def _in_time(self) -> Any:
        left = self._ends_at - monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock


def _body(response: Any, limit_bytes: int) -> bytes:
    """Return the whole body."""
    if (response.length or 0) > limit_bytes:
        raise HttpsFailed("answer too large")
    body: bytes = response.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise HttpsFailed("answer too large")
    if response.length:
        raise HttpsFailed("answer incomplete")
    return body
