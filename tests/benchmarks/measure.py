"""Rounds, medians and ratios: machines are noisy, so everything is compared within one run."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

ROUNDS = 11


class Row(NamedTuple):
    """One line of the table: what was measured, its target (and the one after it), its figure, its verdict."""

    name: str
    what: str
    figure: float
    target: float | None
    """What is aimed at; None for a figure that only tells."""
    unit: str
    at_least: bool = False
    then: float | None = None
    """The second target, where there is one."""

    @property
    def met(self) -> bool:
        """Whether the figure reaches the target."""
        return self.target is None or self._reaches(self.target)

    @property
    def verdict(self) -> str:
        """Which targets the figure reaches, in words; the second one is judged by itself."""
        words = [
            "met" if self._reaches(target) else "missed"
            for target in (self.target, self.then)
            if target is not None
        ]
        return ", then ".join(words) or "told"

    @property
    def aim(self) -> str:
        """The target, and the second one behind it."""
        if self.target is None:
            return ""
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.target:g}" + (f", then {sign} {self.then:g}" if self.then is not None else "")

    def line(self) -> str:
        """Return the row as the printed table shows it."""
        return f"{self.name:<4} {self.what:<58} {self.aim:<18} {self.figure:<10.4g} {self.unit:<20} {self.verdict}"

    def _reaches(self, target: float) -> bool:
        return self.figure >= target if self.at_least else self.figure <= target


def interleaved(work: Mapping[str, Callable[[], Any]], *, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each piece of work; all take turns in every round."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            began = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def exponent(points: Mapping[int, float]) -> float:
    """Return the power with which cost grows with size: the slope of least squares, both on logarithmic scales."""
    sizes, costs = [math.log(size) for size in points], [math.log(cost) for cost in points.values()]
    middle_size, middle_cost = statistics.mean(sizes), statistics.mean(costs)
    leaning = sum((x - middle_size) * (y - middle_cost) for x, y in zip(sizes, costs, strict=True))
    return leaning / sum((x - middle_size) ** 2 for x in sizes)
