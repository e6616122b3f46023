"""What must not work, and does not: an expired URL, another key, another method, another's folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tests.local.client import Answer, ask, error_code, presigned, send
from tests.local.report import Report
from tests.local.samples import Sample
from tests.local.stack import Stack


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Try each of them, on the first of the files that were uploaded."""
    report.journey("Refused, each with its reason")
    key = f"{stack.folder}{files[0].path.name}"
    link = presigned(stack, operation="GetObject", key=key, expires_in=60)
    _refused(report, "another key", send("GET", link["url"].replace(files[0].path.name, files[1].path.name)))
    _refused(report, "another method", send("DELETE", link["url"]))
    _refused(report, "a parameter added", send("GET", link["url"] + "&response-cache-control=no-store"))
    put = presigned(stack, operation="PutObject", key=f"{stack.folder}new.png", content_type="image/png")
    _refused(
        report,
        "another Content-Type",
        send("PUT", put["url"], headers={**put["headers"], "Content-Type": "text/html"}),
    )
    again = presigned(stack, operation="PutObject", key=key, content_type="text/plain")
    _refused(
        report, "an overwrite", send("PUT", again["url"], headers=again["headers"], body=b"x"), status=409
    )
    stack.cloud.clock.advance(timedelta(seconds=60))
    _refused(report, "the URL after its 60 s", send("GET", link["url"]))
    stack.cloud.clock.run()
    for what, fields in (
        ("bob's folder", {"operation": "GetObject", "key": key.replace("alice", "bob")}),
        ("deleting, which is not granted", {"operation": "DeleteObject", "key": key}),
        (
            "HTML, which a browser would run",
            {"operation": "PutObject", "key": f"{stack.folder}x", "content_type": "text/html"},
        ),
    ):
        answer = ask(stack, "presign", fields)
        refusal = answer.json()
        report.step(
            what, f"{answer.status} {refusal['Code']}: {refusal['Message']}", good=answer.status == 403
        )


def _refused(report: Report, what: str, answer: Answer, *, status: int = 403) -> None:
    report.step(what, f"{answer.status} {error_code(answer)}", good=answer.status == status)
