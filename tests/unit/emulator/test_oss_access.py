"""ACLs, bucket policies and Block Public Access: who gets in beside those whom RAM lets in, and who does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import pytest

from oss_emulator.inprocess import bridged
from oss_emulator.ram.identities import Principal
from tests.unit.emulator.oss_world import BUCKET, EVERYTHING, HOST, World, code, element, world
from tests.unit.emulator.test_oss_copies import refused

OBJECT = f"{HOST}/{BUCKET}/a.txt"
EVERY_OBJECT = f"acs:oss:*:*:{BUCKET}/*"


@pytest.fixture
def w(tmp_path: Path) -> Iterator[World]:
    made = world(tmp_path)
    made.put()
    with bridged(made.emulator):
        yield made


@pytest.fixture
def nobody(w: World) -> Principal:
    """A user whom no policy mentions."""
    return w.cloud.identities.add_user("nobody", policies=[])


def session(w: World, policy: Any) -> Principal:
    """Return a session of a role that may do everything, under a session policy."""
    trust = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [w.user.arn]}}],
    }
    w.cloud.identities.add_role("Reader", trust=trust, policies=[EVERYTHING])
    return w.cloud.identities.role_session("Reader", policy=policy)


def statement(effect: str, action: str, principal: str, **more: Any) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Action": [action],
        "Principal": [principal],
        "Resource": [EVERY_OBJECT],
        **more,
    }


def put_policy(w: World, *statements: dict[str, Any]) -> None:
    text = json.dumps({"Version": "1", "Statement": list(statements)})
    w.sdk().put_bucket_policy(oss.PutBucketPolicyRequest(bucket=BUCKET, body=text))


def get(w: World, principal: Principal) -> Any:
    return w.sdk(principal).get_object(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"))


def anonymous(w: World, method: str = "GET", url: str = OBJECT, **more: Any) -> str:
    return code(w.send(method, url, **more))


@pytest.mark.parametrize(
    ("of_bucket", "of_object", "read", "written"),
    [
        ("private", None, "AccessDenied", "AccessDenied"),
        ("public-read", None, "OK", "AccessDenied"),
        ("public-read-write", None, "OK", "OK"),
        ("private", "public-read", "OK", "AccessDenied"),
        ("private", "public-read-write", "OK", "OK"),
        ("public-read-write", "private", "AccessDenied", "AccessDenied"),
        ("public-read", "default", "OK", "AccessDenied"),
    ],
)
def test_an_acl_opens_an_object_to_everybody(
    w: World, nobody: Principal, of_bucket: str, of_object: str | None, read: str, written: str
) -> None:
    w.bucket.set(blocks_public=False)
    w.sdk().put_bucket_acl(oss.PutBucketAclRequest(bucket=BUCKET, acl=of_bucket))
    if of_object:
        w.sdk().put_object_acl(oss.PutObjectAclRequest(bucket=BUCKET, key="a.txt", acl=of_object))
    made = w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"), principal=nobody)

    assert [read, read] == [anonymous(w), code(w.send("GET", made.url))]
    assert written == anonymous(w, "PUT", body=b"x")
    assert "AccessDenied" == anonymous(w, url=f"{HOST}/{BUCKET}/")
    assert "AccessDenied" == anonymous(w, url=f"{HOST}/{BUCKET}/?bucketInfo")


@pytest.mark.parametrize("name", ["content-type", "content-disposition", "cache-control"])
def test_who_signs_nothing_cannot_choose_headers_of_the_answer(w: World, name: str) -> None:
    url = f"{OBJECT}?response-{name}=text/html"
    closed = anonymous(w, url=url)
    w.bucket.set(blocks_public=False, acl="public-read")

    assert ("AccessDenied", "InvalidRequest", "OK") == (closed, anonymous(w, url=url), anonymous(w))
    assert "OK" == code(w.send("GET", w.get_url(response_content_disposition="attachment").url))


def test_block_public_access_closes_what_was_open_and_lets_nothing_be_opened(w: World) -> None:
    client = w.sdk()
    put_acl = oss.PutObjectAclRequest(bucket=BUCKET, key="a.txt", acl="public-read")
    before = client.get_bucket_public_access_block(oss.GetBucketPublicAccessBlockRequest(bucket=BUCKET))
    blocked = [
        refused(lambda: client.put_object_acl(put_acl)),
        refused(lambda: client.put_bucket_acl(oss.PutBucketAclRequest(bucket=BUCKET, acl="public-read"))),
        refused(lambda: put_policy(w, statement("Allow", "oss:GetObject", "*"))),
    ]
    client.delete_bucket_public_access_block(oss.DeleteBucketPublicAccessBlockRequest(bucket=BUCKET))
    client.put_object_acl(put_acl)
    opened = anonymous(w)
    configuration = oss.PublicAccessBlockConfiguration(block_public_access=True)
    client.put_bucket_public_access_block(
        oss.PutBucketPublicAccessBlockRequest(bucket=BUCKET, public_access_block_configuration=configuration)
    )

    assert before.public_access_block_configuration.block_public_access
    assert [(403, "AccessDenied")] * 3 == blocked
    assert ("OK", "AccessDenied") == (opened, anonymous(w))


def test_an_upload_that_would_open_the_object_says_why_it_is_refused(w: World) -> None:
    made = w.put_url("b.txt", acl="public-read")
    answer = w.send("PUT", made.url, headers=made.signed_headers, body=b"x")

    assert ("AccessDenied", "0016-00000901") == (code(answer), element(answer, "EC"))
    assert not w.bucket.exists("b.txt")


def test_a_session_policy_is_not_widened_by_an_acl_or_a_bucket_policy(w: World) -> None:
    elsewhere = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:other/*"}],
    }
    w.bucket.set(blocks_public=False, acl="public-read")
    put_policy(w, statement("Allow", "oss:GetObject", "*"))
    made = w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"), principal=session(w, elsewhere))
    answer = w.send("GET", made.url)

    assert ("AccessDenied", "SessionPolicy") == (code(answer), element(answer, "PolicyType"))


@pytest.mark.parametrize("method", ["user", "session", "everybody"])
def test_a_bucket_policy_lets_in_whom_it_names(w: World, nobody: Principal, method: str) -> None:
    role = session(w, None)
    asks = {"user": nobody, "session": role, "everybody": nobody}[method]
    named = {
        "user": nobody.uid,
        "session": "arn:sts::123456789012:assumed-role/Reader/*",
        "everybody": "*",
    }[method]
    w.bucket.set(blocks_public=False)
    put_policy(w, statement("Allow", "oss:GetObject", named))

    assert b"hello" == bytes(get(w, asks).body.content)
    assert ("OK" if method == "everybody" else "AccessDenied") == anonymous(w)
    assert "AccessDenied" == anonymous(w, "PUT", body=b"x")


def test_a_bucket_policy_denies_whom_ram_lets_in(w: World) -> None:
    put_policy(w, statement("Deny", "oss:GetObject", w.user.uid))
    answer = w.send("GET", w.get_url().url)

    assert ("AccessDenied", "0003-00000201") == (code(answer), element(answer, "EC"))
    assert ("ExplicitDeny", "ResourceBasedPolicy") == (
        element(answer, "NoPermissionType"),
        element(answer, "PolicyType"),
    )
    assert 200 == w.put("b.txt").status_code


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ("arn:sts::123456789012:assumed-role/Reader/session", True),
        ("arn:sts::123456789012:assumed-role/*/*", True),
        ("arn:sts::123456789012:assumed-role/Reader/other", False),
        ("arn:sts::123456789012:assumed-role/reader/*", False),
        ("arn:sts::210987654321:assumed-role/Reader/*", False),
        ("123456789012", False),
    ],
)
def test_a_session_is_named_by_its_account_role_and_name(w: World, pattern: str, read: bool) -> None:
    asks = session(w, None)
    put_policy(w, statement("Deny", "oss:GetObject", pattern))
    made = w.url(oss.GetObjectRequest(bucket=BUCKET, key="a.txt"), principal=asks)

    assert ("AccessDenied" if read else "OK") == code(w.send("GET", made.url))


def test_conditions_of_a_bucket_policy_are_heeded(w: World, nobody: Principal) -> None:
    secure = {"Bool": {"acs:SecureTransport": ["true"]}}
    put_policy(w, statement("Allow", "oss:GetObject", nobody.uid, Condition=secure))
    plain = refused(lambda: get(w, nobody))
    w.cloud.treat_loopback_as_secure = True

    assert (403, "AccessDenied") == plain
    assert b"hello" == bytes(get(w, nobody).body.content)


def test_a_bucket_policy_is_told_and_forgotten(w: World) -> None:
    client = w.sdk()
    put_policy(w, statement("Deny", "oss:GetObject", w.user.uid))
    told = client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=BUCKET)).body
    client.delete_bucket_policy(oss.DeleteBucketPolicyRequest(bucket=BUCKET))

    assert w.user.uid in json.loads(told)["Statement"][0]["Principal"]
    assert b"hello" == bytes(get(w, w.user).body.content)
    assert (404, "NoSuchBucketPolicy") == refused(
        lambda: client.get_bucket_policy(oss.GetBucketPolicyRequest(bucket=BUCKET))
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "\u732b",
        json.dumps({"Version": "1", "Statement": []}),
        json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
        json.dumps({"Version": "1", "Statement": [statement("Allow", "oss:*", "")]}),
        json.dumps({"Version": "1", "Statement": [{**statement("Allow", "oss:*", "1"), "Principal": {}}]}),
        json.dumps({"Version": "1", "Statement": [statement("Permit", "oss:*", "1")]}),
        json.dumps({"Version": "1", "Statement": [statement("Allow", "oss:*", "1", Condition={"X": {}})]}),
        json.dumps({"Version": "1", "Statement": [statement("Allow", f"oss:{'x' * 20_000}", "1")]}),
    ],
)
def test_what_is_no_bucket_policy_is_refused(w: World, text: str) -> None:
    put = oss.PutBucketPolicyRequest(bucket=BUCKET, body=text)

    assert (400, "InvalidPolicyDocument") == refused(lambda: w.sdk().put_bucket_policy(put))
    assert w.bucket.settings.policy is None


def test_access_survives_a_restart(w: World, tmp_path: Path) -> None:
    w.bucket.set(blocks_public=False)
    client = w.sdk()
    client.put_bucket_acl(oss.PutBucketAclRequest(bucket=BUCKET, acl="public-read"))
    put_policy(w, statement("Deny", "oss:PutObject", "*"))
    client.put_object_acl(oss.PutObjectAclRequest(bucket=BUCKET, key="a.txt", acl="private"))
    again = world(tmp_path)

    assert w.bucket.settings == again.bucket.settings
    assert "private" == again.bucket.current("a.txt").acl


def test_acls_are_told(w: World) -> None:
    client = w.sdk()
    of_bucket = client.get_bucket_acl(oss.GetBucketAclRequest(bucket=BUCKET))
    of_object = client.get_object_acl(oss.GetObjectAclRequest(bucket=BUCKET, key="a.txt"))

    assert ("private", "default", "123456789012") == (of_bucket.acl, of_object.acl, of_object.owner.id)
    assert (400, "InvalidArgument") == refused(
        lambda: client.put_bucket_acl(oss.PutBucketAclRequest(bucket=BUCKET, acl="authenticated-read"))
    )
    assert (400, "InvalidArgument") == refused(
        lambda: client.put_bucket_acl(oss.PutBucketAclRequest(bucket=BUCKET, acl="default"))
    )
