"""Waiting for what happens beside the test."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 20


def until(happened: Callable[[], bool]) -> None:
    """Return once it has happened; fail where it does not."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
