from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from tests.benchmarks.peers import MANY, OURS
from tests.benchmarks.plot import LABELS, VALUES, WIDTH, drawn

SVG = "{http://www.w3.org/2000/svg}"
DOCUMENT = {
    "machine": "Python 3 on <one> machine",
    "peers": [
        {"name": MANY, "urls_per_second": 123456.75, "cold_start_seconds": None},
        {"name": OURS, "urls_per_second": 98765.4, "cold_start_seconds": 0.0431},
        {"name": "some-sdk & co", "urls_per_second": 12345.6, "cold_start_seconds": 0.2155},
    ],
}


@pytest.fixture
def plot() -> Element:
    root: Element = fromstring(drawn(DOCUMENT))
    return root


def words(element: Any) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def test_every_figure_comes_from_the_document(plot: Element) -> None:
    assert ["123,457", "98,765", "12,346", "43 ms", "216 ms"] == [
        text for text in words(plot) if text[0].isdigit()
    ]


def test_bars_are_as_long_as_their_figures(plot: Element) -> None:
    lengths = [float(bar.get("width", "")) for bar in plot.iter(f"{SVG}rect")]
    room = WIDTH - LABELS - VALUES

    assert pytest.approx([room, room * 0.8, room * 0.1, room / 5, room], abs=0.1) == lengths


def test_our_own_bars_stand_out(plot: Element) -> None:
    kinds = [bar.get("class") for bar in plot.iter(f"{SVG}rect")]

    assert ["ours", "ours", "peer", "ours", "peer"] == kinds


def test_it_says_everything_without_being_seen(plot: Element) -> None:
    title, description = plot.findtext(f"{SVG}title"), plot.findtext(f"{SVG}desc") or ""

    assert title
    assert "t d" == plot.get("aria-labelledby")
    assert all(said in description for said in ("98,765", "some-sdk & co 12,346", "43 ms", "216 ms"))


def test_it_has_colours_for_dark_backgrounds_and_needs_nothing_else(plot: Element) -> None:
    text = drawn(DOCUMENT)

    assert "prefers-color-scheme: dark" in (plot.findtext(f"{SVG}style") or "")
    assert not [word for word in ("href", "<script", "<image", "@import", "url(") if word in text]


def test_it_says_where_it_was_measured(plot: Element) -> None:
    assert words(plot)[-1].startswith("Python 3 on <one> machine")
