"""Uploads that say when they are done: each client is answered with what is stored, and the back end is told once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import needed
from tests.clients import node_clients
from tests.clients.test_curl import BODY, Curl, begun, posted
from tests.clients.test_node_clients import told
from tests.local.client import presigned
from tests.local.stack import Stack, running

MOST = 1_000_000


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(
        completes=True, environ={"GRANT_MAX_SIZE_BYTES": str(MOST), "ON_UPLOAD_REFUSED": "delete"}
    ) as up:
        yield up


@pytest.fixture(scope="module")
def free() -> Iterator[Stack]:
    """Without a ceiling, beside which ``/sts`` gives no write credentials."""
    with running(completes=True) as up:
        yield up


@pytest.fixture
def curl(tmp_path: Path) -> Curl:
    binary = needed.program("curl", leaves_out="finished uploads by curl")
    return Curl(binary, tmp_path)


def messages(stack: Stack, key: str) -> list[dict[str, Any]]:
    assert stack.receiver is not None
    return [message for message in stack.receiver.messages if message["key"] == key]


def test_curl_is_answered_with_what_it_put(stack: Stack, curl: Curl) -> None:
    key = "users/alice/curl.png"
    asked = {"content_type": "image/png", "content_length": len(BODY), "reference": "order 7"}
    answer = presigned(stack, operation="PutObject", key=key, **asked)
    document = json.loads(curl(answer, "--upload-file", curl.file(BODY)).body)
    (message,) = messages(stack, key)

    assert ("Success", len(BODY), "order 7") == tuple(
        document[name] for name in ("Code", "size", "reference")
    )
    assert "upload.completed" == message["type"]
    assert document.items() <= message.items()


def test_curl_is_answered_with_what_it_posted(stack: Stack, curl: Curl) -> None:
    key = "users/alice/form.png"
    form = presigned(stack, operation="PostObject", key=key, content_type="image/png", max_size=MOST)
    document = json.loads(posted(curl, form, form["fields"]).body)

    assert ("Success", key, len(BODY)) == (document["Code"], document["key"], document["size"])
    assert ["upload.completed"] == [message["type"] for message in messages(stack, key)]


@pytest.mark.parametrize(
    ("size", "code", "kept"), [(MOST, "Success", True), (MOST + 1, "EntityTooLarge", False)]
)
def test_parts_by_curl_are_held_to_the_ceiling_in_the_end(
    stack: Stack, curl: Curl, size: int, code: str, kept: bool
) -> None:
    key = f"users/alice/parts-{size}.bin"
    upload = {"key": key, "upload_id": begun(stack, curl, key)}
    part = presigned(stack, operation="UploadPart", part_number=1, **upload)
    etag = curl(part, "--upload-file", curl.file(bytes(size))).headers["etag"]
    done = presigned(stack, operation="CompleteMultipartUpload", **upload)
    parts = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    xml = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
    document = json.loads(curl(done, "--data-binary", xml).body)
    read = curl(presigned(stack, operation="GetObject", key=key))

    assert (code, size) == (document["Code"], document["size"])
    assert (200 if kept else 404) == read.status
    assert [f"upload.{'completed' if kept else 'refused'}"] == [
        message["type"] for message in messages(stack, key)
    ]


def test_ali_oss_takes_the_callback_of_a_grant_along(free: Stack) -> None:
    fields = {
        "PutObject": {"content_type": "image/png"},
        "CompleteMultipartUpload": {"upload_id": "0004B9894A22E5B1888A1E29F8236E2D"},
    }
    folder = "users/alice/along/"
    small, large = node_clients.run("completed.mjs", {**told(free), "fields": fields, "folder": folder})

    assert ("Success", 1000, "image/png") == (small["Code"], small["size"], small["content_type"])
    assert ("Success", 700 * 1024) == (large["Code"], large["size"])
    for key in (f"{folder}ali-oss.png", f"{folder}ali-oss.bin"):
        assert ["upload.completed"] == [message["type"] for message in messages(free, key)]


def test_a_grant_for_png_does_not_cover_what_ali_oss_stored_as_something_else(free: Stack) -> None:
    fields = {"PutObject": {"content_type": "image/gif"}, "CompleteMultipartUpload": {"upload_id": "0004"}}
    folder = "users/alice/otherwise/"
    small, _ = node_clients.run("completed.mjs", {**told(free), "fields": fields, "folder": folder})

    assert "ContentTypeMismatch" == small["Code"]
