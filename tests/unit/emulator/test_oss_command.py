"""``python -m oss_emulator``: serves official clients, ends on SIGTERM, and finds its objects again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import oss2
import pytest
import requests

from tests import needed
from tests.deploy.package import ROOT

COMMAND = [sys.executable, "-m", "oss_emulator", "--bucket", "examplebucket"]


class Running:
    """A running command, and what it said first."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.said = dict(process.stdout.readline().strip().split("=", 1) for _ in range(5))
        auth = oss2.AuthV4(self.said["OSS_ACCESS_KEY_ID"], self.said["OSS_ACCESS_KEY_SECRET"])
        endpoint, region = self.said["OSS_ENDPOINT"], self.said["OSS_REGION"]
        self.bucket = oss2.Bucket(auth, endpoint, "examplebucket", region=region, is_path_style=True)


@contextmanager
def started(*options: str, ends_by: int = signal.SIGTERM) -> Iterator[Running]:
    """Yield the running command; it ends well on SIGTERM."""
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Running(process)
        finally:
            process.send_signal(ends_by)
            process.wait(20)

    assert (0 if ends_by == signal.SIGTERM else -ends_by) == process.returncode


def test_the_command_serves_ends_and_finds_its_objects_and_its_key_again(tmp_path: Path) -> None:
    with started("--folder", str(tmp_path)) as first:
        first.bucket.put_object("a.txt", b"hello")
    with started("--folder", str(tmp_path)) as second:
        assert b"hello" == first_key(first, second).get_object("a.txt").read()


def first_key(first: Running, second: Running) -> oss2.Bucket:
    """Return the bucket at the second address, with the AccessKey of the first."""
    auth = oss2.AuthV4(first.said["OSS_ACCESS_KEY_ID"], first.said["OSS_ACCESS_KEY_SECRET"])
    return oss2.Bucket(
        auth, second.said["OSS_ENDPOINT"], "examplebucket", region="cn-hangzhou", is_path_style=True
    )


def test_a_kill_in_the_middle_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with started("--folder", str(tmp_path), ends_by=signal.SIGKILL) as running:
        enough = threading.Event()
        threads = [
            threading.Thread(target=keep_putting, args=(running.bucket, number, acknowledged, enough))
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        running.process.kill()
        for thread in threads:
            thread.join(30)
    with started("--folder", str(tmp_path)) as again:
        bucket = first_key(running, again)
        lost = [key for key in acknowledged if body_of(key) != bucket.get_object(key).read()]

    assert 100 < len(acknowledged)
    assert [] == lost


@pytest.mark.parametrize("versioned", [False, True])
def test_a_kill_while_keys_are_overwritten_leaves_what_was_acknowledged(
    tmp_path: Path, versioned: bool
) -> None:
    acknowledged: dict[str, list[str]] = {str(number): [] for number in range(4)}
    with started("--folder", str(tmp_path), ends_by=signal.SIGKILL) as running:
        if versioned:
            enabled = oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE)
            running.bucket.put_bucket_versioning(enabled)
        enough = threading.Event()
        threads = [
            threading.Thread(target=keep_overwriting, args=(running.bucket, key, versions, enough))
            for key, versions in acknowledged.items()
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        running.process.kill()
        for thread in threads:
            thread.join(30)
    with started("--folder", str(tmp_path)) as again:
        bucket = first_key(running, again)
        newest = {key: bucket.get_object(key).read() for key in acknowledged}
        kept = {each.versionid for each in bucket.list_object_versions(max_keys=1000).versions}

    assert [] == [key for key, body in newest.items() if int(body[:6]) < len(acknowledged[key]) - 1]
    assert [] == [key for key, body in newest.items() if body != body[:6] * 5000]
    if versioned:
        assert set().union(*acknowledged.values()) <= kept


def keep_overwriting(bucket: oss2.Bucket, key: str, versions: list[str], enough: threading.Event) -> None:
    try:
        for count in range(10_000):
            versions.append(bucket.put_object(key, f"{count:06}".encode() * 5000).versionid)
            if count > 30:
                enough.set()
    except oss2.exceptions.RequestError:
        return  # The server is gone: that is what was waited for.


def keep_putting(bucket: oss2.Bucket, number: int, acknowledged: list[str], enough: threading.Event) -> None:
    try:
        for count in range(10_000):
            key = f"{number}/{count}"
            bucket.put_object(key, body_of(key))
            acknowledged.append(key)
            if len(acknowledged) > 100:
                enough.set()
    except oss2.exceptions.RequestError:
        return  # The server is gone: that is what was waited for.


def body_of(key: str) -> bytes:
    return key.encode() * 2000


def test_roles_come_from_files_and_the_rest_through_the_control_endpoint(tmp_path: Path) -> None:
    trust = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}],
    }
    (tmp_path / "reader.json").write_text(json.dumps({"name": "reader", "trust": trust, "policies": []}))
    with started("--role", str(tmp_path / "reader.json")) as running:
        session = asked(running, "POST", "/roles/reader/session")
        clock = asked(running, "PUT", "/clock", json={"now": "2026-11-23T12:00:00Z"})

    assert "SecurityToken" in session
    assert {"now": "2026-11-23T12:00:00Z"} == clock


def asked(running: Running, method: str, path: str, **options: Any) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, running.said["CONTROL"] + path, timeout=10, **options).json()


@pytest.mark.parametrize("text", ["{", '{"name": "reader"}', "[]"])
def test_a_role_that_is_none_is_said_in_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "role.json").write_text(text)
    done = subprocess.run(
        [*COMMAND, "--role", str(tmp_path / "role.json")],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (1, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.strip().splitlines())


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with started() as running:
        port = running.said["OSS_ENDPOINT"].rpartition(":")[2]
        done = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, check=False, timeout=30
        )

    assert 1 == done.returncode
    assert done.stderr.startswith(f"oss_emulator: port {port}")


def test_it_says_how_sure_it_is() -> None:
    done = subprocess.run([*COMMAND, "--strictness"], capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout.startswith("[open] not settled")
    assert all(f"[{mark}] " in done.stdout for mark in ("inf", "src", "doc", "rec"))
    assert "signature: 403 SignatureDoesNotMatch 0002-00000040" in done.stdout
    assert "WRITE_ACTION" in done.stdout


def test_the_lines_for_the_control_port_run_as_the_docs_show_them() -> None:
    needed.program("curl", leaves_out="the control port from a shell")
    page = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"^```sh\n(curl.*?)^```$", page, re.MULTILINE | re.DOTALL)
    with started() as running:
        variables = {**os.environ, "CONTROL": running.said["CONTROL"]}
        subprocess.run(["bash", "-euc", lines], env=variables, check=True, capture_output=True)
        said = [
            requests.get(f"{running.said['OSS_ENDPOINT']}/examplebucket/a", timeout=10).status_code
            for _ in range(3)
        ]

    assert [503, 503, 403] == said
