"""The big file in parallel parts through presigned part URLs, compact ones."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.local.client import presigned, send, taken
from tests.local.journeys.put_get import download
from tests.local.report import Report
from tests.local.samples import Sample
from tests.local.stack import Stack

PART_BYTES = 8 * 1024 * 1024
WORKERS = 4


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Initiate, upload the parts side by side, complete, download."""
    report.journey("Multipart upload through part URLs")
    sample = files[-1]
    key = f"{stack.folder}parts/{sample.path.name}"
    upload_id = _initiate(stack, key, sample)
    numbers = list(range(1, -(-sample.size // PART_BYTES) + 1))
    parts = presigned(
        stack, operation="UploadPart", key=key, upload_id=upload_id, part_numbers=numbers, compact=True
    )
    report.step(
        "one answer for all parts",
        f"{len(numbers)} signatures",
        good=len(parts["signatures"]) == len(numbers),
    )
    with (
        report.progress(f"up    {sample.path.name}", sample.size) as progress,
        ThreadPoolExecutor(WORKERS) as pool,
    ):

        def put(number: int, signature: str) -> str:
            url = parts["url_template"].replace("{partNumber}", str(number)).replace("{signature}", signature)
            with sample.path.open("rb") as file:
                file.seek((number - 1) * PART_BYTES)
                body = file.read(PART_BYTES)
            etag = taken(send("PUT", url, headers=parts["headers"], body=body)).headers["etag"]
            progress(len(body))
            return etag

        etags = list(pool.map(put, numbers, parts["signatures"]))
    status = _complete(stack, key, upload_id, etags)
    report.step("CompleteMultipartUpload", str(status), good=status == 200)
    digest = download(presigned(stack, operation="GetObject", key=key)["url"], sample, report)
    report.step(f"GET {sample.path.name}", f"sha256 {digest[:16]}…", good=digest == sample.digest())


def _initiate(stack: Stack, key: str, sample: Sample) -> str:
    begin = presigned(stack, operation="InitiateMultipartUpload", key=key, content_type=sample.content_type)
    answer = taken(send("POST", begin["url"], headers=begin["headers"]))
    return answer.body.decode().partition("<UploadId>")[2].partition("</UploadId>")[0]


def _complete(stack: Stack, key: str, upload_id: str, etags: list[str]) -> int:
    end: dict[str, Any] = presigned(stack, operation="CompleteMultipartUpload", key=key, upload_id=upload_id)
    listed = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    document = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
    return send("POST", end["url"], headers=end["headers"], body=document.encode()).status
