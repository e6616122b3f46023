"""A real Redis on loopback, from Debian's package: plain with a password, or over TLS."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from tests import needed
from tests.certificate import issued

PASSWORD = "made-up"


class Server:
    """A running server; ``url`` is what TICKET_CLAIMS says of it."""

    def __init__(self, folder: Path, *, tls: bool) -> None:
        self._binary = needed.program("redis-server", leaves_out="the fate of tickets in Redis")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._options = ["--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD, "--dir", str(folder)]
        if tls:
            authority, server = issued(folder)
            self._options += ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no"]
            self._options += ["--tls-cert-file", str(server), "--tls-key-file", str(server)]
            self._options += ["--tls-ca-cert-file", str(authority)]
            self.untrusting = f"rediss://:{PASSWORD}@localhost:{port}/0"
            self.url = f"{self.untrusting}?ssl_ca_certs={authority}"
        else:
            self._options += ["--port", str(port)]
            self.url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process = subprocess.Popen([self._binary, *self._options], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.client().ping()
                return
            except OSError:
                time.sleep(0.05)
            except Exception as error:  # what redis raises is no OSError of its own
                if "Connection" not in type(error).__name__:
                    raise
                time.sleep(0.05)
        raise TimeoutError("redis-server did not start")

    def client(self) -> Redis:
        """Return a client of its own."""
        return Redis.from_url(self.url)

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(20)


@contextmanager
def redis_server(folder: Path, *, tls: bool = False) -> Iterator[Server]:
    """Run a server while the context lasts."""
    folder.mkdir(exist_ok=True)
    server = Server(folder, tls=tls)
    try:
        yield server
    finally:
        server.stop()
