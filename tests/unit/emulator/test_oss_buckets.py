"""Buckets are made, listed and deleted at the wire; lifecycle rules and image styles are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.cloud import Cloud
from oss_emulator.inprocess import bridged
from oss_emulator.server import serve
from oss_emulator.store.storage import Store
from oss_emulator.wire.errors import OssError
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


def raw_lifecycle(w: World, does: str) -> dict[str, Any]:
    """Return a request that puts a rule, which the bucket's policy lets everybody put."""
    statement = {"Effect": "Allow", "Action": "oss:*", "Principal": ["*"], "Resource": "*"}
    w.bucket.set(blocks_public=False, policy=json.dumps({"Version": "1", "Statement": [statement]}))
    rule = f"<Rule><Prefix>a</Prefix><Status>Enabled</Status>{does}</Rule>"
    body = f"<LifecycleConfiguration>{rule}</LifecycleConfiguration>".encode()
    return {"method": "PUT", "url": f"{HOST}/{BUCKET}?lifecycle", "body": body}


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

    assert [BUCKET, "new-bucket"] == [each.name for each in again.buckets()]
    assert "IA" == again.bucket("new-bucket").settings.storage_class


def test_what_is_in_a_bucket_of_the_cloud_is_there_after_a_restart(tmp_path: Path) -> None:
    w = world(tmp_path, versioned=True)
    w.put("a", b"kept")
    again = Cloud(folder=tmp_path).bucket(BUCKET)

    assert (w.bucket.settings, b"kept") == (
        again.settings,
        b"".join(again.store.read(again.current("a").blob)),
    )


def test_a_bucket_is_made_once_however_many_ask(w: World) -> None:
    def ask(name: str) -> str:
        try:
            return str(w.sdk().put_bucket(oss.PutBucketRequest(bucket=name)).status)
        except oss.exceptions.OperationError as error:
            cause: Any = error.unwrap()
            return str(cause.code)

    with ThreadPoolExecutor(8) as pool:
        for round_ in range(10):
            answers = sorted(pool.map(ask, [f"new-{round_}"] * 8))

            assert [*["BucketAlreadyExists"] * 7, "OK"] == answers


def test_what_is_asked_of_a_bucket_that_is_there_is_set_and_the_rest_stays(w: World) -> None:
    w.put("a")
    w.bucket.set(acl="private", styles={"thumb": "image/resize,w_1"})
    again = w.cloud.create_bucket(BUCKET, versioned=True, blocks_public_access=False)

    assert again is w.bucket
    assert (True, False, {"thumb": "image/resize,w_1"}) == (
        again.versioned,
        again.settings.blocks_public,
        again.settings.styles,
    )


@pytest.mark.parametrize("is_made_again", [False, True])
def test_an_upload_into_a_bucket_that_was_deleted_meanwhile_is_refused(
    w: World, tmp_path: Path, is_made_again: bool
) -> None:
    split = urlsplit(w.put_url().url)
    with serve(w.emulator) as host:
        connection = HTTPConnection(host, timeout=9)
        connection.putrequest("PUT", f"{split.path}?{split.query}", skip_host=True)
        connection.putheader("Host", "localhost")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"01234")
        time.sleep(0.1)
        w.sdk().delete_bucket(oss.DeleteBucketRequest(bucket=BUCKET))
        if is_made_again:
            make(w, BUCKET)
        connection.send(b"56789")
        answer = connection.getresponse()
    again = Cloud(folder=tmp_path)

    assert (404, True) == (answer.status, b"NoSuchBucket" in answer.read())
    assert [BUCKET] * is_made_again == [each.name for each in again.buckets()]
    assert not any(again.bucket(each.name).exists("a.txt") for each in again.buckets())
    assert not [*tmp_path.glob("blobs/*")]


