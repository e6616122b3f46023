"""The back ends of docs/uploads.md take what ``on_upload`` sends, once, and nothing else."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest
import requests
from standardwebhooks import Webhook

from tests.clients import node_clients
from tests.local.client import presigned
from tests.local.stack import running
from tests.world import ROOT

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
MESSAGE = '{"type":"upload.completed","key":"users/alice/a","size":3,"claims":{"sub":"alice"}}'
DOCS = ROOT / "docs" / "clients"


@contextmanager
def fastapi(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the receiver of the docs as its first lines say."""
    shutil.copy(DOCS / "receiver_fastapi.py", folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "receiver_fastapi:app", "--port", str(port)]
    with process(command, folder) as running_process:
        wait_for(port)
        yield f"http://127.0.0.1:{port}/uploaded", running_process


@contextmanager
def express(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    node = node_clients.install()
    (folder / "node_modules").symlink_to(node_clients.HERE / "node_modules")
    shutil.copy(DOCS / "receiver_express.mjs", folder)
    with process([node, "receiver_express.mjs"], folder, PORT="0") as running_process:
        assert running_process.stdout is not None
        port = running_process.stdout.readline().split()[1]
        yield f"http://127.0.0.1:{port}/uploaded", running_process


@contextmanager
def process(command: list[str], folder: Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "UPLOAD_WEBHOOK_SECRET": SECRET, "PYTHONUNBUFFERED": "1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        try:
            yield child
        finally:
            child.terminate()


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError


def signed(body: str, *, message_id: str = "id.etag", secret: str = SECRET) -> dict[str, str]:
    now = datetime.now(timezone.utc)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }


OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()


@pytest.mark.parametrize("receiver", [fastapi, express])
def test_a_receiver_takes_a_message_once_and_no_forgery(receiver: object, tmp_path: Path) -> None:
    assert callable(receiver)
    with receiver(tmp_path) as (url, child):
        headers = signed(MESSAGE)
        statuses = [
            requests.post(url, MESSAGE, headers=headers, timeout=10).status_code,
            requests.post(url, MESSAGE, headers=headers, timeout=10).status_code,
            requests.post(url, MESSAGE.replace("3", "4"), headers=headers, timeout=10).status_code,
            requests.post(url, MESSAGE, headers=signed(MESSAGE, secret=OTHER), timeout=10).status_code,
            requests.post(url, MESSAGE, timeout=10).status_code,
            requests.post(url, MESSAGE, headers=signed(MESSAGE, message_id="id.2"), timeout=10).status_code,
        ]
        child.terminate()
        said = [line for line in (child.stdout or []) if line.startswith("upload")]

    assert [204, 204, 401, 401, 401, 204] == statuses
    assert 2 == len(said)
    assert said[0].startswith("upload.completed users/alice/a 3 ")


@pytest.mark.parametrize("receiver", [fastapi, express])
def test_a_receiver_is_told_of_a_real_upload(receiver: object, tmp_path: Path) -> None:
    assert callable(receiver)
    with receiver(tmp_path) as (url, child):
        environ = {"UPLOAD_WEBHOOK_URL": url, "UPLOAD_WEBHOOK_SECRET": SECRET}
        with running(completes=True, environ=environ) as stack:
            grant = presigned(stack, operation="PutObject", key="users/alice/told.bin")
            answer = requests.put(grant["url"], b"hello", headers=grant["headers"], timeout=20).json()
        child.terminate()
        said = [line for line in (child.stdout or []) if line.startswith("upload")]

    assert "Success" == answer["Code"]
    assert ["upload.completed users/alice/told.bin 5 "] == [line[: line.index("{")] for line in said]
