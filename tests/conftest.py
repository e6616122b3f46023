"""What every test run needs: no metadata look-up, and tables of what was tried."""

from __future__ import annotations

import os

os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"

from typing import Any

import pytest

from tests.clients import endpoint_world
from tests.clients.operations import table
from tests.journeys.attack_world import TRIED
from tests.unit.diagnosis.precision import DIAGNOSED


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what a worker of a parallel run has counted."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["counted"] = (
            dict(TRIED),
            DIAGNOSED.rows,
            endpoint_world.WORKED,
            table.WORKED,
        )


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what the workers have counted."""
    counted = getattr(node, "workeroutput", {}).get("counted", ({}, {}, {}, {}))
    tried, diagnosed, worked, operations_of = counted
    table.WORKED.update({client: tuple(operations) for client, operations in operations_of.items()})
    TRIED.update(tried)
    DIAGNOSED.rows.update({name: tuple(row) for name, row in diagnosed.items()})
    endpoint_world.WORKED.update({name: tuple(operations) for name, operations in worked.items()})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many bad inputs were tried, which faults were diagnosed first, and what worked where."""
    if TRIED:
        terminalreporter.section("bad inputs tried, by family; none made a 5xx")
        for family, count in sorted(TRIED.items()):
            terminalreporter.write_line(f"{count:>8}  {family}")
    if DIAGNOSED.rows:
        terminalreporter.section("faults diagnosed, and whether their cause was named first")
        for line in DIAGNOSED.lines():
            terminalreporter.write_line(line)
    if endpoint_world.WORKED:
        terminalreporter.section("what worked at each endpoint, by client")
        for line in endpoint_world.lines():
            terminalreporter.write_line(line)
    if table.WORKED:
        terminalreporter.section("operations of the emulator, by official SDK")
        for line in table.lines():
            terminalreporter.write_line(line)
