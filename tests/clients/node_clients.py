"""Official Node.js clients, installed from the lock file on first use."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.clients import npm

HERE = Path(__file__).parent / "node"


def run(script: str, asked: Any, **environ: str) -> Any:
    """Return what a script makes of ``asked``; see ``install`` where there is no Node.js."""
    node = install()
    done = subprocess.run(
        [node, str(HERE / script)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environ},
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def install() -> str:
    """Return the path of Node.js once its clients are there; skips where there is no Node.js, and says so."""
    return npm.installed(HERE, leaves_out="the official Node.js clients")
