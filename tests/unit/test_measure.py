from __future__ import annotations

import pytest

from tests.benchmarks.measure import Row, exponent, interleaved


@pytest.mark.parametrize(
    ("figure", "target", "at_least", "met"),
    [(2.5, 2.5, False, True), (2.6, 2.5, False, False), (25.0, 25.0, True, True), (24.9, 25.0, True, False)],
)
def test_a_target_is_met_from_its_own_side(figure: float, target: float, at_least: bool, met: bool) -> None:
    row = Row("P1", "what", figure, target, "x", at_least)

    assert met is row.met
    assert ("met" if met else "missed") == row.line().split()[-1]


@pytest.mark.parametrize(("costs", "power"), [((1.0, 10.0), 1.0), ((1.0, 100.0), 2.0), ((3.0, 3.0), 0.0)])
def test_growth_is_a_power(costs: tuple[float, float], power: float) -> None:
    assert power == pytest.approx(exponent((10, costs[0]), (100, costs[1])))


def test_all_work_takes_turns() -> None:
    order: list[str] = []
    taken = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=3)

    assert ["a", "b"] * 3 == order
    assert {"a", "b"} == set(taken)
