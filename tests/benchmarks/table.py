"""The table of docs/performance.md, from the figures of one or several interpreters: ``python -m tests.benchmarks.table FILES``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.deploy.package import BUILD


def table(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return a Markdown table of the first document's rows, judged by itself on each interpreter."""
    cells = [_cells(document) for document in documents]
    head = ["", "What", "Target", "Unit", *(f"Python {document['python']}" for document in documents)]
    lines = [head, ["---"] * len(head)]
    for row in documents[0]["rows"]:
        unit = row["unit"].replace("x ", "\N{MULTIPLICATION SIGN} ", 1)
        judged = [each.get((row["name"], row["what"]), "") for each in cells]
        lines.append([row["name"], row["what"], row["aim"], unit, *judged])
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def _cells(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(row["name"], row["what"]): f"{row['figure']:.3g}: {row['verdict']}" for row in document["rows"]}


if __name__ == "__main__":
    paths = [Path(name) for name in sys.argv[1:]] or [BUILD / "bench.json"]
    print(table([json.loads(path.read_text()) for path in paths]))
