"""`make setup` says how far it is, and what to do where it cannot go on: in one line, without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.package import ROOT
from tests.deploy.prepare import NotReady, reason


def setup(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.deploy.prepare", str(folder)],
        cwd=ROOT,
        env={
            "PATH": os.defpath,
            "HOME": "/nonexistent",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "0",
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_index_that_cannot_be_reached_is_said_in_one_line(tmp_path: Path) -> None:
    done = setup(tmp_path / "venv", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_NO_CACHE_DIR="1")
    *steps, last = done.stderr.splitlines()

    assert 1 == done.returncode
    assert ["setup: virtual environment", "setup: build requirements 0 of 3"] == steps
    assert (
        "setup: pip finds nothing at its index: set HTTPS_PROXY, or a mirror by PIP_INDEX_URL or pip.conf"
        == last
    )


def test_a_place_where_no_environment_can_be_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = setup(tmp_path / "file" / "venv")

    assert 1 == done.returncode
    assert 2 == len(done.stderr.splitlines())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (
            "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))",
            "PIP_CERT or SSL_CERT_FILE",
        ),
        ("WARNING: ProxyError('Cannot connect to proxy.')", "HTTPS_PROXY"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\nmore",
            "THESE PACKAGES DO NOT MATCH THE HASHES (index",
        ),
        ("", "pip failed"),
    ],
)
def test_what_pip_says_becomes_one_line_with_a_way_out(printed: str, said: str) -> None:
    assert said in reason([printed])
    assert "\n" not in reason([printed])
    assert issubclass(NotReady, Exception)
