"""The demo: every journey once, on real files, with what is refused; exit code 0 when all is well."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.local import samples
from tests.local.journeys import events, form, multipart, put_get, refusals, sts_session
from tests.local.report import Report
from tests.local.stack import running


def main(*, packaged: bool = False) -> int:
    """Walk all journeys and return the exit code."""
    report = Report()
    with tempfile.TemporaryDirectory(prefix="demo-") as folder, running(packaged=packaged) as stack:
        report.out.write(
            "An emulated OSS and STS, which verify, and the functions in front of them are up.\n"
        )
        files = samples.make(Path(folder))
        put_get.walk(stack, files, report)
        refusals.walk(stack, report)
        multipart.walk(stack, files[-1], report)
        form.walk(stack, files[-1], report)
        sts_session.walk(stack, files[0], report)
        events.walk(stack, files[0], report)
    report.summary()
    report.out.write("make serve keeps it running, with a page on http://127.0.0.1:9000/\n")
    return 1 if report.failures else 0
