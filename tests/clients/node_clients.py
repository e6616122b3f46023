"""Official Node.js clients, installed from the lock file on first use."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests import needed

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
    node, npm = (needed.program(name, leaves_out="the official Node.js clients") for name in ("node", "npm"))
    if not (HERE / "node_modules" / "ali-oss").exists():
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run([npm, "ci", *options], cwd=HERE, check=False, timeout=300)
        if done.returncode:
            needed.left_out("npm could not install them: the official Node.js clients")
    return node
