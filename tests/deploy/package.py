"""``make package``: layers and function archives, for the platform's Python whatever this machine's is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.deploy.archive import Archive, archive
from tests.deploy.bytecode import compile_tree
from tests.deploy.target import Target, interpreter
from tests.deploy.trees import (
    LAYERS,
    function_tree,
    layer_tree,
    reset_times,
    without,
)

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
TEMPLATE = ROOT / "template.yml"
SUMS = "SHA256SUMS"
"""Checksums of the archives, beside them."""
STEPS = (*(f"layer {layer.name}" for layer in LAYERS), "bytecode", "archives")
"""What ``package`` does, in this order."""


def package(
    *,
    target: Target,
    build: Path = BUILD,
    root: Path = ROOT,
    say: Callable[[str], None] = lambda _step: None,
) -> list[Archive]:
    """Write ``layers/`` and ``functions/`` below ``build``, as folders and archives; return the archives.

    ``say`` is told each of ``STEPS`` when it begins.
    """
    for kind in ("layers", "functions"):
        shutil.rmtree(build / kind, ignore_errors=True)
    layers = _layers(build / "layers", root=root, target=target, say=say)
    functions = [
        function_tree(index.parent, folder=build / "functions" / index.parent.name)
        for index in sorted((root / "functions").glob("*/index.py"))
    ]
    say("bytecode")
    _compile(layers, functions, target=target)
    say("archives")
    archives = [_archived(folder) for folder in (*layers, *functions)]
    (build / SUMS).write_text(sums(archives, build=build))
    return archives


def sums(archives: Sequence[Archive], *, build: Path) -> str:
    """Return the checksums of the archives as ``sha256sum -c`` reads them."""
    return "".join(f"{item.sha256}  {item.path.relative_to(build)}\n" for item in archives)


def report(archives: Sequence[Archive], *, target: Target) -> str:
    """Return a table of sizes and digests."""
    lines = [
        f"{item.path.parent.name}/{item.path.name:<24}{_mib(item.zipped_bytes)}{_mib(item.unzipped_bytes)}"
        f"  {item.sha256}"
        for item in archives
    ]
    head = f"for Python {target.python}, {target.libraries}"
    return "\n".join([f"{head:<34}{'zipped':>12}{'unzipped':>12}  sha256", *lines])


def _layers(folder: Path, *, root: Path, target: Target, say: Callable[[str], None]) -> list[Path]:
    trees = []
    for layer in LAYERS:
        say(f"layer {layer.name}")
        trees.append(layer_tree(layer, root=root, folder=folder / layer.name, target=target))
    for tree in trees[1:]:
        without(trees[0], of=tree)
    return trees


def _compile(layers: Sequence[Path], functions: Sequence[Path], *, target: Target) -> None:
    python = interpreter(target)
    if python is None:
        print(
            f"No Python {target.python} on this machine: the archives hold no bytecode, and functions start "
            f"more slowly. Install one (it is looked for on PATH and among pyenv's) and package again.",
            file=sys.stderr,
        )
        return
    for folder in layers:
        compile_tree(folder / "python", python=python, lands_in="/opt/python")
    for folder in functions:
        compile_tree(folder, python=python, lands_in="/code")


def _archived(folder: Path) -> Archive:
    reset_times(folder)
    return archive(folder, path=folder.with_name(f"{folder.name}.zip"))


def _mib(count: int) -> str:
    small = count < 0.01 * 2**20
    return f"{count / 2**10:>8.2f} KiB" if small else f"{count / 2**20:>8.2f} MiB"
