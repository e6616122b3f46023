"""The big file through an upload form, and forms that are refused."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence

from tests.local.client import Answer, error_code, presigned, send
from tests.local.journeys.put_get import download
from tests.local.report import Progress, Report
from tests.local.samples import Sample
from tests.local.stack import Stack


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Post the big file by a form as it is, then too large, then with another key."""
    report.journey("Upload form")
    sample = files[-1]
    form = presigned(
        stack,
        operation="PostObject",
        filename=sample.path.name,
        content_type=sample.content_type,
        max_size=sample.size,
        success_action_status=200,
    )
    with report.progress(f"up    {sample.path.name}", sample.size) as progress:
        answer = post(form["url"], form["fields"], sample, progress)
    report.step(
        "POST with a server-chosen key", f"{answer.status} …{form['key'][-24:]}", good=answer.status == 200
    )
    digest = download(presigned(stack, operation="GetObject", key=form["key"])["url"], sample, report)
    report.step(f"GET {sample.path.name}", f"sha256 {digest[:16]}…", good=digest == sample.digest())
    small = presigned(stack, operation="PostObject", filename="small.bin", max_size=1000)
    refused = post(small["url"], small["fields"], sample)
    report.step(
        "the file where 1,000 bytes are allowed",
        f"{refused.status} {error_code(refused)}",
        good=refused.status == 400,
    )
    moved = post(small["url"], {**small["fields"], "key": "users/bob/x"}, sample)
    report.step(
        "another key in the form", f"{moved.status} {error_code(moved)[:60]}", good=moved.status == 403
    )


def post(url: str, fields: Mapping[str, str], sample: Sample, progress: Progress | None = None) -> Answer:
    """Return the answer to the form with ``sample`` as its file, which comes last."""
    boundary = secrets.token_hex(16)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="upload"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    start, end = head.encode(), f"\r\n--{boundary}--\r\n".encode()

    def body() -> Iterator[bytes]:
        yield start
        for chunk in sample.chunks():
            yield chunk
            if progress is not None:
                progress(len(chunk))
        yield end

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return send("POST", url, headers=headers, body=body(), length=len(start) + sample.size + len(end))
