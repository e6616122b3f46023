from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest
import requests

from tests.emulator.app import Emulator
from tests.emulator.buckets import CorsRule
from tests.emulator.cloud import Cloud
from tests.emulator.inprocess import bridged
from tests.emulator.server import serve
from tests.unit.emulator.oss_world import BUCKET, EVERYTHING, HOST, World, code, element, world

MIB = 1024 * 1024


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
        ("bytes=0-99", 206, b"hello", "bytes 0-4/5"),
        ("bytes=5-", 416, None, None),
        ("lines=1", 200, b"hello", None),
    ],
)
def test_a_range_is_served(
    w: World, asked: str, status: int, body: bytes | None, content_range: str | None
) -> None:
    w.put()
    answer = w.send("GET", w.get_url().url, headers={"Range": asked})

    assert (status, content_range) == (answer.status_code, answer.headers.get("Content-Range"))
    assert body is None or body == answer.get_data()


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


class Multipart:
    """One upload, part by part."""

    def __init__(self, w: World, key: str = "big") -> None:
        self.w, self.key = w, key
        begun = w.send("POST", w.url(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key=key)).url)
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


def test_a_big_object_does_not_need_its_size_in_memory(w: World) -> None:
    chunk, count = b"\x5a" * MIB, 64
    with serve(w.emulator) as host:
        made = w.sdk(host=f"http://{host}").presign(oss.PutObjectRequest(bucket=BUCKET, key="big"))
        url = w.sdk(host=f"http://{host}").presign(oss.GetObjectRequest(bucket=BUCKET, key="big")).url
        tracemalloc.start()
        put = requests.put(made.url, data=_Sized(chunk, count), headers=made.signed_headers, timeout=60)
        with requests.get(url, stream=True, timeout=60) as got:
            size = sum(len(piece) for piece in got.iter_content(MIB))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert (200, count * MIB) == (put.status_code, size)
    assert 16 * MIB > peak  # of both sides together


class _Sized:
    """A body of a known length that is made while it is sent."""

    def __init__(self, chunk: bytes, count: int) -> None:
        self._chunk, self._count = chunk, count

    def __len__(self) -> int:
        return len(self._chunk) * self._count

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._count):
            yield self._chunk


CORS = (
    CorsRule(
        origins=["https://*.example.com"],
        methods=["PUT"],
        headers=["content-type", "x-oss-*"],
        expose=["ETag"],
    ),
)


@pytest.mark.parametrize(
    ("origin", "method", "headers", "status"),
    [
        ("https://app.example.com", "PUT", "content-type, x-oss-meta-a", 200),
        ("https://app.example.com", "PUT", "", 200),
        ("https://app.example.com", "PUT", "authorization", 403),
        ("https://app.example.com", "DELETE", "", 403),
        ("https://evil.example", "PUT", "", 403),
        ("", "PUT", "", 400),
    ],
)
def test_a_preflight_is_answered_by_the_rules(
    tmp_path: Path, origin: str, method: str, headers: str, status: int
) -> None:
    w = world(tmp_path, cors=CORS)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    answer = w.send("OPTIONS", f"{HOST}/{BUCKET}/a", headers={n: v for n, v in asked.items() if v})

    assert status == answer.status_code
    assert (origin if status == 200 else None) == answer.headers.get("Access-Control-Allow-Origin")


def test_an_answer_can_be_read_by_an_allowed_page(tmp_path: Path) -> None:
    w = world(tmp_path, cors=CORS)
    made = w.put_url()
    headers = {**made.signed_headers, "Origin": "https://app.example.com"}

    assert (
        "ETag" == w.send("PUT", made.url, headers=headers, body=b"x").headers["Access-Control-Expose-Headers"]
    )


def test_hosts_lead_to_buckets(w: World) -> None:
    w.put()
    w.cloud.custom_domains["img.example.com"] = BUCKET
    path = w.get_url().url.partition(f"/{BUCKET}")[2]
    hosts = [
        f"http://{BUCKET}.localhost",
        f"http://{BUCKET}.oss.localhost:9001",
        f"https://{BUCKET}.oss-cn-hangzhou.aliyuncs.com",
        f"https://{BUCKET}.oss-cn-hangzhou-internal.aliyuncs.com",
        f"https://{BUCKET}.cn-hangzhou.oss.aliyuncs.com",
        f"https://{BUCKET}.oss-accelerate.aliyuncs.com",
        "https://img.example.com",
        f"http://127.0.0.1:9001/{BUCKET}",
        f"http://[::1]:9001/{BUCKET}",
        f"https://oss-cn-hangzhou.aliyuncs.com/{BUCKET}",
    ]

    assert [b"hello"] * len(hosts) == [w.send("GET", host + path).get_data() for host in hosts]


def test_no_bucket_and_no_name(w: World) -> None:
    missing = w.url(oss.GetObjectRequest(bucket="nothing-here", key="a")).url

    assert "NoSuchBucket" == code(w.send("GET", missing))
    assert "InvalidBucketName" == code(w.send("GET", f"{HOST}/No_Bucket/a"))


def test_what_is_not_known_is_said_loudly(served: Any) -> None:
    for call in (
        lambda: served.get_object_acl(oss.GetObjectAclRequest(bucket=BUCKET, key="a")),
        lambda: served.get_bucket_info(oss.GetBucketInfoRequest(bucket=BUCKET)),
        lambda: served.append_object(oss.AppendObjectRequest(bucket=BUCKET, key="a", position=0, body=b"x")),
        lambda: served.restore_object(oss.RestoreObjectRequest(bucket=BUCKET, key="a")),
        lambda: served.copy_object(oss.CopyObjectRequest(bucket=BUCKET, key="b", source_key="a")),
        lambda: served.list_buckets(oss.ListBucketsRequest()),
    ):
        with pytest.raises(oss.exceptions.OperationError) as refusal:
            call()
        cause: Any = refusal.value.unwrap()

        assert (501, "NotImplemented") == (cause.status_code, cause.code)


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
