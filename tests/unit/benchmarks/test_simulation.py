"""The simulation of callers: the cache keeps calls to STS few, and has no cliff where its places end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.sessions.cache import CAPACITY
from tests.benchmarks.simulation import HOUR, Traffic, calls_in_the_second_hour


@pytest.mark.parametrize("callers", [100, 1_000, 1_100])
def test_each_caller_costs_one_or_two_calls_an_hour(callers: int) -> None:
    traffic = Traffic(
        what="presign",
        callers=callers,
        instances=1,
        cadence=timedelta(minutes=3),
        good_for=timedelta(minutes=20),
    )
    calls = len(calls_in_the_second_hour(traffic))

    assert callers <= CAPACITY
    assert callers <= calls <= callers * 2
    assert calls / HOUR.total_seconds() < 6 * callers / 10_000