class Awaiting(Store):
    """A store that has a bucket's deletion asked for right before it keeps an upload of it."""

    asks: Callable[[], None]

    def put_document(self, kind: str, name: str, document: dict[str, Any]) -> None:
        """Keep a document."""
        if kind.startswith("uploads-"):
            self.asks()
        super().put_document(kind, name, document)


def test_a_bucket_is_not_deleted_while_an_upload_begins(tmp_path: Path) -> None:
    w, seen = world(tmp_path), []
    with bridged(w.emulator), ThreadPoolExecutor(1) as pool:
        deletion = oss.DeleteBucketRequest(bucket=BUCKET)

        def asks() -> None:
            seen.append(pool.submit(refused, lambda: w.sdk().delete_bucket(deletion)))
            wait(seen, timeout=0.2)

        w.cloud.store = w.bucket.store = store = Awaiting(tmp_path)
        store.asks = asks
        begun = w.sdk().initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=BUCKET, key="a"))

        assert begun.upload_id
        assert (409, "BucketNotEmpty") == seen[0].result()


def test_a_bucket_that_was_deleted_takes_nothing_from_whoever_still_holds_it(
    w: World, tmp_path: Path
) -> None:
    w.put("a")
    stored = w.bucket.current("a")
    w.bucket.delete("a", modified=stored.modified)
    w.cloud.remove_bucket(BUCKET)
    changes: list[Callable[[], Any]] = [
        lambda: w.bucket.set(acl="private"),
        lambda: w.bucket.put(stored, forbid_overwrite=False),
        lambda: w.bucket.replace(stored, stored),
        lambda: w.bucket.delete("a", modified=stored.modified),
        lambda: w.bucket.delete_version("a", "null"),
    ]

    for change in changes:
        with pytest.raises(OssError, match="no-bucket"):
            change()
    assert [] == Cloud(folder=tmp_path).buckets()


def test_a_name_that_is_taken_or_none_is_refused(w: World) -> None:
    assert (409, "BucketAlreadyExists") == refused(lambda: make(w, BUCKET))
    assert "InvalidBucketName" == code(w.send("PUT", f"{HOST}/No_Bucket/"))
    assert (403, "AccessDenied") == refused(lambda: make(w, "open-bucket", acl="public-read"))
    assert [BUCKET] == names(w)


def test_what_a_new_bucket_cannot_have_is_refused_loudly(w: World) -> None:
    asked = oss.CreateBucketConfiguration(data_redundancy_type="ZRS")

    assert (501, "NotImplemented") == refused(
        lambda: make(w, "new-bucket", create_bucket_configuration=asked)
    )
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
    put_lifecycle(w, RULE, oss.LifecycleRule(prefix="tmp/", status="Disabled", expiration=RULE.expiration))
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


DAYS, DATE = "<Days>1</Days>", "<CreatedBeforeDate>2030-01-01T00:00:00.000Z</CreatedBeforeDate>"
COLD = "<StorageClass>IA</StorageClass>"


@pytest.mark.parametrize(
    "does",
    [
        "<Expiration/>",
        f"<Expiration>{DAYS}{DATE}</Expiration>",
        f"<Expiration>{DAYS}{DAYS}</Expiration>",
        f"<Expiration>{DAYS}<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
        f"<Expiration><Date>2030-01-01T00:00:00.000Z</Date>{DATE}</Expiration>",
        f"<Transition>{COLD}</Transition>",
        f"<Transition>{DAYS}{DATE}{COLD}</Transition>",
        "<AbortMultipartUpload/>",
        f"<NoncurrentVersionExpiration>{DAYS}</NoncurrentVersionExpiration>",
        f"<NoncurrentVersionTransition>{COLD}</NoncurrentVersionTransition>",
        f"<Prefix>b</Prefix><Expiration>{DAYS}</Expiration>",
    ],
)
def test_an_action_says_once_when_it_is_done(w: World, does: str) -> None:
    assert "MalformedXML" == code(w.send(**raw_lifecycle(w, does)))
    assert w.bucket.settings.lifecycle is None


