from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
import pytest
import requests

from oss_emulator.app import Emulator
from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import bridged
from oss_emulator.server import serve
from oss_emulator.store.storage import CHUNK_BYTES
from tests.unit.emulator.oss_world import (
    BUCKET,
    EVERYTHING,
    HOST,
    MIB,
    STREAMING_PEAK_BYTES,
    World,
    code,
    element,
    world,
)

KIB_64 = 64 * 1024


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture
def served(w: World) -> Iterator[Any]:
    """An official client that talks to the emulator over a socket."""
    with serve(w.emulator) as host:
        yield w.sdk(host=f"http://{host}")


def test_an_object_keeps_what_came_with_it(w: World) -> None:
    made = w.put_url(
        content_type="text/plain", metadata={"owner": "alice"}, storage_class="IA", tagging="a=1&b=2"
    )
    unsigned = {"Cache-Control": "no-cache", "Content-Disposition": "inline"}
    answer = w.send("PUT", made.url, headers={**made.signed_headers, **unsigned}, body=b"hello")
    got = w.send("GET", w.get_url().url)

    assert ('"5D41402ABC4B2A76B9719D911017C592"', "11177612005948864433") == (
        answer.headers["ETag"],
        answer.headers["x-oss-hash-crc64ecma"],
    )
    assert {
        "content-type": "text/plain",
        "cache-control": "no-cache",
        "content-disposition": "inline",
        "x-oss-meta-owner": "alice",
        "x-oss-storage-class": "IA",
        "x-oss-tagging-count": "2",
        "x-oss-object-type": "Normal",
    }.items() <= {name.lower(): value for name, value in got.headers}.items()


@pytest.mark.parametrize(
    ("fields", "body", "expected"),
    [
        ({"content_md5": "XUFAKrxLKna5cZ2REBfFkg=="}, b"hello", "OK"),
        (
            {"content_md5": "AAAAAAAAAAAAAAAAAAAAAA=="},
            b"hello",
            "InvalidDigest",
        ),
        ({"storage_class": "Cheap"}, b"", "InvalidArgument"),
        ({"tagging": "a"}, b"", "InvalidTag"),
        ({"tagging": "&".join(f"k{n}=v" for n in range(11))}, b"", "InvalidTag"),
        ({"metadata": {"a": "x" * 9000}}, b"", "InvalidArgument"),
    ],
)
def test_what_a_put_says_is_checked(w: World, fields: dict[str, Any], body: bytes, expected: str) -> None:
    assert expected == code(w.put(body=body, **fields))


@pytest.mark.parametrize("key", ["/a", "\\a", "k" * 1024])
def test_a_name_that_oss_refuses_is_refused(w: World, key: str) -> None:
    assert "InvalidObjectName" == code(w.put(key))


def test_an_overwrite_can_be_forbidden(w: World) -> None:
    assert "OK" == code(w.put(forbid_overwrite=True))
    assert (409, "FileAlreadyExists") == (
        w.put(forbid_overwrite=True).status_code,
        code(w.put(forbid_overwrite=True)),
    )
    assert b"hello" == w.send("GET", w.get_url().url).get_data()
    assert "OK" == code(w.put(body=b"new"))


def test_one_of_many_writers_wins_when_overwriting_is_forbidden(w: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda n: code(w.put(body=bytes([n]), forbid_overwrite=True)), range(16)))

    assert ["FileAlreadyExists"] * 15 + ["OK"] == sorted(codes)


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-1", 206, b"he", "bytes 0-1/5"),
        ("bytes=3-", 206, b"lo", "bytes 3-4/5"),
        ("bytes=-2", 206, b"lo", "bytes 3-4/5"),
        ("bytes=0-99", 200, b"hello", None),
        ("bytes=-99", 200, b"hello", None),
        ("bytes=5-", 200, b"hello", None),
        ("bytes=4-1", 200, b"hello", None),
        ("bytes=0-1,3-4", 200, b"hello", None),
        ("lines=1", 200, b"hello", None),
    ],
)
def test_a_range_is_served_unless_it_leaves_the_object(
    w: World, asked: str, status: int, body: bytes, content_range: str | None
) -> None:
    w.put()
    answer = w.send("GET", w.get_url().url, headers={"Range": asked})

    assert (status, content_range, body) == (
        answer.status_code,
        answer.headers.get("Content-Range"),
        answer.get_data(),
    )


