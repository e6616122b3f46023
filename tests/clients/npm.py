"""Sets of npm packages that tests use, installed from their lock file by whichever worker comes first."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path

from tests import needed


def installed(folder: Path, *, leaves_out: str) -> str:
    """Return the path of Node.js once the packages of ``folder`` are there; skips where they cannot be."""
    node, npm = (needed.program(name, leaves_out=leaves_out) for name in ("node", "npm"))
    lock = folder / "package-lock.json"
    modules = folder / "node_modules"
    # Beside the modules, which npm takes away while it installs.
    with (folder / ".installing").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not _holds(modules, lock):
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            done = subprocess.run([npm, "ci", *options], cwd=folder, check=False, timeout=300)
            if done.returncode:
                needed.left_out(f"npm could not install them: {leaves_out}")
    return node


def _holds(modules: Path, lock: Path) -> bool:
    """Tell whether the modules are those of the lock file; npm writes down what it has installed."""
    written = modules / ".package-lock.json"
    if not written.exists():
        return False
    have, wanted = (json.loads(path.read_text())["packages"] for path in (written, lock))
    return all(name in wanted and wanted[name]["version"] == pack["version"] for name, pack in have.items())
