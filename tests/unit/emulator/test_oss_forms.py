"""PostObject: a form does what its signed policy says, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.wrappers import Response

from oss_emulator.ram.identities import Principal
from oss_emulator.server import serve
from oss_emulator.wire import facts
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

BOUNDARY = "x-boundary-x"
ANYBODY = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}],
}

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def w(tmp_path: Path) -> World:
    return world(tmp_path)


def signed(
    w: World,
    *conditions: Any,
    principal: Principal | None = None,
    life: int = 600,
    region: str = "cn-hangzhou",
    policy: Any = None,
    **more: str,
) -> dict[str, str]:
    """Return the fields of a form whose policy holds ``conditions`` beside those that every policy holds.

    The signature is computed here step by step as OSS V4, PostObject has it; the vectors prove the verifier.
    """
    signer, now = principal or w.user, w.cloud.clock.now()
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    fields = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{signer.access_key_id}/{stamp[:8]}/{region}/oss/aliyun_v4_request",
        "x-oss-date": stamp,
    }
    if signer.security_token:
        fields["x-oss-security-token"] = signer.security_token
    made = policy or {
        "expiration": (now + timedelta(seconds=life)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "conditions": [{"bucket": BUCKET}, *({name: value} for name, value in fields.items()), *conditions],
    }
    text = made if isinstance(made, str) else base64.b64encode(json.dumps(made).encode()).decode()
    key = f"aliyun_v4{signer.access_key_secret}".encode()
    for part in (stamp[:8], region, "oss", "aliyun_v4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return {"key": "a.txt", **fields, "policy": text, "x-oss-signature": signature, **more}


def encoded(
    fields: Mapping[str, str], file: bytes | None, *, filename: str = "f.txt", end: str = ""
) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
        parts.append(head.encode() + file + b"\r\n")
    return b"".join(parts) + end.encode() + f"--{BOUNDARY}--\r\n".encode()


def post(w: World, fields: Mapping[str, str], file: bytes | None = b"hello", **form: Any) -> Response:
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return w.send("POST", f"{HOST}/{BUCKET}/", headers=headers, body=encoded(fields, file, **form))


def stored(w: World, key: str = "a.txt") -> bytes:
    return w.send("GET", w.get_url(key).url).get_data()


def test_a_form_stores_its_file(w: World) -> None:
    answer = post(w, signed(w))

    assert (204, b"", '"5D41402ABC4B2A76B9719D911017C592"', "11177612005948864433") == (
        answer.status_code,
        answer.get_data(),
        answer.headers["ETag"],
        answer.headers["x-oss-hash-crc64ecma"],
    )
    assert b"hello" == stored(w)


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("302", 204)])
def test_a_form_is_answered_as_it_asks(w: World, asked: str, status: int) -> None:
    fields = signed(w, {"success_action_status": asked}, success_action_status=asked)
    answer = post(w, fields)

    assert status == answer.status_code
    assert ("a.txt" if status == 201 else "") == element(answer, "Key")
    assert ("http://localhost/a.txt" if status == 201 else None) == answer.headers.get("Location")


def test_what_a_form_says_is_the_object_s(w: World) -> None:
    named = {
        "Content-Type": "text/plain",
        "Cache-Control": "no-cache",
        "x-oss-meta-owner": "\u6587",
        "x-oss-storage-class": "IA",
    }
    answer = post(w, {**signed(w, *({name: value} for name, value in named.items())), **named})
    got = w.send("GET", w.get_url().url).headers

    assert 204 == answer.status_code
    assert ("text/plain", "no-cache", "\u6587", "IA") == (
        got["Content-Type"],
        got["Cache-Control"],
        got["x-oss-meta-owner"].encode("latin-1").decode(),
        got["x-oss-storage-class"],
    )


def test_the_file_s_own_name_can_be_the_key(w: World) -> None:
    fields = signed(w, ["starts-with", "$key", "in/"], key="in/${filename}")

    assert 204 == post(w, fields, filename="\u6587 1.txt").status_code
    assert b"hello" == stored(w, "in/\u6587 1.txt")


@pytest.mark.parametrize(
    ("condition", "fields", "expected"),
    [
        ({"key": "a.txt"}, {}, "OK"),
        ({"key": "b.txt"}, {}, "AccessDenied"),
        (["eq", "$key", "a.txt"], {}, "OK"),
        (["eq", "$key", "a.tx"], {}, "AccessDenied"),
        (["starts-with", "$key", "a."], {}, "OK"),
        (["starts-with", "$key", "b"], {}, "AccessDenied"),
        (["starts-with", "$Content-Type", "image/"], {"Content-Type": "image/png"}, "OK"),
        (["starts-with", "$Content-Type", "image/"], {"Content-Type": "text/html"}, "AccessDenied"),
        (["in", "$content-type", ["a/a", "b/b"]], {"content-type": "b/b"}, "OK"),
        (["in", "$content-type", ["a/a", "b/b"]], {"content-type": "c/c"}, "AccessDenied"),
        (["in", "$content-type", ["a/a", "b/b"]], {}, "AccessDenied"),
        (["not-in", "$content-type", ["a/a"]], {"content-type": "b/b"}, "OK"),
        (["not-in", "$content-type", ["a/a"]], {"content-type": "a/a"}, "AccessDenied"),
        ({"x-oss-forbid-overwrite": "true"}, {"x-oss-forbid-overwrite": "true"}, "OK"),
        ({"x-oss-forbid-overwrite": "true"}, {"x-oss-forbid-overwrite": "false"}, "AccessDenied"),
        ({"x-oss-forbid-overwrite": "true"}, {}, "AccessDenied"),
        (["content-length-range", 5, 5], {}, "OK"),
        (["content-length-range", 0, 4], {}, "EntityTooLarge"),
        (["content-length-range", 6, 9], {}, "EntityTooSmall"),
        (["content-length-range", 0], {}, "InvalidPolicyDocument"),
        (["content-length-range", -1, 9], {}, "InvalidPolicyDocument"),
        (["content-length-range", 0, 5 * 1024**3 + 1], {}, "InvalidPolicyDocument"),
        (["content-length-range", "0", "9"], {}, "InvalidPolicyDocument"),
        (["not-in", "$content-type", "a/a"], {}, "InvalidPolicyDocument"),
        (["eq", "key", "a.txt"], {}, "InvalidPolicyDocument"),
        (["matches", "$key", "a.*"], {}, "InvalidPolicyDocument"),
        ({"key": "a.txt", "bucket": BUCKET}, {}, "InvalidPolicyDocument"),
        (123, {}, "InvalidPolicyDocument"),
    ],
)
def test_each_condition_is_heeded(w: World, condition: Any, fields: dict[str, str], expected: str) -> None:
    answer = post(w, {**signed(w, condition), **fields})

    assert expected == code(answer)
    assert (b"hello" if expected == "OK" else None) == (stored(w) if w.bucket.exists("a.txt") else None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-oss-meta-a", "b"),
        ("Cache-Control", "no-store"),
        ("Content-Disposition", "inline"),
        ("success_action_status", "201"),
        ("x-oss-storage-class", "IA"),
        ("name", "a.txt"),
        ("submit", "Upload"),
    ],
)
def test_a_field_that_the_policy_does_not_mention_is_taken(w: World, name: str, value: str) -> None:
    assert "OK" == code(post(w, {**signed(w), name: value}))


@pytest.mark.parametrize("field", facts.FORM_FIELDS_THAT_NEED_A_CONDITION)
def test_a_field_of_the_signature_without_a_condition_is_refused(w: World, field: str) -> None:
    w.cloud.identities.add_role("writer", trust=ANYBODY, policies=[EVERYTHING])
    session = w.cloud.identities.role_session("writer")
    names = set(facts.FORM_FIELDS_THAT_NEED_A_CONDITION)
    expiration = (w.cloud.clock.now() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    # Any value will do: only whether the policy names the field is asked.
    policy = {
        "expiration": expiration,
        "conditions": [["starts-with", f"${name}", ""] for name in sorted(names - {field})],
    }
    answer = post(w, signed(w, principal=session, policy=policy))

    assert (403, "0006-00000228") == (answer.status_code, element(answer, "EC"))
    assert f"Invalid according to Policy: Extra input fields: {field}" == element(answer, "Message")


@pytest.mark.parametrize(
    "condition",
    [
        {"x-oss-meta-a": ""},
        ["eq", "$x-oss-meta-a", ""],
        ["starts-with", "$x-oss-meta-a", ""],
        ["not-in", "$x-oss-meta-a", ["b"]],
    ],
)
def test_a_field_that_a_condition_names_has_to_be_there(w: World, condition: Any) -> None:
    absent = post(w, signed(w, condition))
    empty = post(w, {**signed(w, condition), "x-oss-meta-a": ""})

    assert (403, "0006-00000226") == (absent.status_code, element(absent, "EC"))
    assert "OK" == code(empty)


def test_acl_and_tags_need_permissions_of_the_signer(w: World) -> None:
    writer = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:PutObject", "Resource": "*"}]}
    plain = w.cloud.identities.add_user("plain", policies=[writer])
    asked = {
        name: element(post(w, {**signed(w, principal=plain), name: value}), "AuthAction")
        for name, value in (("x-oss-object-acl", "public-read"), ("x-oss-tagging", "a=1"))
    }

    assert {"x-oss-object-acl": "oss:PutObjectAcl", "x-oss-tagging": "oss:PutObjectTagging"} == asked


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"x-oss-signature": "0" * 64}, "SignatureDoesNotMatch"),
        ({"x-oss-signature": "\u00e9"}, "SignatureDoesNotMatch"),
        ({"x-oss-signature": None}, "InvalidArgument"),
        ({"x-oss-signature-version": "OSS4"}, "InvalidArgument"),
        ({"x-oss-credential": "a/b"}, "InvalidArgument"),
        ({"x-oss-date": "20200101T000000Z"}, "InvalidArgument"),
        ({"x-oss-date": None}, "InvalidArgument"),
        ({"x-oss-security-token": "made-up"}, "AccessKeyIdAndSecurityTokenNotMatch"),
        ({"policy": base64.b64encode(b"{}").decode()}, "SignatureDoesNotMatch"),
        ({"policy": None}, "InvalidArgument"),
        ({"policy": None, "x-oss-signature-version": None}, "AccessDenied"),
        ({"key": "/a"}, "InvalidObjectName"),
        ({"key": ""}, "InvalidObjectName"),
        ({"key": "k" * 1024}, "InvalidObjectName"),
        ({"POLICY": "again"}, "MalformedPOSTRequest"),
    ],
)
def test_each_field_of_the_signature_is_checked(w: World, change: Mapping[str, Any], expected: str) -> None:
    fields = {name: value for name, value in {**signed(w), **change}.items() if value is not None}

    assert expected == code(post(w, fields))


def test_a_form_of_another_region_key_or_bucket_is_refused(w: World) -> None:
    stranger = Principal(kind="user", arn="a", access_key_id="LTAInobody", access_key_secret="s")
    w.cloud.create_bucket("otherbucket")
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    elsewhere = w.send("POST", f"{HOST}/otherbucket/", headers=headers, body=encoded(signed(w), b"hello"))

    assert "0002-00000226" == element(post(w, signed(w, region="cn-beijing")), "EC")
    assert "InvalidAccessKeyId" == code(post(w, signed(w, principal=stranger)))
    assert "AccessDenied" == code(elsewhere)


@pytest.mark.parametrize(
    ("condition", "ec"),
    [
        (["content-length-range", "0", "9"], "0006-00000220"),
        (["content-length-range", 0], "0006-00000220"),
        (["matches", "$key", "a.*"], "0006-00000216"),
        (123, "0006-00000216"),
    ],
)
def test_what_is_wrong_with_a_condition_is_told_by_its_ec(w: World, condition: Any, ec: str) -> None:
    answer = post(w, signed(w, condition))

    assert ("InvalidPolicyDocument", ec) == (code(answer), element(answer, "EC"))


@pytest.mark.parametrize(
    "policy",
    [
        "no base64!",
        base64.b64encode(b"no json").decode(),
        [],
        {"conditions": []},
        {"expiration": "2999-01-01T00:00:00.000Z"},
        {"expiration": "tomorrow", "conditions": []},
        {"expiration": 1, "conditions": []},
        {"expiration": "2999-01-01T00:00:00.000Z", "conditions": {}},
        {"expiration": "2999-01-01T00:00:00.000Z", "conditions": [["eq", "$key", "\ud800"]]},
        base64.b64encode(b"[" * 50_000).decode(),
    ],
)
def test_a_policy_that_is_none_is_refused(w: World, policy: Any) -> None:
    text = policy if isinstance(policy, str) else base64.b64encode(json.dumps(policy).encode()).decode()

    assert "InvalidPolicyDocument" == code(post(w, signed(w, policy=text)))


def test_a_form_is_good_until_the_second_its_policy_names(w: World) -> None:
    now = w.cloud.clock.now().replace(microsecond=0)
    w.cloud.clock.set(now)
    fields = signed(w, life=60)
    codes = []
    for seconds in (59.999, 60):
        w.cloud.clock.set(now + timedelta(seconds=seconds))
        codes.append((code(answer := post(w, fields)), element(answer, "Message")))

    assert [("OK", ""), ("AccessDenied", "Invalid according to Policy: Policy expired.")] == codes


def test_a_form_lives_seven_days_at_most_and_not_before_its_date(w: World) -> None:
    fields = signed(w, life=30 * 86_400)
    w.cloud.clock.advance(timedelta(minutes=-16))
    early = element(post(w, fields), "EC")
    w.cloud.clock.advance(timedelta(minutes=15))
    soon = code(post(w, fields))
    w.cloud.clock.advance(timedelta(days=7, minutes=2))

    assert ("0002-00000235", "OK", "AccessDenied") == (early, soon, code(post(w, fields)))


def test_a_form_of_a_session_needs_its_token_and_its_life(w: World) -> None:
    w.cloud.identities.add_role("writer", trust=ANYBODY, policies=[EVERYTHING])
    session = w.cloud.identities.role_session("writer", duration_seconds=900)
    fields = signed(w, principal=session, life=3600)
    untold = {name: value for name, value in fields.items() if name != "x-oss-security-token"}

    assert "OK" == code(post(w, fields))
    assert "InvalidAccessKeyId" == code(post(w, untold))
    assert "InvalidSecurityToken" == code(post(w, {**fields, "x-oss-security-token": "x"}))
    w.cloud.clock.advance(timedelta(seconds=900))
    assert "SecurityTokenExpired" == code(post(w, fields))


def test_permissions_decide_over_forms_too(w: World) -> None:
    reader = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:Get*", "Resource": "*"}]}
    writer = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:PutObject", "Resource": "*"}]}
    poor = w.cloud.identities.add_user("reader", policies=[reader])
    plain = w.cloud.identities.add_user("writer", policies=[writer])
    tagged = {"x-oss-tagging": "a=1"}

    assert "oss:PutObject" == element(post(w, signed(w, principal=poor)), "AuthAction")
    assert "oss:PutObjectTagging" == element(
        post(w, {**signed(w, tagged, principal=plain), **tagged}), "AuthAction"
    )


def test_a_form_can_forbid_overwriting(w: World) -> None:
    extra = {"x-oss-forbid-overwrite": "true", "x:who": "alice"}
    fields = {**signed(w, *({name: value} for name, value in extra.items())), **extra}

    assert ("OK", "FileAlreadyExists") == (code(post(w, fields)), code(post(w, fields, b"other")))
    assert b"hello" == stored(w)


def test_where_a_form_leads_afterwards_is_not_known(w: World) -> None:
    fields = {"success_action_redirect": "https://app.example"}

    assert "NotImplemented" == code(post(w, {**signed(w, fields), **fields}))


def test_signatures_outside_the_form_play_no_part(w: World) -> None:
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Authorization": "OSS4-HMAC-SHA256 Credential=x,Signature=y",
    }
    url = f"{HOST}/{BUCKET}/?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-signature=0"

    assert 204 == w.send("POST", url, headers=headers, body=encoded(signed(w), b"hello")).status_code


def test_a_form_is_multipart_with_the_file_at_its_end(w: World) -> None:
    fields, url = signed(w), f"{HOST}/{BUCKET}/"
    multipart = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    late = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x-oss-meta-a"\r\n\r\nb\r\n'
    plain = {"Content-Type": "application/x-www-form-urlencoded"}

    assert "RequestIsNotMultiPartContent" == code(w.send("POST", url, headers=plain, body=b"key=a"))
    assert "MalformedPOSTRequest" == code(post(w, fields, None))
    assert "MalformedPOSTRequest" == code(w.send("POST", url, headers=multipart, body=b"hello"))
    assert "MalformedPOSTRequest" == code(
        w.send("POST", url, headers=multipart, body=encoded(fields, b"hello")[:-20])
    )
    assert ("MalformedPOSTRequest", "0006-00000103") == (
        code(answer := post(w, fields, end=late)),
        element(answer, "EC"),
    )
    assert not w.bucket.exists("a.txt")


def test_a_refused_form_leaves_no_bytes(w: World, tmp_path: Path) -> None:
    post(w, signed(w, ["content-length-range", 0, 4]))
    post(w, signed(w, ["content-length-range", 6, 9]))
    post(w, signed(w, {"x-oss-tagging": "a"}, **{"x-oss-tagging": "a"}))

    assert [] == list((tmp_path / "blobs").iterdir())


def test_a_field_cannot_break_the_headers_of_an_answer(w: World) -> None:
    broken = {"x-oss-meta-a": "1\r\nSet-Cookie: b"}

    assert "InvalidArgument" == code(post(w, {**signed(w, broken), **broken}))


def test_a_big_form_does_not_need_its_size_in_memory(w: World) -> None:
    chunk, count = b"\x5a" * 64 * 1024, 1024
    whole = encoded(signed(w, ["content-length-range", 0, 64 * MIB]), b"FILE")
    before, _, after = whole.partition(b"FILE")

    def body() -> Iterator[bytes]:
        yield before
        for _ in range(count):
            yield chunk
        yield after

    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    with serve(w.emulator) as host:
        tracemalloc.start()
        answer = requests.post(f"http://{host}/{BUCKET}/", data=body(), headers=headers, timeout=60)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    stored_blob = w.bucket.current("a.txt").blob
    assert stored_blob is not None
    assert (204, 64 * MIB) == (answer.status_code, stored_blob.size)
    assert STREAMING_PEAK_BYTES > peak  # of both sides together


def test_a_field_that_nothing_heeds_is_refused_loudly(w: World) -> None:
    field = {"x-oss-server-side-encryption": "AES256"}

    assert "NotImplemented" == code(post(w, {**signed(w, field), **field}))


def test_of_two_ranges_of_sizes_both_hold(w: World) -> None:
    ranges = [["content-length-range", 0, 4], ["content-length-range", 0, 9]]

    assert 2 * ["EntityTooLarge"] == [code(post(w, signed(w, *order))) for order in (ranges, ranges[::-1])]