@pytest.mark.parametrize(
    ("asked", "status", "content_range"),
    [
        ("bytes=0-99", 206, "bytes 0-4/5"),
        ("bytes=-99", 206, "bytes 0-4/5"),
        ("bytes=4-4", 206, "bytes 4-4/5"),
        ("bytes=5-", 416, None),
        ("bytes=5-9", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_a_range_can_be_asked_for_as_the_standard_says(
    w: World, asked: str, status: int, content_range: str | None
) -> None:
    w.put()
    made = w.get_url(range_behavior="standard")
    answer = w.send("GET", made.url, headers={**made.signed_headers, "Range": asked})

    assert (status, content_range) == (answer.status_code, answer.headers.get("Content-Range"))


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If-Match", '"5D41402ABC4B2A76B9719D911017C592"', 200),
        ("If-Match", '"0"', 412),
        ("If-None-Match", '"5D41402ABC4B2A76B9719D911017C592"', 304),
        ("If-None-Match", '"0"', 200),
        ("If-Modified-Since", "Wed, 01 Jan 2020 00:00:00 GMT", 200),
        ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("If-Unmodified-Since", "Wed, 01 Jan 2020 00:00:00 GMT", 412),
        ("If-Unmodified-Since", "soon", 200),
    ],
)
def test_conditions_are_heeded(w: World, header: str, value: str, status: int) -> None:
    w.put()

    assert status == w.send("GET", w.get_url().url, headers={header: value}).status_code


def test_a_head_has_no_body(w: World) -> None:
    w.put()
    head = w.send("HEAD", w.url(oss.HeadObjectRequest(bucket=BUCKET, key="a.txt")).url)

    assert (200, "5", b"") == (head.status_code, head.headers["Content-Length"], head.get_data())


def test_the_official_client_walks_every_operation(served: Any, w: World) -> None:
    put = served.put_object(oss.PutObjectRequest(bucket=BUCKET, key="dir/a b.txt", body=b"hello"))
    got = served.get_object(oss.GetObjectRequest(bucket=BUCKET, key="dir/a b.txt"))
    head = served.head_object(oss.HeadObjectRequest(bucket=BUCKET, key="dir/a b.txt"))
    served.put_object_tagging(
        oss.PutObjectTaggingRequest(
            bucket=BUCKET,
            key="dir/a b.txt",
            tagging=oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="a", value="1")])),
        )
    )
    tags = served.get_object_tagging(oss.GetObjectTaggingRequest(bucket=BUCKET, key="dir/a b.txt"))
    served.delete_object_tagging(oss.DeleteObjectTaggingRequest(bucket=BUCKET, key="dir/a b.txt"))

    assert (200, b"hello", 5) == (put.status_code, got.body.content, head.content_length)
    assert [("a", "1")] == [(tag.key, tag.value) for tag in tags.tag_set.tags]
    assert served.is_object_exist(BUCKET, "dir/a b.txt")
    assert 204 == served.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key="dir/a b.txt")).status_code
    assert not served.is_object_exist(BUCKET, "dir/a b.txt")
    assert {"PutObject", "GetObject", "HeadObject", "DeleteObject", "GetObjectMeta"} <= {
        e.operation for e in w.cloud.log
    }


def test_the_official_client_deletes_many(served: Any) -> None:
    for key in ("a", "b&<>"):
        served.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=b"x"))
    objects = [oss.DeleteObject(key="a"), oss.DeleteObject(key="b&<>")]
    gone = served.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=objects))

    assert {"a", "b&<>"} == {entry.key for entry in gone.deleted_objects}


