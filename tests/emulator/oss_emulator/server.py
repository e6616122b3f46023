"""The emulator on a loopback port, for clients that speak over sockets."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

BACKLOG = 256
"""Connections that wait to be taken."""


class _Quiet(WSGIRequestHandler):
    """Speaks HTTP/1.1, which chunked uploads need, and prints no URL."""

    protocol_version = "HTTP/1.1"
    # Over TLS an answer would wait for the client to acknowledge the session tickets: 10 ms, and no server does that.
    disable_nagle_algorithm = True

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status line alone: ``Server`` and ``Date`` are the application's, once each."""
        self.send_response_only(code, message)

    def log_request(self, *_: Any) -> None:
        """Print nothing: request lines hold signatures and tokens."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log failures of the server itself."""
        logging.getLogger(__name__).log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)


@contextmanager
def serve(application: Any, *, port: int = 0, ssl_context: Any = None) -> Iterator[str]:
    """Serve a WSGI application on 127.0.0.1 while the context lasts; yields ``host:port``; ``OSError`` where it is taken."""
    # A socket of our own: werkzeug would end the process where the port is taken.
    with socket.create_server(("127.0.0.1", port), backlog=BACKLOG) as listening:
        host, bound = listening.getsockname()
        server = make_server(
            host,
            bound,
            application,
            threaded=True,
            request_handler=_Quiet,
            ssl_context=ssl_context,
            fd=listening.fileno(),
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"{host}:{bound}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
