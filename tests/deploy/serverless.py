"""The real Serverless Devs command line, in the version that package-lock.json pins."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

HERE = Path(__file__).parent
STAND_IN_FOLDER = HERE
"""Started here, the CLI takes the folder ``fc3`` for the component: no registry, no deployment."""

ACCOUNT_ID = "123456789012"


class CliFailed(Exception):
    """The command line said no; the message is what it said, or ``printed`` is, where it stands above already."""

    def __init__(self, message: str, *, printed: str = "") -> None:
        self.printed = printed or message
        super().__init__(message)


def installed() -> Path | None:
    """Return the path of the CLI in its pinned version, if it is here already."""
    command = HERE / "node_modules" / ".bin" / "s"
    return command if command.exists() else None


def install() -> Path | None:
    """Return the path of the CLI, installed on first use; None where there is no npm; raises ``CliFailed``."""
    npm = shutil.which("npm")
    if installed() is None and npm:
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run([npm, "ci", *options], cwd=HERE, check=False)
        if done.returncode:
            raise CliFailed(
                "npm could not install the Serverless Devs command line: is its registry reachable?"
            )
    return installed()


def run(
    command: Path, arguments: Sequence[str], *, folder: Path, environ: Mapping[str, str] | None = None
) -> str:
    """Return what the CLI printed; raises ``CliFailed``."""
    merged = {**os.environ, **(environ or {})}
    done = subprocess.run(
        [str(command), *arguments],
        cwd=folder,
        env=merged,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CliFailed(f"s {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


def stream(
    command: Path,
    arguments: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    out: TextIO | None = None,
) -> str:
    """Return what the CLI printed, which is shown line by line while it works; raises ``CliFailed``."""
    printed: list[str] = []
    with subprocess.Popen(
        [str(command), *arguments],
        cwd=folder,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        for line in running.stdout or ():
            printed.append(line)
            (out or sys.stdout).write(line)
            (out or sys.stdout).flush()
    if running.returncode:
        raise CliFailed(f"s {' '.join(arguments)}: ended with {running.returncode}", printed="".join(printed))
    return "".join(printed)


def made_up_account(command: Path, *, home: Path) -> dict[str, str]:
    """Return the environment of a throw-away home in which the alias ``default`` is a made-up account."""
    home.mkdir(exist_ok=True)
    environ = {"HOME": str(home)}
    keys = ["--AccountID", ACCOUNT_ID, "--AccessKeyID", "made-up", "--AccessKeySecret", "made-up"]
    run(command, ["config", "add", *keys, "-a", "default", "-f"], folder=home, environ=environ)
    return environ


def rendered(printed: str) -> dict[str, Any]:
    """Return the JSON document of ``s preview -o json``, without the warnings before it."""
    document: dict[str, Any] = json.loads(
        printed[printed.index("\n{") if not printed.startswith("{") else 0 :]
    )
    return document
