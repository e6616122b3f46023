"""What every test run needs: no metadata look-up, and a table of the bad inputs that were tried."""

from __future__ import annotations

import os

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

import pytest

from tests.journeys.attack_world import TRIED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many bad inputs were tried, by family."""
    if TRIED:
        terminalreporter.section("bad inputs tried, by family; none made a 5xx")
        for family, count in sorted(TRIED.items()):
            terminalreporter.write_line(f"{count:>8}  {family}")