@pytest.mark.parametrize(
    "date",
    ["2030-01-01", "soon", "2030-01-01T12:00:00.000Z", "2030-02-30T00:00:00.000Z", "2030-1-1T00:00:00.000Z"],
)
@pytest.mark.parametrize("action", ["Expiration", "Transition", "AbortMultipartUpload"])
def test_a_date_of_a_rule_is_a_midnight_of_utc(w: World, date: str, action: str) -> None:
    cold = COLD if action == "Transition" else ""

    def asked(text: str) -> str:
        does = f"<{action}><CreatedBeforeDate>{text}</CreatedBeforeDate>{cold}</{action}>"
        return code(w.send(**raw_lifecycle(w, does)))

    assert ("InvalidArgument", "OK") == (asked(date), asked("2030-01-01T00:00:00.000Z"))


def test_the_word_for_a_date_that_the_older_sdk_writes_is_read_too(w: World) -> None:
    def asked(text: str) -> str:
        return code(w.send(**raw_lifecycle(w, f"<Expiration><Date>{text}</Date></Expiration>")))

    assert ("InvalidArgument", "OK") == (asked("2030-01-01"), asked("2030-01-01T00:00:00.000Z"))


def deleting(prefix: str, **fields: Any) -> oss.LifecycleRule:
    return oss.LifecycleRule(prefix=prefix, status="Enabled", expiration=RULE.expiration, **fields)


COLDER = oss.LifecycleRuleTransition(days=10, storage_class="IA")


@pytest.mark.parametrize(
    "other",
    [deleting("logs/"), deleting("logs/old/"), deleting("")],
    ids=["the same", "within", "around"],
)
def test_two_rules_do_not_do_the_same_to_one_object(w: World, other: oss.LifecycleRule) -> None:
    assert (400, "InvalidArgument") == refused(lambda: put_lifecycle(w, RULE, other))


@pytest.mark.parametrize(
    "other",
    [
        deleting("log/"),
        deleting("logs/old/", tags=[oss.Tag(key="kept", value="no")]),
        oss.LifecycleRule(prefix="logs/old/", status="Enabled", transitions=[COLDER]),
    ],
    ids=["beside", "of tags", "doing another thing"],
)
def test_rules_that_do_not_meet_are_taken(w: World, other: oss.LifecycleRule) -> None:
    assert 200 == put_lifecycle(w, RULE, other).status_code


def test_rules_may_meet_where_the_request_says_so(w: World) -> None:
    rules = oss.LifecycleConfiguration(rules=[RULE, deleting("logs/old/")])
    request = oss.PutBucketLifecycleRequest(
        bucket=BUCKET, allow_same_action_overlap="true", lifecycle_configuration=rules
    )

    assert 200 == w.sdk().put_bucket_lifecycle(request).status_code


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


def test_styles_that_are_put_at_once_are_all_kept(w: World) -> None:
    def put_style(name: str) -> str:
        content = oss.StyleContent(content="image/resize,w_1")
        asked = oss.PutStyleRequest(bucket=BUCKET, style_name=name, style=content)
        return str(w.sdk().put_style(asked).status)

    named = {f"style-{number}" for number in range(60)}
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(put_style, named))

    assert ({"OK"}, named) == (answers, set(w.bucket.settings.styles))


@pytest.mark.parametrize("how", ["header", "url"])
def test_signatures_of_version_1_are_refused_in_so_many_words(w: World, how: str) -> None:
    query = "?OSSAccessKeyId=LTAI&Expires=1&Signature=x" if how == "url" else ""
    headers = {"Authorization": "OSS LTAI:c2lnbmF0dXJl"} if how == "header" else {}
    answer = w.send("GET", f"{HOST}/{BUCKET}/a{query}", headers=headers)

    assert (400, "InvalidArgument") == (answer.status_code, code(answer))
    assert "OSS4-HMAC-SHA256" in answer.get_data(as_text=True)
