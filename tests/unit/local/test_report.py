from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local.report import Report


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_plain_lines() -> None:
    report = Report(io.StringIO())
    report.journey("One")
    report.step("a step", "200", good=True)
    with report.progress("up", 10) as progress:
        progress(10)
    report.summary()
    written = report.out.getvalue()

    assert (0, False, False) == (report.failures, "\033" in written, "\r" in written)
    assert "1 steps, all as they should be" in written
    assert "[##############################] 100%" in written


def test_a_terminal_gets_a_bar_that_moves() -> None:
    report = Report(Terminal())
    with report.progress("up", 4) as progress:
        progress(1)

    assert 2 == report.out.getvalue().count("\r")
    assert "25%" in report.out.getvalue()


def test_the_bar_ends_with_its_line_when_the_work_breaks_off() -> None:
    report = Report(Terminal())
    with pytest.raises(ValueError, match="broken"), report.progress("up", 4):
        raise ValueError("broken")

    assert report.out.getvalue().endswith("0 kB/s\n")


def test_every_thread_moves_the_bar() -> None:
    report = Report(io.StringIO())
    with report.progress("up", 8000) as progress, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: progress(1), range(8000)))

    assert "100%" in report.out.getvalue()


def test_columns_stand_below_each_other_in_any_script() -> None:
    report = Report(io.StringIO())
    report.step("GET report.txt", "|", good=True)
    report.step("GET 报告.txt", "|", good=True)
    first, second = report.out.getvalue().splitlines()

    assert first.index("|") == second.index("|") + 2


def test_what_went_wrong_is_counted() -> None:
    report = Report(io.StringIO())
    report.step("a step", "500", good=False)
    report.summary()

    assert "1 steps, 1 wrong" in report.out.getvalue()
