"""Bytecode that stays valid whatever an archive does to file times."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.deploy import dataclass_bytecode


def compile_tree(folder: Path, *, python: Path, lands_in: str) -> None:
    """Compile every module below ``folder`` for ``python``; tracebacks name paths below ``lands_in``.

    Unchecked hashes: the interpreter neither stats nor reads the source (PEP 552), and layers do not change
    under a running function.
    """
    command = [str(python), "-I", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), "-p", lands_in, str(folder)], check=True)


def write_out_dataclasses(folder: Path, *, python: Path, lands_in: str) -> None:
    """Compile once more what is below ``folder``, with its dataclasses written out; see that module."""
    script = str(Path(dataclass_bytecode.__file__))
    subprocess.run([str(python), "-I", script, str(folder), lands_in], check=True)
