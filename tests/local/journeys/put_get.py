"""Every file up through a presigned PUT, down through a presigned GET, digests compared."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from tests.local.client import presigned, send
from tests.local.report import Progress, Report
from tests.local.samples import Sample
from tests.local.stack import Stack


def walk(stack: Stack, samples: Sequence[Sample], report: Report) -> None:
    """Upload and download each of ``samples``."""
    report.journey("Presigned PUT and GET")
    for sample in samples:
        key = f"users/alice/{sample.path.name}"
        put = presigned(stack, operation="PutObject", key=key, content_type=sample.content_type)
        with report.progress(f"up    {sample.path.name}", sample.size) as progress:
            status = upload(put["url"], put["headers"], sample, progress)
        report.step(f"PUT {sample.path.name}", f"{status}, valid {put['expires_in']} s", good=status == 200)
        digest = download(presigned(stack, operation="GetObject", key=key)["url"], sample, report)
        report.step(f"GET {sample.path.name}", f"sha256 {digest[:16]}…", good=digest == sample.digest())


def upload(url: str, headers: Mapping[str, str], sample: Sample, progress: Progress) -> int:
    """Return the status of a PUT with exactly these headers, by curl where there is one."""
    curl = shutil.which("curl")
    if curl is None:
        return send("PUT", url, headers=headers, body=_counted(sample, progress), length=sample.size).status
    wanted = [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]
    # curl's own default type for a body is taken away: only what is signed may be sent.
    if "Content-Type" not in headers:
        wanted += ["-H", "Content-Type:"]
    command = [
        curl,
        "-sS",
        "-X",
        "PUT",
        *wanted,
        "-T",
        str(sample.path),
        "-o",
        "-",
        "-w",
        "%{http_code}",
        url,
    ]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)  # our own arguments
    progress(sample.size)
    return int(done.stdout[-3:])


def download(url: str, sample: Sample, report: Report) -> str:
    """Return the SHA-256 of what the URL serves."""
    sha256 = hashlib.sha256()
    with report.progress(f"down  {sample.path.name}", sample.size) as progress:

        def take(chunk: bytes) -> None:
            sha256.update(chunk)
            progress(len(chunk))

        send("GET", url, sink=take)
    return sha256.hexdigest()


def _counted(sample: Sample, progress: Progress) -> Iterator[bytes]:
    for chunk in sample.chunks():
        progress(len(chunk))
        yield chunk
