"""The plot ``docs/speed.svg``, drawn from ``build/bench.json``: ``python -m tests.benchmarks.plot``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from tests.benchmarks.peers import OURS
from tests.deploy.package import BUILD, ROOT

WIDTH, BAR, GAP, LABELS, VALUES = 880, 22, 10, 200, 110
_STYLE = """
    .peer { fill: #8c959f; } .ours { fill: #0969da; } text { fill: #1f2328; } .small { font-size: 12px; fill: #57606a; }
    .head { font-weight: 600; } .axis { stroke: #57606a; }
    @media (prefers-color-scheme: dark) {
      .peer { fill: #6e7681; } .ours { fill: #58a6ff; } text { fill: #e6edf3; } .small { fill: #9da7b3; } .axis { stroke: #8b949e; }
    }
"""


class Panel(NamedTuple):
    """One group of bars: what they say, and a figure for each name; longer is more, not always better."""

    head: str
    figures: Mapping[str, float]
    written: str
    """Format of a figure."""

    def sentence(self) -> str:
        """Return the same in words, for whoever does not see the bars."""
        said = ", ".join(f"{name} {self.written.format(figure)}" for name, figure in self.figures.items())
        return f"{self.head}: {said}."


def panels(document: Mapping[str, Any]) -> tuple[Panel, Panel]:
    """Return both groups of bars, with the figures of the document."""
    peers = document["peers"]
    warm = {peer["name"]: peer["urls_per_second"] for peer in peers}
    cold = {peer["name"]: peer["cold_start_seconds"] * 1000 for peer in peers if peer["cold_start_seconds"]}
    return (
        Panel("URLs per second, warm (more is better)", warm, "{:,.0f}"),
        Panel("Cold start to the first URL (less is better)", cold, "{:.0f} ms"),
    )


def drawn(document: Mapping[str, Any]) -> str:
    """Return the plot as an SVG document that needs nothing else, for light and dark backgrounds."""
    warm, cold = panels(document)
    first, second = (40 + len(panel.figures) * (BAR + GAP) for panel in (warm, cold))
    height = first + second + 40
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            'aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="14">',
            '  <title id="t">How fast URLs are made, beside other SDKs</title>',
            f'  <desc id="d">{escape(f"{warm.sentence()} {cold.sentence()}")}</desc>',
            f"  <style>{_STYLE}  </style>",
            *_bars(warm, top=10),
            *_bars(cold, top=10 + first),
            f'  <text class="small" x="20" y="{height - 14}">{escape(_caption(document))}</text>',
            "</svg>\n",
        ]
    )


def _bars(panel: Panel, *, top: int) -> Iterable[str]:
    longest, room = max(panel.figures.values()), WIDTH - LABELS - VALUES
    yield f'  <text class="head" x="20" y="{top + 18}">{escape(panel.head)}</text>'
    for place, (name, figure) in enumerate(panel.figures.items()):
        y = top + 32 + place * (BAR + GAP)
        length = max(1.0, figure / longest * room)
        kind, middle = ("ours" if name.startswith(OURS) else "peer"), y + BAR / 2 + 5
        yield f'  <text x="{LABELS - 12}" y="{middle:g}" text-anchor="end">{escape(name)}</text>'
        yield f'  <rect class="{kind}" x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>'
        yield f'  <text x="{LABELS + length + 8:.1f}" y="{middle:g}">{panel.written.format(figure)}</text>'
    bottom = top + 32 + len(panel.figures) * (BAR + GAP) - GAP + 4
    yield f'  <path class="axis" d="M{LABELS} {top + 28}V{bottom}"/>'


def _caption(document: Mapping[str, Any]) -> str:
    return f"{document['machine']}. GET URLs, 40-character keys, 700-character token; all from source."


def main(arguments: Sequence[str] = ()) -> None:
    """Draw again from the figures at hand, or from the file that is named."""
    source = arguments[0] if arguments else BUILD / "bench.json"
    with open(source) as figures:
        (ROOT / "docs" / "speed.svg").write_text(drawn(json.load(figures)))


if __name__ == "__main__":
    main(sys.argv[1:])
