"""`curl` with exactly what the answer says, and with one header more or less, over sockets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import needed
from tests.local.client import presigned
from tests.local.stack import BUCKET, Stack, running

OWN_FOLDER = "users/{sub}/"
BODY = bytes(range(256)) * 40
PART_BYTES = 100 * 1024


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(environ={"GRANT_DELETE_PREFIXES": OWN_FOLDER}) as up:
        yield up


@pytest.fixture(scope="module")
def binary() -> str:
    return needed.program("curl", leaves_out="sending the answer's headers with curl")


@dataclass(frozen=True, slots=True)
class Sent:
    """What came back: status, headers with names in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Curl:
    """The command line client, without the configuration of whoever runs the tests."""

    binary: str
    folder: Path

    def __call__(self, answer: Mapping[str, Any], *options: str, drop: str = "") -> Sent:
        """Send what ``answer`` says, but the header ``drop``, with ``options`` for the body."""
        head, body = self.folder / "head", self.folder / "body"
        body.unlink(missing_ok=True)
        lines = [
            f"{name}: {value}" for name, value in answer["headers"].items() if name.lower() != drop.lower()
        ]
        command = [self.binary, "--disable", "--silent", "--show-error", "--max-time", "30"]
        command += ["--dump-header", str(head), "--output", str(body), *_method(answer["method"])]
        command += [word for line in lines for word in ("--header", line)]
        subprocess.run([*command, *options, answer["url"]], check=True, timeout=60)
        return _sent(head, body)

    def file(self, content: bytes) -> str:
        """Return the path of a file that holds ``content``."""
        path = self.folder / "upload.bin"
        path.write_bytes(content)
        return str(path)


def _method(method: str) -> list[str]:
    return ["--head"] if method == "HEAD" else ["--request", method]


def _sent(head: Path, body: Path) -> Sent:
    # A head of "100 Continue" may come before the answer's own.
    lines = head.read_text().strip().replace("\r", "").split("\n\n")[-1].splitlines()
    pairs = [line.split(": ", 1) for line in lines[1:] if ": " in line]
    return Sent(
        status=int(lines[0].split()[1]),
        headers={name.lower(): value for name, value in pairs},
        body=body.read_bytes() if body.exists() else b"",
    )


@pytest.fixture
def curl(binary: str, tmp_path: Path) -> Curl:
    return Curl(binary, tmp_path)


def stored(stack: Stack, key: str) -> bytes:
    blob = stack.cloud.bucket(BUCKET).current(key).blob
    assert blob is not None
    return b"".join(stack.cloud.store.read(blob))


def put(stack: Stack, curl: Curl, key: str, **fields: Any) -> Sent:
    answer = presigned(stack, operation="PutObject", key=key, **fields)
    return curl(answer, "--upload-file", curl.file(BODY))


def begun(stack: Stack, curl: Curl, key: str) -> str:
    answer = presigned(stack, operation="InitiateMultipartUpload", key=key, content_type="video/mp4")
    sent = curl(answer, "--data-binary", "")
    assert 200 == sent.status, sent.body
    return sent.body.decode().partition("<UploadId>")[2].partition("</UploadId>")[0]


def test_a_put_stores_the_bytes_with_type_and_metadata(stack: Stack, curl: Curl) -> None:
    key = "users/alice/curl/cat + 猫.png"
    asked: dict[str, Any] = {"content_type": "image/png", "metadata": {"camera": "x100"}}
    answer = presigned(stack, operation="PutObject", key=key, **asked)
    sent = curl(answer, "--upload-file", curl.file(BODY))
    head = curl(presigned(stack, operation="HeadObject", key=key))

    assert {"content-type", "x-oss-meta-camera", "x-oss-forbid-overwrite"} == set(
        map(str.lower, answer["headers"])
    )
    assert (200, BODY) == (sent.status, stored(stack, key))
    assert ("image/png", "x100") == (head.headers["content-type"], head.headers["x-oss-meta-camera"])


def test_a_second_put_does_not_overwrite(stack: Stack, curl: Curl) -> None:
    statuses = [put(stack, curl, "users/alice/curl/once.bin").status for _ in range(2)]

    assert [200, 409] == statuses


def test_an_object_is_read_measured_and_deleted(stack: Stack, curl: Curl) -> None:
    key = "users/alice/curl/life.bin"
    put(stack, curl, key)
    answers = {
        name: presigned(stack, operation=name, key=key)
        for name in ("GetObject", "HeadObject", "DeleteObject")
    }
    got, measured = curl(answers["GetObject"]), curl(answers["HeadObject"])
    deleted, gone = curl(answers["DeleteObject"]), curl(answers["GetObject"])

    assert (200, BODY) == (got.status, got.body)
    assert (200, str(len(BODY))) == (measured.status, measured.headers["content-length"])
    assert (204, 404) == (deleted.status, gone.status)


