"""G1: how time and memory grow from 10 to 100,000 URLs, each of its own key."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial

from shared.signing import ObjectRequest
from tests.benchmarks.measure import Row, exponent, interleaved
from tests.benchmarks.signing import many, requests_for

SIZES = (10, 100, 1_000, 10_000, 100_000)
LEAST_URLS = 2_000
"""In one timing: ten URLs alone take less than the clock's own noise."""


def rows() -> Iterator[Row]:
    """Yield both exponents, fitted over all sizes; all keys are distinct."""
    requests = requests_for(lambda n: f"users/alice/photos/2026/11/23/im-{n:06d}.j", SIZES[-1])
    repeats = {size: max(1, LEAST_URLS // size) for size in SIZES}
    work = {str(size): _times(repeats[size], partial(many, requests[:size])) for size in SIZES}
    taken = interleaved(work, rounds=5)
    times = {size: taken[str(size)] / repeats[size] for size in SIZES}
    yield Row("G1", "growth of time, 10 to 100,000 URLs", exponent(times), 1.05, "exponent")
    peaks = {size: peak_bytes(requests[:size]) for size in SIZES}
    yield Row("G1", "growth of memory, 10 to 100,000 URLs", exponent(peaks), 1.05, "exponent")


def peak_bytes(requests: list[ObjectRequest]) -> int:
    """Return the most memory that signing them takes at once, answer included, requests not."""
    tracemalloc.start()
    try:
        many(requests)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _times(count: int, run: Callable[[], None]) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(count):
            run()

    return repeated
