from __future__ import annotations

from tests.benchmarks.__main__ import document
from tests.benchmarks.measure import Row
from tests.benchmarks.table import table

FIRST = document(
    [Row("C1", "cold", 4.0, 5.0, "x bare", then=2.5), Row("M1", "memory", 20.0, 30.0, "MiB")], []
)
SECOND = document([Row("C1", "cold", 3.9, 5.0, "x", then=2.5)], [])


def test_each_row_stands_in_the_table_with_target_figure_and_verdict() -> None:
    lines = table([FIRST]).splitlines()

    assert [
        "| C1 | cold | ≤ 5, then ≤ 2.5 | 4 | \N{MULTIPLICATION SIGN} bare | met, then missed |",
        "| M1 | memory | ≤ 30 | 20 | MiB | met |",
    ] == lines[2:]


def test_other_interpreters_stand_beside_it_where_they_have_the_row() -> None:
    lines = table([FIRST | {"python": "3.11"}, SECOND | {"python": "3.10"}]).splitlines()

    assert lines[0].endswith("| Verdict | 3.10 |")
    assert [" 3.9 ", " "] == [line.split("|")[-2] for line in lines[2:]]
