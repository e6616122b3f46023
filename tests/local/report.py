"""What the demo shows: one line for each step, a bar for long work, and a count at the end."""

from __future__ import annotations

import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

BAR_WIDTH = 30
REDRAW_SECONDS = 0.05
WIDTH = 46


@dataclass(slots=True)
class Report:
    """A table on a terminal, plain lines in a pipe."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    failures: int = 0
    steps: int = 0

    def journey(self, name: str) -> None:
        """Begin a journey."""
        self.out.write(f"\n{self._styled(name, '1')}\n")

    def step(self, what: str, detail: str, *, good: bool) -> None:
        """Write one step and whether it went as it should."""
        self.steps += 1
        self.failures += not good
        mark = self._styled("ok  ", "32") if good else self._styled("FAIL", "31")
        self.line(f"  {mark}  {_padded(what, WIDTH)} {detail}")

    def line(self, text: str) -> None:
        """Write a line."""
        self.out.write(f"{text}\n")
        self.out.flush()

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Progress]:
        """Show a bar while work of ``total`` bytes goes on."""
        bar = Progress(self, what, total)
        try:
            yield bar
        finally:
            bar.close()

    def summary(self) -> None:
        """Write the last line."""
        verdict = "all as they should be" if not self.failures else f"{self.failures} wrong"
        self.out.write(f"\n{self.steps} steps, {verdict}\n")

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self.out.isatty() else text


class Progress:
    """A bar that bytes move on; several threads may do so."""

    def __init__(self, report: Report, what: str, total: int) -> None:
        self._report, self._what, self._total = report, what, total
        self._done, self._began, self._shown = 0, time.monotonic(), 0.0
        self._lock = threading.Lock()

    def __call__(self, size: int) -> None:
        with self._lock:
            self._done += size
            now = time.monotonic()
            if self._report.out.isatty() and now - self._shown > REDRAW_SECONDS:
                self._shown = now
                self._report.out.write(f"\r{self._line()}")
                self._report.out.flush()

    def close(self) -> None:
        """Write the finished bar."""
        start = "\r" if self._report.out.isatty() else ""
        self._report.out.write(f"{start}{self._line()}\n")

    def _line(self) -> str:
        share = min(self._done / max(self._total, 1), 1)
        rate = self._done / max(time.monotonic() - self._began, 1e-3)
        bar = "#" * round(share * BAR_WIDTH)
        return f"        {_padded(self._what, WIDTH - 2)} [{bar:<{BAR_WIDTH}}] {share:4.0%} {_speed(rate)}"


def _speed(bytes_a_second: float) -> str:
    """Return a speed in the unit that shows it; a small file is gone before it has one in MB/s."""
    number, unit = (bytes_a_second / 1e6, "MB/s") if bytes_a_second >= 1e6 else (bytes_a_second / 1e3, "kB/s")
    return f"{number:6.0f} {unit}"


def _padded(text: str, width: int) -> str:
    """Return ``text`` filled up to ``width`` columns; Chinese characters take two."""
    return text + " " * (width - sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text))
