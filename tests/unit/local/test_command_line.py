from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.client import send
from tests.local.template import ROOT

SERVE = (sys.executable, "-m", "tests.local", "serve", "--env-file", os.devnull, "--host-port")


@contextmanager
def serving(*arguments: str, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield the process of ``serve`` on a free port, and what it says first."""
    command = [*(arguments or (*SERVE, "0"))]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environ}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        try:
            said = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
            yield process, said
        finally:
            process.kill()


def test_what_serve_says_works_as_it_stands_and_it_ends_when_asked() -> None:
    with serving() as (process, said):
        functions = re.findall(r"http://127\.0\.0\.1:\d+/presign", said)[0]
        headers = {
            "Authorization": f"Bearer {re.findall('JWT=(.*)', said)[0]}",
            "Content-Type": "application/json",
        }
        body = re.findall(r"-d '(.*)'", said)[0].encode()
        answer = send("POST", functions, headers=headers, body=body)
        process.send_signal(signal.SIGTERM)

        assert (200, "PutObject") == (answer.status, answer.json()["operation"])
        assert 0 == process.wait(timeout=10)


def test_the_port_and_the_variables_may_come_from_the_shell_and_a_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "OSS_BUCKET='media'\nGRANT_WRITE_PREFIXES=mine/{sub}/\nTTL_MAX_SECONDS=60\n"
    )
    command = [sys.executable, "-m", "tests.local", "serve", "--env-file", str(tmp_path / ".env")]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with serving(*command, PORT=port, TTL_MAX_SECONDS="120") as (_, said):
        lines = said.splitlines()

    assert "your variables, on top of the demo's own:" == lines[0]
    assert {"  OSS_BUCKET=media", "  GRANT_WRITE_PREFIXES=mine/{sub}/", "  TTL_MAX_SECONDS=120"} <= set(lines)
    assert f"http://127.0.0.1:{port}/presign" in said
    assert '"key": "mine/alice/cat.txt"' in said


def test_a_bad_variable_is_one_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TTL_MAX_SECONDS=x\n")
    command = [sys.executable, "-m", "tests.local", "demo", "--env-file", str(tmp_path / ".env")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert 1 == ended.returncode
    assert ended.stderr.startswith("TTL_MAX_SECONDS: ")
    assert 1 == len(ended.stderr.splitlines())


def test_a_demo_ends_quietly_when_asked() -> None:
    command = [sys.executable, "-m", "tests.local", "demo", "--env-file", os.devnull]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where this runs in a shell's background, Ctrl-C is ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        _, complaint = demo.communicate(timeout=30)

    assert (130, "") == (demo.returncode, complaint)


def test_a_port_that_is_taken_is_an_error_with_a_way_out() -> None:
    with serving() as (_, said):
        port = re.findall(r"http://127\.0\.0\.1:(\d+)/presign", said)[0]
        second = subprocess.run([*SERVE, port], cwd=ROOT, capture_output=True, text=True, timeout=30)

        assert 1 == second.returncode
        assert "different port" in second.stderr


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_what_is_no_port_is_an_error_that_says_what_is(port: str) -> None:
    ended = subprocess.run([*SERVE, port], cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert 2 == ended.returncode
    assert "a number from 0 (any free one) to 65535" in ended.stderr
