"""Servers of objects in processes of their own, and clients of them that sign: the emulator, and moto's for S3."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from shared.signing import Credentials, Endpoint, ObjectRequest, sign_request

BUCKET = "examplebucket"
NOT_VERIFIED = (
    "AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)
"""moto reads whose request it is, and verifies nothing."""


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One connection that stays open; signs each request where it has credentials."""

    def __init__(self, address: str, credentials: Credentials | None) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=120)
        self._credentials = credentials
        self._endpoint = Endpoint(region="cn-hangzhou", host=address, scheme="http", style="path")

    def send(
        self,
        method: str,
        key: str,
        body: bytes = b"",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and read all of its answer."""
        sent = {"Authorization": NOT_VERIFIED, **(headers or {})}
        if self._credentials is not None:
            del sent["Authorization"]
            request = ObjectRequest(
                method=method, bucket=BUCKET, key=key or None, query=dict(query or {}), headers=sent
            )
            now = datetime.now(timezone.utc)
            sent = sign_request(request, endpoint=self._endpoint, credentials=self._credentials, now=now)
        path = f"/{BUCKET}/{quote(key)}" + (f"?{urlencode(query)}" if query else "")
        self._connection.request(method, path, body=body or None, headers=sent)
        answer = self._connection.getresponse()
        return Answer(answer.status, dict(answer.headers), answer.read())

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


class Server(NamedTuple):
    """A server in a process of its own."""

    address: str
    pid: int
    credentials: Credentials | None

    def client(self) -> Client:
        """Return a client on a new connection."""
        return Client(self.address, self.credentials)

    def peak_mib(self) -> int:
        """Return the most memory the process has held."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024


@contextmanager
def emulator() -> Iterator[Server]:
    """Run the emulator on a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "oss_emulator", "--bucket", BUCKET, "--folder", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield _described(process)
            finally:
                process.terminate()


def _described(process: subprocess.Popen[str]) -> Server:
    said: dict[str, str] = {}
    while "CONTROL" not in said and process.stdout is not None:
        name, _, value = process.stdout.readline().strip().partition("=")
        said[name] = value
    keys = Credentials(
        access_key_id=said["OSS_ACCESS_KEY_ID"], access_key_secret=said["OSS_ACCESS_KEY_SECRET"]
    )
    return Server(said["OSS_ENDPOINT"].removeprefix("http://"), process.pid, keys)


@contextmanager
def moto(python: str) -> Iterator[Server]:
    """Run moto's server, which verifies no signature: requests to it carry none."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            server = Server(f"127.0.0.1:{port}", process.pid, None)
            _wait_for(port)
            with closing(server.client()) as client:
                client.send("PUT", "")
            yield server
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("moto's server did not start")
