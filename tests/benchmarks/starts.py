"""Fresh processes: a packaged function from process start to its first answer, and what that loaded."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.deploy.archive import Archive
from tests.deploy.package import package
from tests.deploy.target import Target
from tests.deploy.trees import files
from tests.deploy.unpacked import Unpacked, unpack

FLAGS = ("-S", "-B", "-c")
"""Of every process here alike: what a machine's site-packages add to a start is no merit of anybody."""

LAYERS = {"presign": ("shared",), "sts": ("shared", "sts-sdk")}
"""The layers of each function, in their order in template.yml."""

_RUN = """
import sys, types, json
import index
function = types.SimpleNamespace(name="measured", timeout=10)
context = types.SimpleNamespace(request_id="r", function=function, account_id="1")
answer = index.handler(json.loads(sys.argv[1]).encode(), context)
assert answer["statusCode"] == 200, answer
if len(sys.argv) > 2:
    # The kernel's ru_maxrss counts what the parent had before the exec.
    peak = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
    print(json.dumps([peak, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


class Loaded(NamedTuple):
    """What a process held after its first answer: the most memory it had so far, and top-level packages."""

    peak_mib: float
    packages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Packages:
    """All archives, made once for ``python``, below ``folder``."""

    python: Path
    folder: Path
    archives: Sequence[Archive]

    def zipped_mib(self, function: str) -> float:
        """Return what is uploaded for a function: its archive and its layers'."""
        names = {f"{name}.zip" for name in (function, *LAYERS[function])}
        return sum(each.path.stat().st_size for each in self.archives if each.path.name in names) / 2**20

    def unpacked(self, function: str, *, into: str, also: Sequence[str] = ()) -> Unpacked:
        """Unpack a function and its layers as the platform does, with further layers where they are named."""
        names = (*LAYERS[function], *also)
        arns = [f"acs:fc:cn-hangzhou:1:layers/oss-access-grants-{name}/versions/1" for name in names]
        return unpack(function, layers=arns, build=self.folder / "build", into=self.folder / into)

    def answer(self, unpacked: Unpacked, event: bytes, *, environ: Mapping[str, str], say: str = "") -> str:
        """Start a process, let the function answer ``event`` once, and return what it printed."""
        arguments = [json.dumps(event.decode()), *([say] if say else [])]
        return self.run(_RUN, *arguments, path=unpacked.import_path, environ=environ, folder=unpacked.code)

    def loaded(self, unpacked: Unpacked, event: bytes, *, environ: Mapping[str, str]) -> Loaded:
        """Return what one answer in a fresh process takes."""
        said = self.answer(unpacked, event, environ=environ, say="say")
        peak_kib, packages = json.loads(said.splitlines()[-1])
        return Loaded(peak_kib / 1024, frozenset(packages))

    def run(self, program: str, *arguments: str, path: str, environ: Mapping[str, str], folder: Path) -> str:
        """Run a program in a fresh process of the platform's Python and return what it printed."""
        done = subprocess.run(
            [str(self.python), *FLAGS, program, *arguments],
            env={**environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


def packages(*, python: Path, target: Target, folder: Path) -> Packages:
    """Return what ``make package`` makes, below a folder of its own."""
    return Packages(python, folder, package(target=target, build=folder / "build"))


def with_other_times(unpacked: Unpacked) -> Unpacked:
    """Give all files one time which is not theirs, as archives and copies do; sources and bytecode alike."""
    for folder in (unpacked.code, unpacked.opt):
        for path in files(folder):
            os.utime(path, (1_000_000_000, 1_000_000_000))
    return unpacked
