from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
import pytest
from werkzeug.wrappers import Response

from oss_emulator.server import serve
from tests.unit.emulator.oss_world import BUCKET, World, code, element, world


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture
def served(w: World) -> Iterator[Any]:
    """An official client that talks to the emulator over a socket."""
    with serve(w.emulator) as host:
        yield w.sdk(host=f"http://{host}")


class Multipart:
    """One upload, part by part."""

    def __init__(self, w: World, key: str = "big", **fields: Any) -> None:
        self.w, self.key = w, key
        made = w.url(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key=key, **fields))
        begun = w.send("POST", made.url, headers=made.signed_headers)
        self.upload_id = element(begun, "UploadId")

    def part(self, number: int, body: bytes) -> str:
        request = oss.UploadPartRequest(
            bucket=BUCKET, key=self.key, upload_id=self.upload_id, part_number=number
        )
        return self.w.send("PUT", self.w.url(request).url, body=body).headers.get("ETag", "")

    def complete(self, *parts: tuple[int, str], document: str | None = None) -> Any:
        request = oss.CompleteMultipartUploadRequest(bucket=BUCKET, key=self.key, upload_id=self.upload_id)
        listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{e}</ETag></Part>" for n, e in parts)
        made = self.w.url(request)
        body = (document or f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>").encode()
        return self.w.send("POST", made.url, headers=made.signed_headers, body=body)


def test_parts_come_in_any_order_and_the_last_word_counts(w: World) -> None:
    upload = Multipart(w)
    second = upload.part(2, b"end")
    upload.part(1, b"x" * 100_000)
    first = upload.part(1, b"a" * 102_400)

    assert "OK" == code(upload.complete((1, first), (2, second)))
    assert b"a" * 102_400 + b"end" == w.send("GET", w.get_url("big").url).get_data()
    assert "NoSuchUpload" == code(upload.complete((1, first), (2, second)))


def test_an_upload_completes_only_as_it_was_made(w: World) -> None:
    upload = Multipart(w)
    first, second = upload.part(1, b"a" * 102_399), upload.part(2, b"b")

    assert "EntityTooSmall" == code(upload.complete((1, first), (2, second)))
    assert "InvalidPartOrder" == code(upload.complete((2, second), (1, first)))
    assert "InvalidPart" == code(upload.complete((1, second)))
    assert "InvalidPart" == code(upload.complete((3, first)))
    assert "MalformedXML" == code(upload.complete())
    assert "MalformedXML" == code(upload.complete(document="<a"))
    assert "MalformedXML" == code(upload.complete(document='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'))
    assert "NoSuchKey" == code(w.send("GET", w.get_url("big").url))


@pytest.mark.parametrize("prefix", ["", "s3:"])
def test_namespaces_of_the_list_of_parts_do_not_matter(w: World, prefix: str) -> None:
    upload = Multipart(w)
    part = f"<{prefix}Part><{prefix}PartNumber>1</{prefix}PartNumber><{prefix}ETag>{upload.part(1, b'x')}</{prefix}ETag></{prefix}Part>"
    space = f'xmlns{":" + prefix[:-1] if prefix else ""}="http://s3.amazonaws.com/doc/2006-03-01/"'
    root = f"{prefix}CompleteMultipartUpload"

    assert "OK" == code(upload.complete(document=f"<{root} {space}>{part}</{root}>"))


def test_an_upload_belongs_to_its_key(w: World) -> None:
    upload = Multipart(w)
    upload.key = "other"

    assert "" == upload.part(1, b"x")
    assert "NoSuchUpload" == code(upload.complete((1, '"0"')))


def test_the_official_client_lists_and_aborts_uploads(served: Any, w: World) -> None:
    upload = Multipart(w)
    upload.part(1, b"x")
    named = {"bucket": BUCKET, "key": "big", "upload_id": upload.upload_id}
    parts = served.list_parts(oss.ListPartsRequest(**named))
    uploads = served.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=BUCKET))

    assert [(1, 1)] == [(part.part_number, part.size) for part in parts.parts]
    assert [upload.upload_id] == [entry.upload_id for entry in uploads.uploads]
    assert 204 == served.abort_multipart_upload(oss.AbortMultipartUploadRequest(**named)).status_code
    assert "" == upload.part(2, b"x")


def test_parts_arrive_in_parallel(w: World) -> None:
    upload = Multipart(w)
    with ThreadPoolExecutor(8) as pool:
        etags = list(pool.map(lambda n: upload.part(n, bytes([n]) * 102_400), range(1, 17)))
    done = upload.complete(*enumerate(etags, start=1))
    got = w.send("GET", w.get_url("big").url)

    assert b"".join(bytes([n]) * 102_400 for n in range(1, 17)) == got.get_data()
    assert element(done, "ETag").endswith('-16"')
    assert got.headers["x-oss-hash-crc64ecma"] == done.headers["x-oss-hash-crc64ecma"]


def test_what_initiate_said_is_the_object_s(w: World) -> None:
    upload = Multipart(w, metadata={"owner": "alice"}, content_type="image/png", tagging="a=1")
    upload.complete((1, upload.part(1, b"x")))
    head = w.send("HEAD", w.url(oss.HeadObjectRequest(bucket=BUCKET, key="big")).url).headers

    assert ("alice", "image/png", "1") == (
        head["x-oss-meta-owner"],
        head["Content-Type"],
        head["x-oss-tagging-count"],
    )


