"""Rounds, medians and ratios: machines are noisy, so everything is compared within one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

ROUNDS = 7


class Row(NamedTuple):
    """One line of the table: what was measured, its target, its figure, and whether that is met."""

    name: str
    what: str
    figure: float
    target: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure reaches the target."""
        return self.figure >= self.target if self.at_least else self.figure <= self.target

    def line(self) -> str:
        """Return the row as the table shows it."""
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.met else "missed"
        return f"{self.name:<4} {self.what:<58} {sign} {self.target:<8g} {self.figure:<10.2f} {self.unit:<14} {verdict}"


def interleaved(work: Mapping[str, Callable[[], Any]], *, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each piece of work; all take turns in every round."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            began = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """Return the power with which cost grows between two (size, cost) points."""
    from math import log

    return log(large[1] / small[1]) / log(large[0] / small[0])
