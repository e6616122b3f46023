"""``make bench``: prints the table and writes ``build/bench.json``."""

from __future__ import annotations

import json
import platform
import sys
from itertools import chain

from tests.benchmarks import cold, handlers, signing
from tests.deploy.package import BUILD


def main() -> None:
    """Measure everything and say which targets are met; a missed one is said, not hidden."""
    print(f"Python {platform.python_version()}, medians of interleaved rounds\n")
    rows = []
    for row in chain(signing.rows(), signing.growth(), handlers.rows(), cold.rows()):
        rows.append(row)
        print(row.line(), flush=True)
    BUILD.mkdir(exist_ok=True)
    document = {
        "python": platform.python_version(),
        "rows": [{**row._asdict(), "met": row.met} for row in rows],
    }
    (BUILD / "bench.json").write_text(json.dumps(document, indent=2))
    print(f"\n{sum(row.met for row in rows)} of {len(rows)} targets met; figures in build/bench.json")


if __name__ == "__main__":
    sys.exit(main())
