"""Bytecode that stays valid whatever an archive does to file times."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def compile_tree(folder: Path, *, python: Path, lands_in: str) -> None:
    """Compile every module below ``folder`` for ``python``; tracebacks name paths below ``lands_in``.

    Unchecked hashes: the interpreter neither stats nor reads the source (PEP 552), and layers do not change
    under a running function.
    """
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", lands_in]
    _run(python, "-m", "compileall", *options, str(folder))


def _run(python: Path, *arguments: str) -> None:
    """Run ``python`` apart from this machine's settings, with one seed: Python 3.10 writes sets in hash order.

    ``-I`` would ignore the seed. The root as working folder, which ``-m`` imports from, holds no modules.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(python), "-s", *arguments]
    subprocess.run(command, check=True, cwd="/", env=environ | {"PYTHONHASHSEED": "0"})
