"""The demo: every journey once, on real files, with what is refused; exit code 0 when all is well."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.local import samples
from tests.local.client import JourneyBroken
from tests.local.journeys import completion, events, form, multipart, put_get, refusals, sts_session
from tests.local.report import Report
from tests.local.samples import Sample
from tests.local.stack import Stack, running

JOURNEYS = (put_get, refusals, multipart, form, sts_session, completion, events)


def main(*, packaged: bool = False, environ: Mapping[str, str] | None = None) -> int:
    """Walk all journeys and return the exit code."""
    report = Report()
    with (
        tempfile.TemporaryDirectory(prefix="demo-") as folder,
        running(packaged=packaged, environ=environ, completes=True) as stack,
    ):
        report.line("An emulated OSS and STS, which verify, and the functions in front of them are up.")
        walk(stack, samples.make(Path(folder)), report)
    report.summary()
    report.line("make serve keeps it running, with a page on http://127.0.0.1:9000/")
    return 1 if report.failures else 0


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Walk all journeys; one that breaks off is a failed step, and the others go on."""
    for journey in JOURNEYS:
        try:
            journey.walk(stack, files, report)
        except JourneyBroken as broken:
            report.step("the journey breaks off here", str(broken), good=False)
