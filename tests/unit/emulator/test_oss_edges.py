"""The last value that passes, and the first that does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.inprocess import bridged
from oss_emulator.server import serve
from oss_emulator.wire import v4
from oss_emulator.wire.errors import OssError
from tests.unit.emulator.oss_world import BUCKET, HOST, World, code, element, world

OBJECT: dict[str, Any] = {"bucket": BUCKET, "key": "a.txt"}
PART_BYTES = 102_400


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


def asked(w: World, ask: Callable[[Any], Any]) -> Any:
    """Return what the official client answers in process, or the code with which it is refused."""
    with bridged(w.emulator):
        try:
            return ask(w.sdk())
        except oss.exceptions.OperationError as error:
            cause: Any = error.unwrap()
            return cause.code


def signed_headers(w: World) -> dict[str, str]:
    """Return the headers of a GetObject as the official client signs them."""
    with bridged(w.emulator) as bridge:
        w.sdk().get_object(oss.GetObjectRequest(**OBJECT))
        return dict(bridge.calls[0].request.headers)


@pytest.mark.parametrize("minutes", [14, -14])
def test_a_clock_that_is_off_a_little_is_let_pass(w: World, minutes: int) -> None:
    w.put()
    w.cloud.clock.advance(timedelta(minutes=minutes))

    assert 200 == asked(w, lambda client: client.head_object(oss.HeadObjectRequest(**OBJECT))).status_code


@pytest.mark.parametrize("minutes", [16, -16])
def test_a_clock_that_is_off_too_much_is_not(w: World, minutes: int) -> None:
    w.cloud.clock.advance(timedelta(minutes=minutes))

    assert "RequestTimeTooSkewed" == asked(
        w, lambda client: client.get_object(oss.GetObjectRequest(**OBJECT))
    )


def test_two_good_signatures_are_one_too_many(w: World) -> None:
    w.put()
    headers = signed_headers(w)
    alone = w.send("GET", f"{HOST}/{BUCKET}/a.txt", headers=headers)
    both = w.send("GET", w.get_url().url, headers=headers)

    assert 200 == alone.status_code
    assert "A header and a URL signature in one request." == element(both, "Message")


def test_an_object_of_this_very_second_is_not_modified_since(w: World) -> None:
    w.put()
    url = w.get_url().url
    modified = w.send("GET", url).headers["Last-Modified"]
    before = (parsedate_to_datetime(modified) - timedelta(seconds=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    statuses = [
        w.send("GET", url, headers={name: moment}).status_code
        for name in ("If-Modified-Since", "If-Unmodified-Since")
        for moment in (modified, before)
    ]

    assert [304, 200, 200, 412] == statuses


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([("k" * 128, "v" * 256)], "OK"),
        ([("k" * 129, "v")], "InvalidTag"),
        ([("k", "v" * 257)], "InvalidTag"),
        ([("", "v")], "InvalidTag"),
        ([("k", "v"), ("k", "w")], "InvalidTag"),
        ([(f"k{number}", "") for number in range(10)], "OK"),
        ([(f"k{number}", "") for number in range(11)], "InvalidTag"),
    ],
)
def test_tags_are_few_short_and_distinct(w: World, tags: list[tuple[str, str]], expected: str) -> None:
    text = "&".join(f"{name}={value}" for name, value in tags)

    assert expected == code(w.put(tagging=text))


def begun(w: World) -> str:
    made = w.url(oss.InitiateMultipartUploadRequest(**OBJECT))
    return element(w.send("POST", made.url, headers=made.signed_headers), "UploadId")


def part(w: World, upload_id: str, body: bytes) -> str:
    made = w.url(oss.UploadPartRequest(**OBJECT, upload_id=upload_id, part_number=1))
    return w.send("PUT", made.url, body=body).headers["ETag"]


def complete(w: World, upload_id: str, etags: list[str], **fields: Any) -> str:
    made = w.url(oss.CompleteMultipartUploadRequest(**OBJECT, upload_id=upload_id, **fields))
    listed = "".join(f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>" for etag in etags)
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    return code(w.send("POST", made.url, headers=made.signed_headers, body=body))


def test_a_part_counts_once(w: World) -> None:
    upload_id = begun(w)
    etag = part(w, upload_id, b"x" * PART_BYTES)

    assert "InvalidPartOrder" == complete(w, upload_id, [etag, etag])
    assert "OK" == complete(w, upload_id, [etag])


def test_completing_may_forbid_to_overwrite(w: World) -> None:
    upload_id = begun(w)
    etag = part(w, upload_id, b"x")
    w.put()

    assert "FileAlreadyExists" == complete(w, upload_id, [etag], forbid_overwrite=True)
    assert "OK" == complete(w, upload_id, [etag])


def test_a_replaced_part_leaves_no_bytes(w: World, tmp_path: Path) -> None:
    upload_id = begun(w)
    for body in (b"one", b"two", b"three"):
        part(w, upload_id, body)

    assert [b"three"] == [path.read_bytes() for path in (tmp_path / "blobs").iterdir()]


def test_a_slow_sender_gets_to_read_why_it_is_refused(w: World) -> None:
    split = urlsplit(w.put_url().url)
    with serve(w.emulator) as host:
        connection = HTTPConnection(host, timeout=9)
        connection.putrequest("PUT", f"{split.path}?{split.query}0", skip_host=True)
        connection.putheader("Host", "localhost")
        connection.putheader("Content-Length", "300000")
        connection.endheaders()
        for _ in range(3):
            time.sleep(0.05)
            connection.send(b"x" * 100_000)
        answer = connection.getresponse()

    assert (403, True) == (answer.status, b"SignatureDoesNotMatch" in answer.read())


def test_completing_does_not_publish(w: World) -> None:
    upload_id = begun(w)
    etag = part(w, upload_id, b"x")

    assert "AccessDenied" == complete(w, upload_id, [etag], acl="public-read")
    assert "OK" == complete(w, upload_id, [etag], acl="private")


def test_answers_tell_the_sum_of_the_bytes(w: World) -> None:
    put = w.put(body=b"hello")
    got = w.send("GET", w.get_url().url)

    assert 2 * ["XUFAKrxLKna5cZ2REBfFkg=="] == [answer.headers["Content-MD5"] for answer in (put, got)]


def test_a_document_is_checked_against_its_sum(w: World) -> None:
    tagging = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="k", value="v")]))
    headers = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    request = oss.PutObjectTaggingRequest(**OBJECT, tagging=tagging, headers=headers)
    w.put()

    assert "InvalidDigest" == asked(w, lambda client: client.put_object_tagging(request))


@pytest.mark.parametrize(
    "text",
    ["bytes=0-" + "9" * 5000, "bytes=" + "9" * 5000 + "-", "bytes=\u0660-\u0661", "bytes=-", "lines=0-1"],
)
def test_a_range_that_cannot_be_read_is_ignored(w: World, text: str) -> None:
    w.put(body=b"hello")
    answer = w.send("GET", w.get_url().url, headers={"Range": text})

    assert (200, b"hello") == (answer.status_code, answer.get_data())


@pytest.mark.parametrize(
    "stamp", ["2026112T120000Z", "20261123T12000Z", "20261123T120000", "\u0662\u0660261123T120000Z"]
)
def test_a_date_has_sixteen_plain_characters(stamp: str) -> None:
    with pytest.raises(OssError) as refusal:
        v4.moment(stamp)

    assert "InvalidArgument" == refusal.value.row.code
