"""``make setup``: the virtual environment with the pinned requirements, and how far it is. Standard library only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.deploy.network import pip_environment, pip_settings

ROOT = Path(__file__).parents[2]
INTERRUPTED = 130
CLEAR = "\r\033[K"
EVERY = 20
"""Distributions between two lines where there is no terminal."""

Step = tuple[str, Sequence[str], int]
"""What is done, pip's arguments, and how many distributions that is."""


class NotReady(Exception):
    """The environment could not be made; the message is one line that says what to do."""


def main() -> None:
    """Make or complete the environment that the only argument names."""
    try:
        prepare(Path(sys.argv[1]))
    except NotReady as error:
        sys.exit(f"{CLEAR if sys.stderr.isatty() else ''}setup: {error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def prepare(folder: Path) -> None:
    """Make the environment where there is none, and install what is pinned."""
    python = folder / "bin" / "python"
    if not python.exists():
        _say("virtual environment", 0, 0)
        _make(folder)
    environ = pip_environment(os.environ, pip_settings(os.environ, python=str(python)))
    for what, arguments, total in _steps():
        _install(str(python), arguments, what=what, total=total, environ=environ)
    if sys.stderr.isatty():
        sys.stderr.write(CLEAR)


def _make(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["venv failed"]
        hint = " (Debian, Ubuntu: apt install python3-venv)" if "ensurepip" in " ".join(said) else ""
        raise NotReady(f"{said[0]}{hint}")


def _steps() -> Iterator[Step]:
    for name, options in (("build", ()), ("dev", ("--no-build-isolation",))):
        file = ROOT / "requirements" / f"{name}.txt"
        count = len(re.findall(r"^[A-Za-z0-9].*==", file.read_text(encoding="utf-8"), re.MULTILINE))
        # Source-only distributions are built with the pinned setuptools, not with what an isolated build would fetch.
        yield f"{name} requirements", ("--require-hashes", *options, "-r", str(file)), count
    own = ("--editable", str(ROOT), "--editable", str(ROOT / "tests" / "emulator"))
    yield "this project", ("--no-deps", "--no-build-isolation", *own), len(own) // 2


def _install(
    python: str, arguments: Sequence[str], *, what: str, total: int, environ: Mapping[str, str]
) -> None:
    command = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", *arguments]
    _say(what, 0, total)
    done = 0
    printed: list[str] = []
    with subprocess.Popen(
        command,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        for line in pip.stdout or ():
            printed.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied", "Obtaining ")):
                done += 1
                if sys.stderr.isatty() or done % EVERY == 0:
                    _say(what, min(done, total), total)
    if pip.returncode:
        raise NotReady(reason(printed))


def reason(printed: Sequence[str]) -> str:
    """Return pip's own reason, shortly, and what of the network it takes from where."""
    text = "".join(printed)
    errors = re.findall(r"^ERROR: (.*)", text, re.MULTILINE) or ["pip failed"]
    if re.search(r"CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed", text):
        return "pip does not trust the index's certificate: name your authority's bundle in PIP_CERT or SSL_CERT_FILE"
    if re.search(
        r"Failed to establish a new connection|ProxyError|NameResolution|timed out|from versions: none", text
    ):
        return "pip finds nothing at its index: set HTTPS_PROXY, or a mirror by PIP_INDEX_URL or pip.conf"
    return f"{errors[0]} (index, proxy and certificates are pip's: pip.conf, PIP_INDEX_URL, HTTPS_PROXY, PIP_CERT)"


def _say(what: str, done: int, total: int) -> None:
    count = f" {done} of {total}" if total else ""
    text = f"setup: {what}{count}"
    sys.stderr.write(f"{CLEAR}{text}" if sys.stderr.isatty() else f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
