"""What every test run needs: no metadata look-up, and tables of what was tried: bad inputs, faults to diagnose."""

from __future__ import annotations

import os

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

from typing import Any

import pytest

from tests.journeys.attack_world import TRIED
from tests.unit.diagnosis.precision import DIAGNOSED


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what a worker of a parallel run has counted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["counted"] = (dict(TRIED), DIAGNOSED.rows)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what the workers have counted."""
    tried, diagnosed = getattr(node, "workeroutput", {}).get("counted", ({}, {}))
    TRIED.update(tried)
    DIAGNOSED.rows.update({name: tuple(row) for name, row in diagnosed.items()})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many bad inputs were tried, by family, and which faults were diagnosed first."""
    if TRIED:
        terminalreporter.section("bad inputs tried, by family; none made a 5xx")
        for family, count in sorted(TRIED.items()):
            terminalreporter.write_line(f"{count:>8}  {family}")
    if DIAGNOSED.rows:
        terminalreporter.section("faults diagnosed, and whether their cause was named first")
        for line in DIAGNOSED.lines():
            terminalreporter.write_line(line)
