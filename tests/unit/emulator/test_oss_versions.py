"""Versions: kept, suspended, listed, deleted; appended to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.inprocess import bridged
from tests.unit.emulator.oss_world import BUCKET, HOST, World, code, world
from tests.unit.emulator.test_oss_copies import body, refused


@pytest.fixture
def w(tmp_path: Path) -> Iterator[World]:
    made = world(tmp_path, versioned=True)
    with bridged(made.emulator):
        yield made


def suspend(w: World) -> None:
    status = oss.VersioningConfiguration(status="Suspended")
    w.sdk().put_bucket_versioning(
        oss.PutBucketVersioningRequest(bucket=BUCKET, versioning_configuration=status)
    )


def put(w: World, text: bytes, key: str = "a") -> str:
    return str(w.sdk().put_object(oss.PutObjectRequest(bucket=BUCKET, key=key, body=text)).version_id)


def delete(w: World, key: str = "a", **fields: Any) -> Any:
    return w.sdk().delete_object(oss.DeleteObjectRequest(bucket=BUCKET, key=key, **fields))


def listed(w: World, **fields: Any) -> Any:
    return w.sdk().list_object_versions(oss.ListObjectVersionsRequest(bucket=BUCKET, **fields))


def of_key(w: World, key: str = "a") -> list[tuple[str, bool]]:
    """Return id and whether it is a marker, oldest first, as the bucket holds them."""
    every = [version for version, _ in w.bucket.listed_versions() if version.key == key]
    return [(version.version_id, version.blob is None) for version in reversed(every)]


def test_a_suspended_bucket_has_one_null_version_and_keeps_the_others(w: World) -> None:
    first = put(w, b"1")
    suspend(w)
    second, third = put(w, b"2"), put(w, b"3")
    old = w.sdk().get_object(oss.GetObjectRequest(bucket=BUCKET, key="a", version_id=first))

    assert ("null", "null") == (second, third)
    assert [(first, False), ("null", False)] == of_key(w)
    assert (b"3", b"1") == (body(w, "a"), bytes(old.body.content))


def test_a_deletion_in_a_suspended_bucket_replaces_the_null_version(w: World) -> None:
    first = put(w, b"1")
    suspend(w)
    put(w, b"2")
    marker = delete(w)
    gone = refused(lambda: body(w, "a"))
    delete(w, version_id="null")

    assert (True, "null") == (marker.delete_marker, marker.version_id)
    assert (404, "NoSuchKey") == gone
    assert [(first, False)] == of_key(w)
    assert b"1" == body(w, "a")


def test_a_version_is_named_as_it_is_kept_and_not_as_its_upload_begins(tmp_path: Path) -> None:
    w = world(tmp_path)
    w.put("a", b"acknowledged")
    begun = replace(w.bucket.current("a"), blob=w.cloud.store.write([b"newer"]))
    w.bucket.set(versioning="Enabled")
    kept = w.bucket.put(begun, forbid_overwrite=False)

    assert kept.version_id.startswith("CAEQ")
    assert [("null", False), (kept.version_id, False)] == of_key(w)
    assert b"acknowledged" == w.send("GET", w.get_url("a", version_id="null").url).get_data()


def test_what_was_there_before_versions_were_kept_is_the_null_version(tmp_path: Path) -> None:
    w = world(tmp_path)
    w.put("a", b"old")
    w.bucket.set(versioning="Enabled")
    w.put("a", b"new")
    newest = w.bucket.current("a").version_id
    w.bucket.set(versioning="Suspended")
    w.put("a", b"null again")

    assert [(newest, False), ("null", False)] == of_key(w)
    assert of_key(w) == of_key(world(tmp_path))


def test_versions_are_listed_newest_first_with_markers(w: World) -> None:
    first, second, other = put(w, b"1"), put(w, b"22"), put(w, b"x", "b/c")
    marker = delete(w)
    answer = listed(w)

    assert [("a", second, False, 2), ("a", first, False, 1), ("b/c", other, True, 1)] == [
        (each.key, each.version_id, each.is_latest, each.size) for each in answer.version
    ]
    assert [("a", marker.version_id, True)] == [
        (each.key, each.version_id, each.is_latest) for each in answer.delete_marker
    ]
    assert ["b/"] == [each.prefix for each in listed(w, delimiter="/").common_prefixes]
    assert ["b/c"] == [each.key for each in listed(w, prefix="b/").version]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_of_versions_leave_nothing_out(w: World, size: int) -> None:
    ids = [put(w, b"1", key) for key in ("a", "a", "a", "b+c", "\u732b/1", "\u732b/1")]
    ids.append(delete(w, "a").version_id)
    seen, fields = [], {"max_keys": size, "encoding_type": "url"}
    for _ in range(20):
        page = listed(w, **fields)
        seen += [each.version_id for each in [*(page.version or []), *(page.delete_marker or [])]]
        if not page.is_truncated:
            break
        fields |= {"key_marker": page.next_key_marker, "version_id_marker": page.next_version_id_marker}

    assert sorted(ids) == sorted(seen)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_leave_nothing_out_where_each_is_deleted_once_read(w: World, size: int) -> None:
    put(w, b"1")
    delete(w)
    suspend(w)
    put(w, b"null")
    w.bucket.set(versioning="Enabled")
    for text, key in ((b"1", "a"), (b"2", "a"), (b"3", "b")):
        put(w, text, key)
    fields: dict[str, Any] = {"max_keys": size}
    for _ in range(20):
        page = listed(w, **fields)
        for each in [*(page.version or []), *(page.delete_marker or [])]:
            delete(w, each.key, version_id=each.version_id)
        if not page.is_truncated:
            break
        fields |= {"key_marker": page.next_key_marker, "version_id_marker": page.next_version_id_marker}

    assert [] == list(w.bucket.listed_versions())


def test_pages_of_versions_do_not_repeat_what_stands_before_a_version_that_is_gone(w: World) -> None:
    first, gone, last = put(w, b"1"), put(w, b"2"), put(w, b"3")
    delete(w, version_id=gone)
    page = listed(w, key_marker="a", version_id_marker=gone)

    assert [first] == [each.version_id for each in page.version]
    assert last == w.bucket.current("a").version_id


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_with_a_delimiter_leave_nothing_out(w: World, size: int) -> None:
    for key in ("a/1", "a/2", "b", "b", "c/1", "d"):
        put(w, b"x", key)
    seen: list[str] = []
    fields: dict[str, Any] = {"max_keys": size, "delimiter": "/"}
    for _ in range(20):
        page = listed(w, **fields)
        seen += [each.key for each in page.version or []] + [
            each.prefix for each in page.common_prefixes or []
        ]
        if not page.is_truncated:
            break
        fields |= {"key_marker": page.next_key_marker, "version_id_marker": page.next_version_id_marker}

    assert ["a/", "b", "b", "c/", "d"] == sorted(seen)


def test_many_are_deleted_by_version(w: World) -> None:
    first, second = put(w, b"1"), put(w, b"2")
    objects = [oss.DeleteObject(key="a", version_id=second), oss.DeleteObject(key="b")]
    put(w, b"x", "b")
    answer = w.sdk().delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=BUCKET, objects=objects))

    assert [("a", second, None), ("b", None, True)] == [
        (each.key, each.version_id, each.delete_marker) for each in answer.deleted_objects
    ]
    assert answer.deleted_objects[1].delete_marker_version_id == of_key(w, "b")[-1][0]
    assert [(first, False)] == of_key(w)


def test_deleting_a_marker_by_its_version_brings_the_object_back(w: World) -> None:
    put(w, b"1")
    marker = delete(w)
    undone = delete(w, version_id=marker.version_id)

    assert (True, marker.version_id) == (undone.delete_marker, undone.version_id)
    assert b"1" == body(w, "a")


def test_an_acl_is_a_versions_own(w: World) -> None:
    first, second = put(w, b"1"), put(w, b"2")
    w.bucket.set(blocks_public=False)
    acl = oss.PutObjectAclRequest(bucket=BUCKET, key="a", version_id=first, acl="public-read")
    w.sdk().put_object_acl(acl)
    url = w.get_url("a").url.partition("?")[0]

    assert ("OK", "AccessDenied", "AccessDenied") == (
        code(w.send("GET", f"{url}?versionId={first}")),
        code(w.send("GET", f"{url}?versionId={second}")),
        code(w.send("GET", url)),
    )


def test_a_link_is_judged_by_the_acl_of_the_version_that_is_read(w: World) -> None:
    def link(target: str) -> str:
        answer = w.sdk().put_symlink(oss.PutSymlinkRequest(bucket=BUCKET, key="l", symlink_target=target))
        return str(answer.version_id)

    secret, newest = link("secret"), link("open")
    w.bucket.set(blocks_public=False)
    w.sdk().put_object_acl(oss.PutObjectAclRequest(bucket=BUCKET, key="l", acl="public-read"))
    url = f"{HOST}/{BUCKET}/l?symlink"

    assert ["OK", "OK", "AccessDenied"] == [
        code(w.send("GET", asked))
        for asked in (url, f"{url}&versionId={newest}", f"{url}&versionId={secret}")
    ]


def append(w: World, position: int, text: bytes) -> Any:
    return w.sdk().append_object(
        oss.AppendObjectRequest(bucket=BUCKET, key="log", position=position, body=text)
    )


def test_appending_makes_no_version(w: World) -> None:
    append(w, 0, b"one ")
    version = of_key(w, "log")
    grown = append(w, 4, b"two")

    assert version == of_key(w, "log")
    assert (b"one two", 7) == (body(w, "log"), grown.next_position)


def test_what_was_appended_stays_as_an_older_version_and_grows_no_more(w: World) -> None:
    append(w, 0, b"one")
    old = of_key(w, "log")[0][0]
    put(w, b"new", "log")
    over = refused(lambda: append(w, 3, b"two"))
    delete(w, "log")
    append(w, 0, b"begun again")
    kept = w.sdk().get_object(oss.GetObjectRequest(bucket=BUCKET, key="log", version_id=old))

    assert (409, "ObjectNotAppendable") == over
    assert (b"begun again", b"one") == (body(w, "log"), bytes(kept.body.content))
    assert 4 == len(of_key(w, "log"))


@pytest.mark.parametrize("suspended", [False, True])
def test_a_bucket_that_keeps_versions_or_did_heeds_no_prohibition_to_overwrite(
    w: World, suspended: bool
) -> None:
    put(w, b"1")
    if suspended:
        suspend(w)
    client, named = w.sdk(), {"bucket": BUCKET, "key": "a", "forbid_overwrite": True}
    client.put_object(oss.PutObjectRequest(**named, body=b"2"))
    client.put_symlink(oss.PutSymlinkRequest(**named, symlink_target="b"))
    client.copy_object(oss.CopyObjectRequest(**named, source_key="a", source_version_id=of_key(w)[0][0]))
    begun = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(**named))
    upload = {"bucket": BUCKET, "key": "a", "upload_id": begun.upload_id}
    client.upload_part(oss.UploadPartRequest(**upload, part_number=1, body=b"5"))
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(**upload, complete_all="yes", forbid_overwrite=True)
    )

    assert (b"5", 2 if suspended else 5) == (body(w, "a"), len(of_key(w)))
