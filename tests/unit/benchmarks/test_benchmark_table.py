from __future__ import annotations

from tests.benchmarks.__main__ import document
from tests.benchmarks.measure import Row
from tests.benchmarks.table import table

FIRST = document(
    [Row("C1", "cold", 4.0, 5.0, "x bare", then=2.5), Row("M1", "memory", 20.0, 30.0, "MiB")], []
)
SECOND = document([Row("C1", "cold", 2.4, 5.0, "x", then=2.5)], [])


def test_each_row_stands_in_the_table_with_target_figure_and_verdict() -> None:
    lines = table([FIRST]).splitlines()

    assert [
        "| C1 | cold | ≤ 5, then ≤ 2.5 | \N{MULTIPLICATION SIGN} bare | 4: met, then missed |",
        "| M1 | memory | ≤ 30 | MiB | 20: met |",
    ] == lines[2:]


def test_every_interpreter_is_judged_by_itself_where_it_has_the_row() -> None:
    lines = table([FIRST | {"python": "3.11"}, SECOND | {"python": "3.10"}]).splitlines()

    assert lines[0].endswith("| Python 3.11 | Python 3.10 |")
    assert [" 2.4: met, then met ", " "] == [line.split("|")[-2] for line in lines[2:]]
