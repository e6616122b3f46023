"""Packages unpacked as the platform does it, and run by a bare interpreter: no project, no site-packages."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from tests.deploy.trees import LAYERS

_RUN = """
import json, sys, types
asked = json.load(sys.stdin)
import index
function = types.SimpleNamespace(name=asked["name"], timeout=10, handler="index.handler", memory=512)
context = types.SimpleNamespace(request_id="made-up", function=function, region="", account_id="")
answer = index.handler(asked["event"].encode(), context)
files = sorted({module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)})
json.dump({"answer": answer, "files": files, "path": sys.path}, sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """One function's two folders: ``code`` is ``/code`` on the platform, ``opt`` is ``/opt``."""

    code: Path
    opt: Path

    @property
    def import_path(self) -> str:
        """Return what PYTHONPATH says there: the code comes before the layers."""
        return f"{self.code}:{self.opt / 'python'}"


def unpack(function: str, *, layers: Sequence[str], build: Path, into: Path) -> Unpacked:
    """Unpack a function's archive, and the layers of these ARNs, below ``into``."""
    unpacked = Unpacked(code=into / "code", opt=into / "opt")
    _extract(build / "functions" / f"{function}.zip", into=unpacked.code)
    # Of two layers with the same file the one that is listed first wins: it is unpacked last.
    for arn in reversed(layers):
        _extract(build / "layers" / f"{_layer_name(arn)}.zip", into=unpacked.opt)
    return unpacked


def run_bare(
    unpacked: Unpacked,
    *,
    python: Path,
    name: str,
    event: str,
    environ: Mapping[str, str],
    preinstalled: Sequence[Path] = (),
) -> dict[str, Any]:
    """Return the handler's ``answer`` and its ``log``, the ``files`` of all modules loaded, and the import ``path``.

    The platform's own packages, of which the interpreter has none, are in folders of ``preinstalled``.
    """
    import_path = ":".join([unpacked.import_path, *map(str, preinstalled)])
    done = subprocess.run(
        [str(python), "-S", "-B", "-c", _RUN],
        input=json.dumps({"name": name, "event": event}),
        env={**environ, "PYTHONPATH": import_path, "PYTHONSAFEPATH": "1"},
        cwd=unpacked.code,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    *log, said = done.stdout.splitlines()
    return {**json.loads(said), "log": log}


def _layer_name(arn: str) -> str:
    match = re.search(r"layers/([^/]+)/versions/", arn)
    return next(layer.name for layer in LAYERS if match and match[1].endswith(f"-{layer.name}"))


def _extract(archive: Path, *, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with ZipFile(archive) as zipped:
        zipped.extractall(into)