def posted(curl: Curl, form: Mapping[str, Any], fields: Mapping[str, str]) -> Sent:
    """Post ``fields`` as they are, and the file last."""
    words = [word for name, value in fields.items() for word in ("--form-string", f"{name}={value}")]
    return curl({**form, "headers": {}}, *words, "--form", f"file=@{curl.file(BODY)}")


def test_a_form_is_posted_with_its_fields_and_the_file_last(stack: Stack, curl: Curl) -> None:
    key = "users/alice/curl/form.png"
    form = presigned(stack, operation="PostObject", key=key, content_type="image/png", max_size=len(BODY))
    sent = posted(curl, form, form["fields"])

    assert 200 <= sent.status < 300
    assert stored(stack, key) == BODY


def test_one_field_more_or_less_in_a_form_is_refused(stack: Stack, curl: Curl) -> None:
    key = "users/alice/curl/form-changed.png"
    form = presigned(stack, operation="PostObject", key=key, content_type="image/png", max_size=len(BODY))
    more = {**form["fields"], "x-oss-object-acl": "public-read"}
    less = {name: value for name, value in form["fields"].items() if name != "Content-Type"}

    assert less.keys() < form["fields"].keys()
    assert [403, 403] == [posted(curl, form, fields).status for fields in (more, less)]


def test_an_upload_in_parts_is_begun_listed_and_completed(stack: Stack, curl: Curl) -> None:
    key = "users/alice/curl/film.mp4"
    upload = {"key": key, "upload_id": begun(stack, curl, key)}
    bodies = [b"1" * PART_BYTES, b"2" * 7]
    etags = [
        curl(
            presigned(stack, operation="UploadPart", part_number=number, **upload),
            "--upload-file",
            curl.file(body),
        ).headers["etag"]
        for number, body in enumerate(bodies, 1)
    ]
    listed = curl(presigned(stack, operation="ListParts", **upload))
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
    done = curl(presigned(stack, operation="CompleteMultipartUpload", **upload), "--data-binary", document)

    assert (200, 2) == (listed.status, listed.body.count(b"<Part>"))
    assert 200 == done.status
    assert stored(stack, key) == b"".join(bodies)


def test_an_upload_in_parts_is_given_up(stack: Stack, curl: Curl) -> None:
    key = "users/alice/curl/abandoned.mp4"
    upload = {"key": key, "upload_id": begun(stack, curl, key)}
    given_up = curl(presigned(stack, operation="AbortMultipartUpload", **upload))
    listed = curl(presigned(stack, operation="ListParts", **upload))

    assert (204, 404) == (given_up.status, listed.status)


def test_the_content_type_that_curl_adds_to_data_is_refused(stack: Stack, curl: Curl) -> None:
    answer = presigned(stack, operation="PutObject", key="users/alice/curl/data.bin")
    sent = curl(answer, "--data-binary", f"@{curl.file(BODY)}")

    assert "Content-Type" not in answer["headers"]
    assert (403, True) == (sent.status, b"SignatureDoesNotMatch" in sent.body)


@pytest.mark.parametrize(
    "more", ["x-oss-object-acl: public-read", "x-oss-meta-more: 1", "x-oss-storage-class: IA"]
)
def test_one_header_more_is_refused(stack: Stack, curl: Curl, more: str) -> None:
    answer = presigned(
        stack, operation="PutObject", key="users/alice/curl/more.bin", content_type="image/png"
    )
    sent = curl(answer, "--header", more, "--upload-file", curl.file(BODY))

    assert (403, True) == (sent.status, b"SignatureDoesNotMatch" in sent.body)


@pytest.mark.parametrize("drop", ["Content-Type", "x-oss-meta-camera", "x-oss-forbid-overwrite"])
def test_one_header_less_is_refused(stack: Stack, curl: Curl, drop: str) -> None:
    asked: dict[str, Any] = {"content_type": "image/png", "metadata": {"camera": "x100"}}
    answer = presigned(stack, operation="PutObject", key="users/alice/curl/less.bin", **asked)
    sent = curl(answer, "--upload-file", curl.file(BODY), drop=drop)

    assert drop.lower() in {name.lower() for name in answer["headers"]}
    assert (403, True) == (sent.status, b"SignatureDoesNotMatch" in sent.body)
