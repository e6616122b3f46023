"""Downloads are attachments: a page shows pictures and reads files all the same, and only a visit saves them."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.client import send
from tests.local.stack import Stack, running


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as up:
        yield up


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PICTURE = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\x10\x20\x30" * 2))
    + _chunk(b"IEND", b"")
)
"""A PNG of three by two grey pixels."""


def ask(stack: Stack, **fields: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {stack.token('alice')}", "Content-Type": "application/json"}
    answer = send("POST", stack.url("presign"), headers=headers, body=json.dumps(fields).encode())
    document: dict[str, Any] = answer.json()
    return document


def link_to_a_picture(stack: Stack, key: str) -> str:
    put = ask(stack, operation="PutObject", key=key, content_type="image/png")
    assert 200 == send(put["method"], put["url"], headers=put["headers"], body=PICTURE).status
    return str(ask(stack, operation="GetObject", key=key)["url"])


def test_an_image_element_shows_an_attachment(browser: Any, stack: Stack) -> None:
    page = browser.new_page()
    page.set_content(f'<img src="{link_to_a_picture(stack, "users/alice/shown.png")}">')
    page.wait_for_function("document.images[0].complete")

    assert [3, 2] == page.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]")


def test_a_visit_saves_an_attachment(browser: Any, stack: Stack) -> None:
    page = browser.new_page()
    page.set_content(f'<a href="{link_to_a_picture(stack, "users/alice/saved.png")}">open</a>')
    with page.expect_download() as saved:
        page.click("a")

    assert PICTURE == saved.value.path().read_bytes()
