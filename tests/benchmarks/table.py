"""The README's table, from the figures of one or several interpreters: ``python -m tests.benchmarks.table FILES``.

The first file is judged; the others stand beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.deploy.package import BUILD


def table(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return a Markdown table of all rows of the first document."""
    versions = [str(document["python"]) for document in documents]
    others = [_figures(document) for document in documents[1:]]
    head = ["", "What", "Target", versions[0], "Unit", "Verdict", *versions[1:]]
    lines = [head, ["---"] * len(head)]
    for row in documents[0]["rows"]:
        beside = [figures.get((row["name"], row["what"]), "") for figures in others]
        figure, unit = f"{row['figure']:.3g}", row["unit"].replace("x ", "\N{MULTIPLICATION SIGN} ", 1)
        lines.append([row["name"], row["what"], row["aim"], figure, unit, row["verdict"], *beside])
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)


def _figures(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(row["name"], row["what"]): f"{row['figure']:.3g}" for row in document["rows"]}


if __name__ == "__main__":
    paths = [Path(name) for name in sys.argv[1:]] or [BUILD / "bench.json"]
    print(table([json.loads(path.read_text()) for path in paths]))