def test_listings_page_and_group(served: Any) -> None:
    for key in ("a", "b/1", "b/2", "c +\u4e2d", "d/1"):
        served.put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=b"x"))
    pages = list(
        served.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(bucket=BUCKET, max_keys=2))
    )
    grouped = served.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, delimiter="/"))
    old = served.list_objects(oss.ListObjectsRequest(bucket=BUCKET, prefix="b/", max_keys=1))

    assert [["a", "b/1"], ["b/2", "c +\u4e2d"], ["d/1"]] == [[o.key for o in page.contents] for page in pages]
    assert (["a", "c +\u4e2d"], ["b/", "d/"]) == (
        [o.key for o in grouped.contents],
        [p.prefix for p in grouped.common_prefixes],
    )
    assert (["b/1"], "b/1", True) == ([o.key for o in old.contents], old.next_marker, old.is_truncated)


def test_the_official_uploader_and_downloader_work(served: Any, tmp_path: Path) -> None:
    data = bytes(range(256)) * 4096 * 3
    uploader = served.uploader(part_size=MIB, parallel_num=3)
    result = uploader.upload_from(oss.PutObjectRequest(bucket=BUCKET, key="big"), reader=BytesIO(data))
    target = tmp_path / "back"
    served.downloader(part_size=MIB).download_file(
        oss.GetObjectRequest(bucket=BUCKET, key="big"), str(target)
    )

    assert result.etag.endswith('-3"')
    assert data == target.read_bytes()


def test_versions_are_kept_and_found(tmp_path: Path) -> None:
    w = world(tmp_path, versioned=True)
    first = w.put(body=b"one").headers["x-oss-version-id"]
    second = w.put(body=b"two").headers["x-oss-version-id"]
    with serve(w.emulator) as host:
        marker = w.sdk(host=f"http://{host}").delete_object(
            oss.DeleteObjectRequest(bucket=BUCKET, key="a.txt")
        )
    gone = w.send("GET", w.get_url().url)

    assert [b"one", b"two"] == [
        w.send("GET", w.get_url(version_id=v).url).get_data() for v in (first, second)
    ]
    assert (True, 404, "true") == (
        marker.delete_marker,
        gone.status_code,
        gone.headers["x-oss-delete-marker"],
    )
    assert "NoSuchVersion" == code(w.send("GET", w.get_url(version_id="CAEQnothing").url))


def test_versions_keep_their_order_over_a_restart(tmp_path: Path) -> None:
    w = world(tmp_path, versioned=True)
    for number in range(20):
        w.put(body=b"%d" % number)
    after = world(tmp_path, versioned=True)
    newest = after.send("GET", after.get_url().url).get_data()
    after.put(body=b"new")

    assert b"19" == newest
    assert b"new" == after.send("GET", after.get_url().url).get_data()


def test_an_object_that_is_replaced_while_it_is_read_is_read_to_its_end(w: World) -> None:
    body = b"a" * 3 * CHUNK_BYTES
    w.put(body=body)
    stored = w.bucket.current("a.txt")
    assert stored.blob is not None
    reading = iter(w.cloud.store.read(stored.blob))
    first = next(reading)
    w.put(body=b"new")

    assert body == first + b"".join(reading)


def test_readers_and_writers_never_see_half_an_object(w: World) -> None:
    w.put(body=b"0" * 1000)
    url = w.get_url().url
    with ThreadPoolExecutor(8) as pool:
        for n in range(8):
            pool.submit(lambda n=n: [w.put(body=b"%d" % n * 1000) for _ in range(5)])
        read = list(pool.map(lambda _: w.send("GET", url).get_data(), range(60)))

    assert [1000] * 60 == [len(body) for body in read]
    assert {1} == {len(set(body)) for body in read}


