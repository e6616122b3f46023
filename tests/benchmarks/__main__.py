"""``make bench``: prints the table and writes ``build/bench.json``; ``make bench-docs`` draws the plot of it into the docs.
``--into`` keeps the figures of another interpreter apart."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from tests.benchmarks import cold, growth, handlers, signing, throughput
from tests.benchmarks.measure import Row
from tests.benchmarks.peers import Peer, measured
from tests.deploy.package import BUILD
from tests.deploy.target import target_of


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and say which targets are met; a missed one is said, not hidden."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--into", type=Path, help="another file than build/bench.json")
    into = parser.parse_args(arguments).into
    print(f"{machine()}; medians of interleaved rounds\n")
    rows = list(_said(chain(signing.rows(), growth.rows(), handlers.rows(), throughput.rows(), cold.rows())))
    peers = list(measured())
    print("\n" + "\n".join(_line(peer) for peer in peers))
    figures = document(rows, peers)
    path = into or BUILD / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"\n{sum(row.met for row in rows)} of {len(rows)} first targets met; figures in {path}")


def document(rows: Sequence[Row], peers: Sequence[Peer]) -> dict[str, Any]:
    """Return all that was measured, and on what."""
    return {
        "machine": machine(),
        "python": platform.python_version(),
        "rows": [{**row._asdict(), "met": row.met, "verdict": row.verdict, "aim": row.aim} for row in rows],
        "peers": [peer._asdict() for peer in peers],
    }


def machine() -> str:
    """Return the interpreter, what packages are made for, and the processors that took part."""
    packaged = target_of(os.environ).python
    return (
        f"Python {platform.python_version()} (packages on {packaged}), {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} processors"
    )


def _said(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        print(row.line(), flush=True)
        yield row


def _line(peer: Peer) -> str:
    cold_start = peer.cold_start_seconds
    started = f"{cold_start * 1000:>8.0f} ms cold" if cold_start else ""
    return f"{peer.name:<32} {peer.urls_per_second:>12,.0f} URLs/s {started}"


if __name__ == "__main__":
    main()
