"""Every file up through a presigned PUT, down through a presigned GET, digests compared."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from tests.local.client import JourneyBroken, presigned, send
from tests.local.report import Progress, Report
from tests.local.samples import Sample
from tests.local.stack import Stack

CURL_MAX_BYTES = 1024 * 1024
"""What is larger goes by plain HTTP: curl tells nobody how far it has come."""


def walk(stack: Stack, files: Sequence[Sample], report: Report) -> None:
    """Upload and download each of ``files``."""
    report.journey("Presigned PUT and GET")
    for sample in files:
        key = f"{stack.folder}{sample.path.name}"
        put = presigned(stack, operation="PutObject", key=key, content_type=sample.content_type)
        with report.progress(f"up    {sample.path.name}", sample.size) as progress:
            client, status = upload(put["url"], put["headers"], sample, progress)
        report.step(f"PUT {sample.path.name}", f"{status}, by {client}", good=status == 200)
        digest = download(presigned(stack, operation="GetObject", key=key)["url"], sample, report)
        report.step(f"GET {sample.path.name}", f"sha256 {digest[:16]}…", good=digest == sample.digest())


def upload(url: str, headers: Mapping[str, str], sample: Sample, progress: Progress) -> tuple[str, int]:
    """Return the client that sent the file with exactly these headers, and the status of the answer."""
    curl = shutil.which("curl") if sample.size <= CURL_MAX_BYTES else None
    if curl is None:
        body = _counted(sample, progress)
        return "plain HTTP", send("PUT", url, headers=headers, body=body, length=sample.size).status
    status = _curl(curl, url, headers, sample)
    progress(sample.size)
    return "curl", status


def download(url: str, sample: Sample, report: Report) -> str:
    """Return the SHA-256 of what the URL serves."""
    sha256 = hashlib.sha256()
    with report.progress(f"down  {sample.path.name}", sample.size) as progress:

        def take(chunk: bytes) -> None:
            sha256.update(chunk)
            progress(len(chunk))

        send("GET", url, sink=take)
    return sha256.hexdigest()


def _curl(curl: str, url: str, headers: Mapping[str, str], sample: Sample) -> int:
    # No settings of this machine's user, and no proxy between here and the loopback address.
    options = ["--disable", "--noproxy", "*", "--silent", "--max-time", "60", "--write-out", "%{http_code}"]
    wanted = [option for name, value in headers.items() for option in ("--header", f"{name}: {value}")]
    # curl's own default type for a body is taken away: only what is signed may be sent.
    wanted += [] if "Content-Type" in headers else ["--header", "Content-Type:"]
    command = [curl, *options, *wanted, "--upload-file", str(sample.path), "--url", url]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise JourneyBroken(f"curl ended with {done.returncode}")
    return int(done.stdout[-3:])


def _counted(sample: Sample, progress: Progress) -> Iterator[bytes]:
    for chunk in sample.chunks():
        progress(len(chunk))
        yield chunk
