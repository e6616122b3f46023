"""What the commands of packaging and deploying say while they work."""

from __future__ import annotations

import io

from tests.deploy.__main__ import show


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(out: io.StringIO) -> str:
    for step in ("one", "two"):
        show(out, step, of=("one", "two"))
    return out.getvalue()


def test_a_pipe_gets_a_line_for_each_step() -> None:
    assert "[--] 1 of 2: one\n[#-] 2 of 2: two\n" == shown(io.StringIO())


def test_a_terminal_gets_a_bar_that_moves() -> None:
    assert "\r\033[K[--] 1 of 2: one\r\033[K[#-] 2 of 2: two" == shown(Terminal())
