"""CopyObject, UploadPartCopy and AppendObject: at the wire, by official SDKs, and held to permissions."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import pytest

from oss_emulator.inprocess import bridged
from oss_emulator.server import serve
from tests.unit.emulator.oss_world import BUCKET, World, world

PNG = {"content_type": "image/png", "metadata": {"album": "cats"}, "tagging": "a=b"}


@pytest.fixture
def w(tmp_path: Any) -> Iterator[World]:
    made = world(tmp_path)
    with bridged(made.emulator):
        made.sdk().put_object(
            oss.PutObjectRequest(bucket=BUCKET, key="from + 猫.png", body=b"0123456789", **PNG)
        )
        yield made


def copy(w: World, *, principal: Any = None, key: str = "to.png", **fields: Any) -> Any:
    asked: dict[str, Any] = {"bucket": BUCKET, "key": key, "source_key": "from + 猫.png", **fields}
    return w.sdk(principal).copy_object(oss.CopyObjectRequest(**asked))


def head(w: World, key: str) -> Any:
    return w.sdk().head_object(oss.HeadObjectRequest(bucket=BUCKET, key=key))


def body(w: World, key: str) -> bytes:
    return bytes(w.sdk().get_object(oss.GetObjectRequest(bucket=BUCKET, key=key)).body.content)


def refused(call: Any) -> tuple[int, str]:
    with pytest.raises(oss.exceptions.OperationError) as said:
        call()
    error = said.value.unwrap()
    return error.status_code, error.code


def test_a_copy_has_bytes_headers_and_tags_of_its_source(w: World) -> None:
    made = copy(w)
    seen = head(w, "to.png")
    tags = w.sdk().get_object_tagging(oss.GetObjectTaggingRequest(bucket=BUCKET, key="to.png"))

    assert b"0123456789" == body(w, "to.png")
    assert (made.etag, "image/png", {"album": "cats"}) == (seen.etag, seen.content_type, dict(seen.metadata))
    assert [("a", "b")] == [(tag.key, tag.value) for tag in tags.tag_set.tags]


def test_a_copy_has_other_headers_where_they_are_to_replace(w: World) -> None:
    copy(w, metadata_directive="REPLACE", content_type="text/plain", metadata={"x": "y"})
    seen = head(w, "to.png")

    assert ("text/plain", {"x": "y"}) == (seen.content_type, dict(seen.metadata))


def test_a_copy_comes_from_another_bucket(w: World) -> None:
    w.cloud.create_bucket("other-bucket")
    w.sdk().put_object(oss.PutObjectRequest(bucket="other-bucket", key="a", body=b"there"))
    copy(w, source_bucket="other-bucket", source_key="a")

    assert b"there" == body(w, "to.png")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"source_key": "none"}, (404, "NoSuchKey")),
        ({"source_bucket": "no-such-bucket"}, (404, "NoSuchBucket")),
        ({"if_match": "x"}, (412, "PreconditionFailed")),
        ({"forbid_overwrite": True, "key": "from + 猫.png"}, (409, "FileAlreadyExists")),
        ({"metadata_directive": "MIX"}, (400, "InvalidArgument")),
    ],
)
def test_what_cannot_be_copied_is_refused(
    w: World, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert expected == refused(lambda: copy(w, **fields))


def only(*statements: tuple[str, str]) -> dict[str, Any]:
    rows = [
        {"Effect": "Allow", "Action": action, "Resource": f"acs:oss:*:*:{BUCKET}/{key}"}
        for action, key in statements
    ]
    return {"Version": "1", "Statement": rows}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([("oss:GetObject", "*"), ("oss:PutObject", "to.png")], False),
        ([("oss:PutObject", "to.png"), ("oss:*Tagging", "*")], False),
        ([("oss:GetObject", "*"), ("oss:*Tagging", "*")], False),
        ([("oss:GetObject", "*"), ("oss:PutObject", "to.png"), ("oss:*Tagging", "*")], True),
    ],
)
def test_a_copy_needs_to_read_the_one_and_write_the_other(
    w: World, statements: list[tuple[str, str]], allowed: bool
) -> None:
    user = w.cloud.identities.add_user("copier", policies=[only(*statements)])
    if allowed:
        assert 200 == copy(w, principal=user).status_code
    else:
        assert (403, "AccessDenied") == refused(lambda: copy(w, principal=user))


def test_a_part_is_a_range_of_an_object(w: World) -> None:
    client = w.sdk()
    begun = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="joined"))

    def part(number: int, **fields: Any) -> Any:
        return client.upload_part_copy(
            oss.UploadPartCopyRequest(
                bucket=BUCKET,
                key="joined",
                upload_id=begun.upload_id,
                part_number=number,
                source_key="from + 猫.png",
                **fields,
            )
        )

    made = part(1, source_range="bytes=2-5")
    beyond = refused(lambda: part(2, source_range="bytes=2-10"))
    parts = oss.CompleteMultipartUpload(parts=[oss.UploadPart(part_number=1, etag=made.etag)])
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=BUCKET, key="joined", upload_id=begun.upload_id, complete_multipart_upload=parts
        )
    )

    assert b"2345" == body(w, "joined")
    assert 416 == beyond[0]


def append(w: World, position: int, content: bytes, key: str = "log.txt", **fields: Any) -> Any:
    return w.sdk().append_object(
        oss.AppendObjectRequest(bucket=BUCKET, key=key, position=position, body=content, **fields)
    )


def test_an_object_grows_at_its_end(w: World) -> None:
    first = append(w, 0, b"one,", content_type="text/csv")
    second = append(w, first.next_position, b"two", content_type="text/plain")
    seen = head(w, "log.txt")

    assert (4, 7) == (first.next_position, second.next_position)
    assert b"one,two" == body(w, "log.txt")
    assert ("Appendable", "text/csv", second.hash_crc64) == (
        seen.object_type,
        seen.content_type,
        seen.hash_crc64,
    )


def test_where_it_does_not_end_nothing_is_added(w: World) -> None:
    append(w, 0, b"one,")

    assert (409, "PositionNotEqualToLength") == refused(lambda: append(w, 3, b"x"))
    assert (409, "ObjectNotAppendable") == refused(lambda: append(w, 10, b"x", key="from + 猫.png"))
    assert b"one," == body(w, "log.txt")


def test_oss2_copies_and_appends(w: World) -> None:
    with serve(w.emulator) as address:
        auth = oss2.AuthV4(w.user.access_key_id, w.user.access_key_secret)
        bucket = oss2.Bucket(auth, f"http://{address}", BUCKET, region="cn-hangzhou", is_path_style=True)
        bucket.copy_object(BUCKET, "from + 猫.png", "copied")
        grown = bucket.append_object("log", 0, b"a")
        bucket.append_object("log", grown.next_position, b"b")

        assert (b"0123456789", b"ab") == (bucket.get_object("copied").read(), bucket.get_object("log").read())


def test_a_source_that_is_overwritten_meanwhile_is_copied_as_it_was_or_is(tmp_path: Path) -> None:
    w = world(tmp_path)
    texts = [bytes([letter]) * 1000 for letter in b"abc"]
    w.put("source", texts[0])
    made = w.put_url("to", headers={"x-oss-copy-source": f"/{BUCKET}/source"})
    put = w.put_url("source")

    def asks(number: int) -> bool:
        if number % 2:
            return (
                w.send("PUT", put.url, headers=put.signed_headers, body=texts[number % 3]).status_code == 200
            )
        answer = w.send("PUT", made.url, headers=made.signed_headers)
        return answer.status_code == 200 and w.send("GET", w.get_url("to").url).get_data() in texts

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(asks, range(400)))

    assert all(answers)