def test_a_chunked_body_is_stored(w: World) -> None:
    made = w.put_url()
    split = urlsplit(made.url)
    with serve(w.emulator) as host:
        connection = HTTPConnection(host)
        pieces = iter([b"hel", b"lo"])
        connection.request(
            "PUT", f"{split.path}?{split.query}", body=pieces, headers=dict(made.signed_headers)
        )
        status = connection.getresponse().status

    assert (200, b"hello") == (status, w.send("GET", w.get_url().url).get_data())


def test_an_upload_that_breaks_off_leaves_nothing(w: World, tmp_path: Path) -> None:
    split = urlsplit(w.put_url().url)
    with serve(w.emulator) as host:
        name, _, port = host.partition(":")
        with socket.create_connection((name, int(port)), timeout=5) as connection:
            head = f"PUT {split.path}?{split.query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n"
            connection.sendall(head.encode() + b"only this")
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").read()

    assert b"IncompleteBody" in answer
    assert [] == list((tmp_path / "blobs").iterdir())
    assert "NoSuchKey" == code(w.send("GET", w.get_url().url))


def test_what_was_acknowledged_survives_a_restart(tmp_path: Path) -> None:
    before = world(tmp_path)
    before.put("kept", b"bytes")
    begun = before.send(
        "POST", before.url(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="parts")).url
    )
    upload_id = element(begun, "UploadId")
    first = before.url(oss.UploadPartRequest(bucket=BUCKET, key="parts", upload_id=upload_id, part_number=1))
    etag = before.send("PUT", first.url, body=b"p" * 200_000).headers["ETag"]

    after = world(tmp_path)
    made = after.url(oss.CompleteMultipartUploadRequest(bucket=BUCKET, key="parts", upload_id=upload_id))
    body = f"<C><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></C>".encode()

    assert b"bytes" == after.send("GET", after.get_url("kept").url).get_data()
    assert "OK" == code(after.send("POST", made.url, headers=made.signed_headers, body=body))
    assert b"p" * 200_000 == after.send("GET", after.get_url("parts").url).get_data()


def test_a_big_object_does_not_need_its_size_in_memory(w: World) -> None:
    chunk, count = b"\x5a" * KIB_64, 1024
    with serve(w.emulator) as host:
        made = w.sdk(host=f"http://{host}").presign(oss.PutObjectRequest(bucket=BUCKET, key="big"))
        url = w.sdk(host=f"http://{host}").presign(oss.GetObjectRequest(bucket=BUCKET, key="big")).url
        tracemalloc.start()
        put = requests.put(made.url, data=_Sized(chunk, count), headers=made.signed_headers, timeout=60)
        with requests.get(url, stream=True, timeout=60) as got:
            size = sum(len(piece) for piece in got.iter_content(KIB_64))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert (200, count * KIB_64) == (put.status_code, size)
    assert STREAMING_PEAK_BYTES > peak  # of both sides together


class _Sized:
    """A body of a known length that is made while it is sent."""

    def __init__(self, chunk: bytes, count: int) -> None:
        self._chunk, self._count = chunk, count

    def __len__(self) -> int:
        return len(self._chunk) * self._count

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._count):
            yield self._chunk


def test_no_bucket_and_no_name(w: World) -> None:
    missing = w.url(oss.GetObjectRequest(bucket="nothing-here", key="a")).url

    assert "NoSuchBucket" == code(w.send("GET", missing))
    assert "InvalidBucketName" == code(w.send("GET", f"{HOST}/No_Bucket/a"))


def test_what_is_not_known_is_said_loudly(served: Any) -> None:
    for call in (
        lambda: served.get_bucket_website(oss.GetBucketWebsiteRequest(bucket=BUCKET)),
        lambda: served.restore_object(oss.RestoreObjectRequest(bucket=BUCKET, key="a")),
        lambda: served.describe_regions(oss.DescribeRegionsRequest()),
    ):
        with pytest.raises(oss.exceptions.OperationError) as refusal:
            call()
        cause: Any = refusal.value.unwrap()

        assert (501, "NotImplemented") == (cause.status_code, cause.code)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-oss-server-side-encryption": "AES256"},
        {"x-oss-unheard-of": "1"},
    ],
)
def test_a_header_that_is_not_known_is_refused(w: World, headers: dict[str, str]) -> None:
    made = w.put_url(headers=headers)

    assert "NotImplemented" == code(w.send("PUT", made.url, headers=made.signed_headers, body=b"x"))


