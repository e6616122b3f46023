"""An upload that says when it is done: the client and the back end are told the same, and a forged call is not believed."""

from __future__ import annotations

from collections.abc import Sequence

from tests.local.client import presigned, send, taken
from tests.local.report import Report
from tests.local.samples import Sample
from tests.local.stack import Stack


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Upload a file, look at OSS's answer and at what the back end was told, then forge a callback."""
    report.journey("Completion you can trust")
    if stack.receiver is None:
        report.line("  left out: this stack has no receiver")
        return
    sample = files[0]
    grant = presigned(
        stack,
        operation="PutObject",
        filename=sample.path.name,
        content_type=sample.content_type,
        reference="order 42",
    )
    answer = taken(
        send("PUT", grant["url"], headers=grant["headers"], body=sample.chunks(), length=sample.size)
    )
    document = answer.json() if answer.status == 200 else {"Code": str(answer.status)}
    report.step(
        "OSS passes on what was checked",
        f"{document['Code']}, {document.get('size')} bytes, {document.get('content_type')}",
        good=(document["Code"], document.get("size")) == ("Success", sample.size),
    )
    told = [each for each in stack.receiver.messages if each["id"] == document.get("id")]
    report.step(
        "the back end is told the same",
        f"{told[0]['type']}, reference {told[0].get('reference')}" if told else "nothing",
        good=len(told) == 1 and told[0].items() >= document.items() and told[0]["reference"] == "order 42",
    )
    forged = send(
        "POST",
        stack.url("on_upload"),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Zm9yZ2Vk"},
        body=f"etag={document.get('etag')}&grant=made.up.seal".encode(),
    )
    report.step("a forged callback", f"{forged.status} {forged.json()['Code']}", good=forged.status == 403)
