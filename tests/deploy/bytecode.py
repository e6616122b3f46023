"""Bytecode that stays valid whatever an archive does to file times."""

from __future__ import annotations

import subprocess
from pathlib import Path


def compile_tree(folder: Path, *, python: Path, lands_in: str) -> None:
    """Compile every module below ``folder`` for ``python``; tracebacks name paths below ``lands_in``.

    Unchecked hashes: the interpreter neither stats nor reads the source (PEP 552), and layers do not change
    under a running function.
    """
    command = [str(python), "-I", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), "-p", lands_in, str(folder)], check=True)
