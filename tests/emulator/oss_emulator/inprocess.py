"""The emulator without sockets: direct calls for tests, and a bridge for clients that use ``requests``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from responses import RequestsMock


def fetch(
    application: Any,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Response:
    """Return the application's answer, as if ``url`` had been fetched with exactly these headers."""
    split = urlsplit(url)
    target = f"{split.path or '/'}{'?' + split.query if split.query else ''}"
    builder = EnvironBuilder(method=method, base_url=f"{split.scheme}://{split.netloc}/", data=body)
    environ = builder.get_environ()
    environ.pop("CONTENT_TYPE", None)
    environ |= {"RAW_URI": target, "QUERY_STRING": split.query, "REMOTE_ADDR": "127.0.0.1"}
    environ["PATH_INFO"] = unquote(split.path, "latin-1")
    for name, value in (headers or {}).items():
        variable = name.upper().replace("-", "_")
        prefix = "" if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
        environ[prefix + variable] = value.encode().decode("latin-1")
    if method in ("PUT", "POST"):
        environ.setdefault("CONTENT_LENGTH", str(len(body)))
    chunks, status, answered = run_wsgi_app(application, environ, buffered=True)
    response = Response(b"".join(chunks), status)
    # A HEAD's Content-Length is that of the bytes it does not send.
    response.headers = answered
    return response


@contextmanager
def bridged(application: Any) -> Iterator[RequestsMock]:
    """Answer every request of the ``requests`` library from ``application`` while the context lasts.

    Needs the distribution ``responses``.
    """
    from responses import RequestsMock

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        headers = {name: str(value) for name, value in request.headers.items()}
        answered = fetch(application, request.method, request.url, headers=headers, body=_bytes(request.body))
        return answered.status_code, dict(answered.headers), answered.get_data()

    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"):
            mock.add_callback(method, re.compile(r".*"), callback=answer, content_type=None)
        yield mock


def _bytes(body: Any) -> bytes:
    """Return the body of a ``requests`` request: text, bytes, a file, or pieces."""
    if body is None or isinstance(body, (str, bytes)):
        return body.encode() if isinstance(body, str) else body or b""
    data: bytes = body.read() if hasattr(body, "read") else b"".join(body)
    return data