@pytest.mark.parametrize(
    "parameters", [{"x-oss-ac-source-ip": "127.0.0.1"}, {"x-oss-async-process": "a"}, {"restore": ""}]
)
def test_a_parameter_that_is_not_known_is_refused(w: World, parameters: dict[str, str]) -> None:
    w.put()

    assert "NotImplemented" == code(w.send("GET", w.get_url(parameters=parameters).url))


def test_policies_decide_for_every_operation(w: World) -> None:
    reader = w.cloud.identities.add_user(
        "reader",
        policies=[
            {
                "Version": "1",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "oss:GetObject",
                        "Resource": f"acs:oss:*:*:{BUCKET}/public/*",
                    },
                    {"Effect": "Deny", "Action": "oss:*", "Resource": f"acs:oss:*:*:{BUCKET}/public/secret*"},
                ],
            }
        ],
    )
    for key in ("public/a", "public/secret.txt", "other"):
        w.put(key)
    answers = {
        key: w.send("GET", w.url(oss.GetObjectRequest(bucket=BUCKET, key=key), principal=reader).url)
        for key in ("public/a", "public/secret.txt", "other")
    }
    put = w.url(oss.PutObjectRequest(bucket=BUCKET, key="public/b"), principal=reader)

    assert [("OK", ""), ("AccessDenied", "ExplicitDeny"), ("AccessDenied", "ImplicitDeny")] == [
        (code(answer), element(answer, "NoPermissionType")) for answer in answers.values()
    ]
    assert "oss:PutObject" == element(w.send("PUT", put.url, headers=put.signed_headers), "AuthAction")


def test_plain_http_is_not_secure_transport(w: World) -> None:
    secure = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "oss:*",
                "Resource": "*",
                "Condition": {"Bool": {"acs:SecureTransport": "true"}},
            }
        ],
    }
    careful = w.cloud.identities.add_user("careful", policies=[secure])
    w.put()
    url = w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"), principal=careful).url

    assert "AccessDenied" == code(w.send("GET", url))
    assert "OK" == code(w.send("GET", url.replace("http://", "https://")))
    w.cloud.treat_loopback_as_secure = True
    assert "OK" == code(w.send("GET", url))


def test_the_bridge_answers_clients_of_requests(tmp_path: Path) -> None:
    cloud = Cloud(folder=tmp_path)
    cloud.create_bucket(BUCKET)
    user = cloud.identities.add_user("somebody", policies=[EVERYTHING])
    w = World(cloud=cloud, emulator=Emulator(cloud), bucket=cloud.bucket(BUCKET), user=user)
    with bridged(w.emulator):
        client = w.sdk(host="https://oss-cn-hangzhou.aliyuncs.com")
        client.put_object(oss.PutObjectRequest(bucket=BUCKET, key="a", body=b"bridged"))

        assert b"bridged" == client.get_object(oss.GetObjectRequest(bucket=BUCKET, key="a")).body.content


def test_headers_of_any_script_come_back(w: World) -> None:
    made = w.put_url(metadata={"name": "\u6587"})
    url = w.get_url(response_content_disposition='attachment; filename="\u6587.txt"').url
    with serve(w.emulator) as host:
        base = f"http://{host}"
        headers = {name: value.encode() for name, value in made.signed_headers.items()}
        put = requests.put(made.url.replace(HOST, base), headers=headers, data=b"x", timeout=9)
        got = requests.get(url.replace(HOST, base), timeout=9)
    told = {name: value.encode("latin-1").decode() for name, value in got.headers.items()}

    assert (200, 200) == (put.status_code, got.status_code)
    assert ("\u6587", 'attachment; filename="\u6587.txt"') == (
        told["x-oss-meta-name"],
        told["content-disposition"],
    )


