"""Where a function's code comes from: the source, or the packages unpacked as the platform unpacks them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.package import BUILD
from tests.deploy.target import interpreter, target_of
from tests.deploy.unpacked import unpack
from tests.local.template import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The folder of a function's code, the interpreter that runs it, and what PYTHONPATH says there."""

    folder: Path
    command: Sequence[str]
    import_path: str = ""


CodeOf = Callable[[Function], Code]


def source(function: Function) -> Code:
    """Return the code as it stands in the project, with the interpreter of the tests."""
    return Code(folder=function.code, command=(sys.executable,))


def unpacked_into(stack: ExitStack, *, build: Path = BUILD, platform_python: str = "") -> CodeOf:
    """Return what unpacks a function's archive and layers into a folder that goes with ``stack``."""
    if not (build / "functions").is_dir():
        raise SystemExit("nothing is packaged yet; run: make package")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="packages-")))
    target = target_of({"PLATFORM_PYTHON": platform_python or os.environ.get("PLATFORM_PYTHON", "")})
    python = interpreter(target)
    if python is None:
        raise SystemExit(f"no Python {target.python} here to run the packages with; set PLATFORM_PYTHON")

    def code_of(function: Function) -> Code:
        made = unpack(function.resource, layers=function.layers, build=build, into=folder / function.resource)
        return Code(folder=made.code, command=(str(python), "-S", "-B"), import_path=made.import_path)

    return code_of
