"""The platform that packages are made for, and an interpreter of its version, where this machine has one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SUPPORTED = ("3.12", "3.10")
"""Minor versions of the platform's built-in Python runtimes that this project supports."""

_PRINT_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


class UnknownTarget(ValueError):
    """The platform has no such runtime, or this project does not support it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One built-in runtime: its Python, and the newest binaries that it loads."""

    python: str
    """Minor version, such as ``3.12``."""
    libraries: str = "x86_64-manylinux_2_28"
    """glibc 2.28 of python3.10's Debian 10; python3.12's Debian 11 has 2.31 and loads the same."""

    def __post_init__(self) -> None:
        if self.python not in SUPPORTED:
            raise UnknownTarget(f"PLATFORM_PYTHON is one of {', '.join(SUPPORTED)}")


def target_of(environ: Mapping[str, str]) -> Target:
    """Return the target that ``PLATFORM_PYTHON`` names, python3.12 by default."""
    return Target(python=environ.get("PLATFORM_PYTHON") or SUPPORTED[0])


def interpreter(target: Target) -> Path | None:
    """Return a Python of the target's minor version: bytecode of any other would be dead weight there."""
    return next((path for path in _candidates(target.python) if _is_version(path, target.python)), None)


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    folders = os.environ.get("PATH", "").split(os.pathsep)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for folder in (*map(Path, folders), *(path / "bin" for path in sorted(pyenv.glob(f"{version}.*")))):
        if (folder / f"python{version}").exists():
            yield folder / f"python{version}"


def _is_version(path: Path, version: str) -> bool:
    # A shim of a version manager exists for versions that it then refuses to run.
    said = subprocess.run([path, "-I", "-c", _PRINT_VERSION], capture_output=True, text=True, check=False)
    return said.stdout.strip() == version
