"""Buckets are made, listed and deleted at the wire; lifecycle rules and image styles are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import bridged
from tests.unit.emulator.oss_world import BUCKET, HOST, World, code, world
from tests.unit.emulator.test_oss_copies import refused

RULE = oss.LifecycleRule(
    id="old", prefix="logs/", status="Enabled", expiration=oss.LifecycleRuleExpiration(days=30)
)


@pytest.fixture
def w(tmp_path: Path) -> Iterator[World]:
    made = world(tmp_path)
    with bridged(made.emulator):
        yield made


def make(w: World, name: str, **fields: Any) -> Any:
    return w.sdk().put_bucket(oss.PutBucketRequest(bucket=name, **fields))


def names(w: World, **fields: Any) -> list[str]:
    answer = w.sdk().list_buckets(oss.ListBucketsRequest(**fields))
    return [each.name for each in answer.buckets or []]


def put_lifecycle(w: World, *rules: oss.LifecycleRule) -> Any:
    configuration = oss.LifecycleConfiguration(rules=list(rules))
    return w.sdk().put_bucket_lifecycle(
        oss.PutBucketLifecycleRequest(bucket=BUCKET, lifecycle_configuration=configuration)
    )


def test_a_bucket_is_made_used_emptied_and_deleted(w: World) -> None:
    client = w.sdk()
    make(w, "new-bucket")
    client.put_object(oss.PutObjectRequest(bucket="new-bucket", key="a", body=b"x"))
    full = refused(lambda: client.delete_bucket(oss.DeleteBucketRequest(bucket="new-bucket")))
    client.delete_object(oss.DeleteObjectRequest(bucket="new-bucket", key="a"))
    before = names(w)
    client.delete_bucket(oss.DeleteBucketRequest(bucket="new-bucket"))

    assert (409, "BucketNotEmpty") == full
    assert ([BUCKET, "new-bucket"], [BUCKET]) == (before, names(w))
    assert (404, "NoSuchBucket") == refused(
        lambda: client.get_bucket_info(oss.GetBucketInfoRequest(bucket="new-bucket"))
    )


def test_an_upload_under_way_keeps_its_bucket(w: World) -> None:
    begun = w.sdk().initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="a"))

    assert begun.upload_id
    assert (409, "BucketNotEmpty") == refused(
        lambda: w.sdk().delete_bucket(oss.DeleteBucketRequest(bucket=BUCKET))
    )


def test_a_version_or_a_marker_keeps_its_bucket(tmp_path: Path) -> None:
    w = world(tmp_path, versioned=True)
    w.put("a")
    w.bucket.delete("a", modified="2026-01-01T00:00:00+00:00")
    with bridged(w.emulator):
        assert (409, "BucketNotEmpty") == refused(
            lambda: w.sdk().delete_bucket(oss.DeleteBucketRequest(bucket=BUCKET))
        )


def test_a_bucket_that_was_made_is_there_after_a_restart(w: World, tmp_path: Path) -> None:
    make(w, "new-bucket", create_bucket_configuration=oss.CreateBucketConfiguration(storage_class="IA"))
    make(w, "gone-bucket")
    w.sdk().delete_bucket(oss.DeleteBucketRequest(bucket="gone-bucket"))
    again = Cloud(folder=tmp_path)

    assert ["new-bucket"] == [each.name for each in again.buckets()]
    assert "IA" == again.bucket("new-bucket").settings.storage_class


def test_a_name_that_is_taken_or_none_is_refused(w: World) -> None:
    assert (409, "BucketAlreadyExists") == refused(lambda: make(w, BUCKET))
    assert "InvalidBucketName" == code(w.send("PUT", f"{HOST}/No_Bucket/"))
    assert (403, "AccessDenied") == refused(lambda: make(w, "open-bucket", acl="public-read"))
    assert [BUCKET] == names(w)


def test_buckets_are_listed_page_by_page(w: World) -> None:
    for name in ("logs-1", "logs-2", "media"):
        make(w, name)
    first = w.sdk().list_buckets(oss.ListBucketsRequest(prefix="logs-", max_keys=1))
    second = w.sdk().list_buckets(
        oss.ListBucketsRequest(prefix="logs-", max_keys=1, marker=first.next_marker)
    )

    assert (["logs-1"], True) == ([each.name for each in first.buckets], first.is_truncated)
    assert ["logs-2"] == [each.name for each in second.buckets]
    assert not second.is_truncated
    assert ("cn-hangzhou", "123456789012") == (first.buckets[0].region, first.owner.id)


def test_who_may_work_in_a_bucket_may_not_make_list_or_delete_any(w: World) -> None:
    policy = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": f"acs:oss:*:*:{BUCKET}/*"}],
    }
    client = w.sdk(w.cloud.identities.add_user("worker", policies=[policy]))

    assert [(403, "AccessDenied")] * 3 == [
        refused(lambda: client.put_bucket(oss.PutBucketRequest(bucket="new-bucket"))),
        refused(lambda: client.list_buckets(oss.ListBucketsRequest())),
        refused(lambda: client.delete_bucket(oss.DeleteBucketRequest(bucket=BUCKET))),
    ]
    assert "AccessDenied" == code(w.send("GET", f"{HOST}/"))
    assert "AccessDenied" == code(w.send("PUT", f"{HOST}/new-bucket/"))


def test_lifecycle_rules_are_kept_and_told(w: World, tmp_path: Path) -> None:
    put_lifecycle(w, RULE, oss.LifecycleRule(prefix="", status="Disabled", expiration=RULE.expiration))
    w.put("logs/a")
    with bridged(w.emulator):
        told = w.sdk().get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=BUCKET))
    rules = told.lifecycle_configuration.rules

    assert [("old", "logs/", 30), ("Disabled",)] == [
        (rules[0].id, rules[0].prefix, rules[0].expiration.days),
        (rules[1].status,),
    ]
    assert rules[1].id
    assert w.bucket.settings.lifecycle == world(tmp_path).bucket.settings.lifecycle


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (oss.LifecycleRule(id="a", prefix="", status="Enabled"),),
        (oss.LifecycleRule(id="a", prefix="", status="On", expiration=RULE.expiration),),
        (
            oss.LifecycleRule(
                id="a", prefix="", status="Enabled", expiration=oss.LifecycleRuleExpiration(days=0)
            ),
        ),
        (oss.LifecycleRule(id="a", status="Enabled", expiration=RULE.expiration),),
    ],
    ids=["none", "nothing to do", "status", "no day", "no prefix"],
)
def test_rules_that_say_nothing_are_refused(w: World, rules: tuple[oss.LifecycleRule, ...]) -> None:
    assert (400, "MalformedXML") == refused(lambda: put_lifecycle(w, *rules))


def test_deleted_rules_are_gone(w: World) -> None:
    put_lifecycle(w, RULE)
    w.sdk().delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=BUCKET))

    assert (400, "InvalidArgument") == refused(lambda: put_lifecycle(w, RULE, RULE))
    assert (404, "NoSuchLifecycle") == refused(
        lambda: w.sdk().get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=BUCKET))
    )


def test_a_style_is_heeded_by_name_and_processing_is_refused_loudly(w: World) -> None:
    client = w.sdk()
    client.put_style(
        oss.PutStyleRequest(
            bucket=BUCKET, style_name="thumb", style=oss.StyleContent(content="image/resize,w_100")
        )
    )
    told = client.get_style(oss.GetStyleRequest(bucket=BUCKET, style_name="thumb")).style
    every = client.list_style(oss.ListStyleRequest(bucket=BUCKET)).style_list.styles
    w.put("a.png", b"\x89PNG")

    def fetched(process: str) -> str:
        return code(w.send("GET", w.get_url("a.png", process=process).url))

    by_name = w.send("GET", w.get_url("a.png", process="style/thumb").url)
    seen = [fetched("style/other"), fetched("image/resize,w_100"), fetched("video/snapshot,t_1000")]
    with bridged(w.emulator):
        client.delete_style(oss.DeleteStyleRequest(bucket=BUCKET, style_name="thumb"))

    assert ("thumb", "image/resize,w_100", ["thumb"]) == (told.name, told.content, [s.name for s in every])
    assert (b"\x89PNG", "style/thumb") == (by_name.get_data(), by_name.headers["x-oss-emulator-process"])
    assert ["NoSuchStyle", "NotImplemented", "NotImplemented"] == seen
    assert "NoSuchStyle" == fetched("style/thumb")


@pytest.mark.parametrize("how", ["header", "url"])
def test_signatures_of_version_1_are_refused_in_so_many_words(w: World, how: str) -> None:
    query = "?OSSAccessKeyId=LTAI&Expires=1&Signature=x" if how == "url" else ""
    headers = {"Authorization": "OSS LTAI:c2lnbmF0dXJl"} if how == "header" else {}
    answer = w.send("GET", f"{HOST}/{BUCKET}/a{query}", headers=headers)

    assert (400, "InvalidArgument") == (answer.status_code, code(answer))
    assert "OSS4-HMAC-SHA256" in answer.get_data(as_text=True)
