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


@pytest.mark.parametrize(
    ("figure", "verdict"), [(2.0, "met, then met"), (4.0, "met, then missed"), (6.0, "missed, then missed")]
)
def test_a_second_target_has_a_verdict_of_its_own(figure: float, verdict: str) -> None:
    row = Row("C1", "what", figure, 5.0, "x", then=2.5)

    assert ("≤ 5, then ≤ 2.5", verdict) == (row.aim, row.verdict)


@pytest.mark.parametrize(("power", "fixed"), [(0.0, 3.0), (1.0, 0.5), (2.0, 7.0)])
def test_growth_is_a_power(power: float, fixed: float) -> None:
    points = {size: fixed * size**power for size in (10, 100, 1000)}

    assert power == pytest.approx(exponent(points))


def test_all_points_weigh_on_growth() -> None:
    points = {1: 1.0, 10: 100.0, 100: 100.0}

    assert 1.0 == pytest.approx(exponent(points))


def test_all_work_takes_turns() -> None:
    order: list[str] = []
    taken = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=3)

    assert ["a", "b"] * 3 == order
    assert {"a", "b"} == set(taken)