def test_overwriting_is_forbidden_when_completing_too(w: World) -> None:
    upload = Multipart(w, forbid_overwrite=True)
    part = upload.part(1, b"x")
    w.put("big", b"first")

    assert "FileAlreadyExists" == code(upload.complete((1, part)))
    assert b"first" == w.send("GET", w.get_url("big").url).get_data()


@pytest.mark.parametrize("number", [0, 10_001, "1x", "\u0661"])
def test_a_part_has_a_number_from_1_to_10000(w: World, number: Any) -> None:
    upload = Multipart(w)
    request = oss.UploadPartRequest(
        bucket=BUCKET, key="big", upload_id=upload.upload_id, part_number=str(number)
    )

    assert "InvalidArgument" == code(w.send("PUT", w.url(request).url, body=b"x"))


def test_an_upload_that_ended_leaves_no_bytes(w: World, tmp_path: Path) -> None:
    upload = Multipart(w)
    upload.part(1, b"x")
    kept = len(list((tmp_path / "blobs").iterdir()))
    request = oss.AbortMultipartUploadRequest(bucket=BUCKET, key="big", upload_id=upload.upload_id)

    assert 204 == w.send("DELETE", w.url(request).url).status_code
    assert "" == upload.part(1, b"late")
    assert (1, []) == (kept, list((tmp_path / "blobs").iterdir()))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)


def test_a_part_that_arrives_after_the_abort_is_not_kept(w: World, tmp_path: Path) -> None:
    upload = Multipart(w)
    part = w.url(oss.UploadPartRequest(bucket=BUCKET, key="big", upload_id=upload.upload_id, part_number=1))
    gone = w.url(oss.AbortMultipartUploadRequest(bucket=BUCKET, key="big", upload_id=upload.upload_id))

    def body() -> Iterator[bytes]:
        yield b"x" * 300_000
        wait_until(lambda: any((tmp_path / "blobs").iterdir()))
        w.send("DELETE", gone.url)
        yield b"y"

    with serve(w.emulator) as host:
        split = urlsplit(part.url)
        connection = HTTPConnection(host)
        connection.request("PUT", f"{split.path}?{split.query}", body=body(), encode_chunked=True)
        refused = connection.getresponse()

    assert (404, []) == (refused.status, list((tmp_path / "blobs").iterdir()))


def test_lists_of_parts_and_uploads_page(served: Any, w: World) -> None:
    uploads = [Multipart(w, key) for key in ("b +\u4e2d", "a", "a")]
    for number in (3, 1, 2):
        uploads[0].part(number, b"x")
    listed = [
        (upload.key, upload.upload_id)
        for page in served.list_multipart_uploads_paginator().iter_page(
            oss.ListMultipartUploadsRequest(bucket=BUCKET, max_uploads=1)
        )
        for upload in page.uploads
    ]
    named = {"bucket": BUCKET, "key": uploads[0].key, "upload_id": uploads[0].upload_id}
    pages = served.list_parts_paginator().iter_page(oss.ListPartsRequest(**named, max_parts=2))

    assert sorted((upload.key, upload.upload_id) for upload in uploads) == listed
    assert [[1, 2], [3]] == [[part.part_number for part in page.parts] for page in pages]


def test_an_upload_begins_and_completes_only_where_nothing_is_lost(w: World) -> None:
    w.put("big")
    made = w.url(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="big", forbid_overwrite=True))
    begun = w.send("POST", made.url, headers=made.signed_headers)
    upload = Multipart(w)

    assert "FileAlreadyExists" == code(begun)
    assert "MalformedXML" == code(upload.complete(("one", "x")))  # type: ignore[arg-type]  # a wrong number


def complete_all(w: World, upload: Multipart, *, asked: str = "yes", body: bytes = b"") -> Response:
    request = oss.CompleteMultipartUploadRequest(
        bucket=BUCKET, key="big", upload_id=upload.upload_id, complete_all=asked
    )
    made = w.url(request)
    return w.send("POST", made.url, headers=made.signed_headers, body=body)


def test_every_part_that_is_there_makes_the_object(w: World) -> None:
    upload = Multipart(w)
    nothing = complete_all(w, upload)
    for number, letter in ((5, b"c"), (1, b"a"), (3, b"b")):
        upload.part(number, letter * 102_400)
    odd = complete_all(w, upload, asked="maybe")
    both = complete_all(w, upload, body=b"<CompleteMultipartUpload/>")
    done = complete_all(w, upload)

    assert ("InvalidPart", "InvalidArgument") == (code(nothing), code(odd))
    assert ("InvalidArgument", "0042-00000216") == (code(both), element(both, "EC"))
    assert element(done, "ETag").endswith('-3"')
    assert (
        b"".join(each * 102_400 for each in (b"a", b"b", b"c"))
        == w.send("GET", w.get_url("big").url).get_data()
    )


def test_a_marker_of_uploads_needs_its_key(served: Any, w: World) -> None:
    Multipart(w)
    with pytest.raises(oss.exceptions.OperationError) as refusal:
        served.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=BUCKET, upload_id_marker="x"))
    cause: Any = refusal.value.unwrap()

    assert "InvalidArgument" == cause.code