def test_an_override_cannot_break_the_headers_of_an_answer(w: World) -> None:
    w.put()

    assert "InvalidArgument" == code(
        w.send("GET", w.get_url(response_content_language="a\r\nSet-Cookie: b").url)
    )


@pytest.mark.parametrize("is_open", [False, True])
def test_no_download_asks_for_another_type_than_was_stored(w: World, is_open: bool) -> None:
    w.put()
    w.cloud.type_overrides_open = is_open
    answer = w.send("GET", w.get_url(response_content_type="text/plain").url)

    assert (200 if is_open else 400) == answer.status_code
    assert (None if is_open else "0017-00000902") == answer.headers.get("x-oss-ec")


def test_one_version_can_be_deleted_for_good(tmp_path: Path) -> None:
    w = world(tmp_path, versioned=True)
    first, second = (w.put(body=body).headers["x-oss-version-id"] for body in (b"one", b"two"))
    with serve(w.emulator) as host:
        client = w.sdk(host=f"http://{host}")
        client.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key="a.txt", version_id=second))
        newest = w.send("GET", w.get_url().url).get_data()
        client.delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key="a.txt", version_id=first))

    assert b"one" == newest
    assert "NoSuchKey" == code(w.send("GET", w.get_url().url))
    assert [] == list((tmp_path / "blobs").iterdir())


def test_a_delete_of_many_names_some(served: Any) -> None:
    with pytest.raises(oss.exceptions.OperationError) as refusal:
        served.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=[]))
    cause: Any = refusal.value.unwrap()

    assert "MalformedXML" == cause.code


def test_what_cannot_be_read_is_refused(w: World) -> None:
    odd = w.put_url(headers={"x-oss-forbid-overwrite": "maybe"})

    assert "InvalidObjectName" == code(w.send("GET", f"{HOST}/{BUCKET}/%ff"))
    assert "InvalidArgument" == code(w.send("PUT", odd.url, headers=odd.signed_headers))


@pytest.mark.parametrize(
    "fields",
    [{"continuation_token": "\u00e9"}, {"encoding_type": "gzip"}, {"max_keys": 1001}, {"max_keys": "x"}],
)
def test_a_listing_is_asked_for_correctly(served: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(oss.exceptions.OperationError) as refusal:
        served.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, **fields))
    cause: Any = refusal.value.unwrap()

    assert "InvalidArgument" == cause.code


def test_a_body_without_an_end_is_refused(w: World) -> None:
    split = urlsplit(w.put_url().url)
    with serve(w.emulator) as host:
        connection = HTTPConnection(host)
        connection.putrequest("PUT", f"{split.path}?{split.query}", skip_host=True)
        connection.putheader("Host", "localhost")
        connection.endheaders()
        answer = connection.getresponse()

    assert (411, True) == (answer.status, b"MissingContentLength" in answer.read())


@pytest.mark.parametrize("storage_class", ["Archive", "ColdArchive", "DeepColdArchive"])
def test_what_lies_in_an_archive_is_not_read_or_copied_before_it_is_restored(
    w: World, storage_class: str
) -> None:
    w.put(storage_class=storage_class)
    w.bucket.set(storage_class=storage_class)
    w.put("b.txt")
    source = {"x-oss-copy-source": f"/{BUCKET}/a.txt"}
    copy = w.put_url("c.txt", headers=source)
    with bridged(w.emulator):
        w.sdk().put_symlink(oss.PutSymlinkRequest(bucket=BUCKET, key="link", symlink_target="a.txt"))
        head = w.sdk().head_object(oss.HeadObjectRequest(bucket=BUCKET, key="a.txt"))

    assert (storage_class, 5) == (head.storage_class, head.content_length)
    assert ["InvalidObjectState"] * 3 == [
        code(w.send("GET", w.get_url(key).url)) for key in ("a.txt", "b.txt", "link")
    ]
    assert "InvalidObjectState" == code(w.send("PUT", copy.url, headers=copy.signed_headers))
