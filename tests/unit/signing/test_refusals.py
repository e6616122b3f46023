"""What could be read in two ways, or would be refused anyway, is not signed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from shared.errors import InvalidRequest
from shared.signing import (
    Credentials,
    Endpoint,
    ObjectRequest,
    PostForm,
    PostPolicy,
    presign,
    presign_many,
    presign_parts,
    sign_post_policy,
    sign_request,
)
from shared.signing.post_policy import MAX_SIZE, document
from tests.unit.signing import support

NOW = datetime(2026, 11, 23, 12, 0, 0, 700_000, tzinfo=timezone.utc)
KEY = Credentials(access_key_id="LTAIexample", access_key_secret="secret")
HANGZHOU = Endpoint.public("cn-hangzhou")
OPTIONS: Any = {
    "endpoint": HANGZHOU,
    "credentials": KEY,
    "expires_in": timedelta(seconds=60),
    "now": NOW,
}


def request(**changes: Any) -> ObjectRequest:
    return ObjectRequest(**({"method": "GET", "bucket": "examplebucket", "key": "a"} | changes))


def policy(**changes: Any) -> PostPolicy:
    asked = {"bucket": "examplebucket", "key": "a", "expires_in": timedelta(seconds=60)}
    return PostPolicy(**(asked | changes))


def form(**changes: Any) -> PostForm:
    return sign_post_policy(policy(**changes), endpoint=HANGZHOU, credentials=KEY, now=NOW)


BORDER_MOVERS = [
    ({"bucket": "evil.example/x"}, "bucket"),
    ({"bucket": "a?b"}, "bucket"),
    ({"bucket": "a\nb"}, "bucket"),
    ({"bucket": ""}, "bucket"),
    ({"bucket": None}, "only in a bucket"),
    ({"method": "get"}, "method"),
    ({"method": "GET\n/other/key"}, "method"),
    ({"headers": {"x-oss-meta-a:b": "c"}}, "separators"),
    ({"headers": {"a;b": "c"}, "additional_headers": ["a;b"]}, "separators"),
    ({"headers": {"x-oss-meta-\u212a": "c"}}, "separators"),
    ({"headers": {"x-oss-meta-a": "b\x00"}}, "controls"),
    ({"query": {"x-oss-security-token": "other"}}, "not the caller's"),
]


@pytest.mark.parametrize(("changes", "rule"), BORDER_MOVERS)
def test_no_value_moves_a_border_in_what_is_signed(changes: dict[str, Any], rule: str) -> None:
    ambiguous = request(**changes)
    with pytest.raises(InvalidRequest, match=rule):
        presign(ambiguous, **OPTIONS)
    with pytest.raises(InvalidRequest, match=rule):
        presign_many([request(), ambiguous], **OPTIONS)
    with pytest.raises(InvalidRequest, match=rule):
        sign_request(ambiguous, endpoint=HANGZHOU, credentials=KEY, now=NOW)


@pytest.mark.parametrize(
    "name", ["Authorization", "authorization", "x-oss-date", "X-Oss-Date", "x-oss-security-token"]
)
def test_a_signed_request_takes_no_header_of_the_signature(name: str) -> None:
    with pytest.raises(InvalidRequest, match="not the caller's"):
        sign_request(request(headers={name: "x"}), endpoint=HANGZHOU, credentials=KEY, now=NOW)


def test_a_payload_hash_is_signed_whatever_its_spelling() -> None:
    headers = sign_request(
        request(headers={"X-Oss-Content-Sha256": "ab"}), endpoint=HANGZHOU, credentials=KEY, now=NOW
    )

    assert "ab" == headers["X-Oss-Content-Sha256"]
    assert "x-oss-content-sha256" not in headers


@pytest.mark.parametrize("seconds", [0.3, 0, -0.7, -60])
def test_a_session_that_is_over_signs_no_request(seconds: float) -> None:
    ended = Credentials(
        access_key_id="STS.example",
        access_key_secret="secret",
        security_token="proof",
        expires_at=NOW.replace(microsecond=0) + timedelta(seconds=seconds),
    )

    with pytest.raises(InvalidRequest, match="the session is over"):
        sign_request(request(), endpoint=HANGZHOU, credentials=ended, now=NOW)


def test_the_service_itself_can_be_asked() -> None:
    url = presign(request(bucket=None, key=None), **OPTIONS).url

    assert url.startswith("https://oss-cn-hangzhou.aliyuncs.com/?x-oss-signature-version=")


def test_a_bucket_can_be_asked_beside_its_objects() -> None:
    bucket, thing = presign_many([request(key=None), request()], **OPTIONS)

    assert bucket.url.startswith("https://examplebucket.oss-cn-hangzhou.aliyuncs.com/?")
    assert presign(request(), **OPTIONS) == thing


def test_headers_are_returned_as_they_are_signed() -> None:
    made = presign(request(method="PUT", headers={"X-Oss-Meta-A": " \u3000b \t", "Range": "0-1"}), **OPTIONS)

    assert {"X-Oss-Meta-A": "\u3000b"} == made.headers


def test_part_numbers_are_named_once() -> None:
    upload = request(method="PUT", query={"partNumber": "1", "uploadId": "U"})

    with pytest.raises(InvalidRequest, match="part numbers"):
        presign_parts(upload, [1], **OPTIONS)


def test_a_part_number_is_not_taken_for_another_parameter() -> None:
    upload = {"apartNumber": "0", "uploadId": "{partNumber}{signature}"}
    full = presign(request(method="PUT", query={"partNumber": "7", **upload}), **OPTIONS)

    assert [full.url] == presign_parts(request(method="PUT", query=upload), [7], **OPTIONS).urls()


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_key_id": "a/b"},
        {"access_key_id": "a,b"},
        {"access_key_id": "a b"},
        {"access_key_secret": "\ud800"},
        {"security_token": ""},
        {"security_token": "\ud800"},
    ],
)
def test_credentials_that_cannot_sign_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="credentials"):
        Credentials(**({"access_key_id": "a", "access_key_secret": "s"} | wrong))  # type: ignore[arg-type]  # texts


def test_credentials_have_no_state_to_read() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        KEY.__getstate__()


@pytest.mark.parametrize("wrong", [{"region": "cn/hangzhou"}, {"region": ""}, {"product": "oss/x"}])
def test_no_endpoint_moves_a_border_in_the_credential_scope(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="region and product"):
        Endpoint(**({"region": "cn-hangzhou", "host": "h"} | wrong))  # type: ignore[arg-type]  # texts


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"bucket": "evil.example/x"}, "bucket"),
        ({"min_size": -1}, "min_size"),
        ({"min_size": 2, "max_size": 1}, "min_size"),
        ({"max_size": MAX_SIZE + 1}, "max_size"),
        ({"key": "users/${filename}"}, "final"),
        ({"key": "\ud800"}, "surrogates"),
        ({"content_type": "a/b\r\n"}, "line breaks"),
        ({"content_type": "a/b", "content_types": ["a/b"]}, "one content type"),
        ({"content_types": ["a/*", "b/c"]}, "one wildcard"),
        ({"fields": {"x-oss-meta-a": "1", "X-Oss-Meta-A": "2"}}, "distinct"),
        ({"fields": {'a"; filename="b': "1"}}, "plain"),
        ({"fields": {"x-oss-meta-a": "1\r\n"}}, "line breaks"),
    ],
)
def test_a_form_that_says_two_things_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidRequest, match=rule):
        policy(**changes)


@pytest.mark.parametrize(
    ("allowed", "condition"),
    [
        (["image/*"], ["starts-with", "$x-oss-content-type", "image/"]),
        (["image/png", "text/plain"], ["in", "$x-oss-content-type", ["image/png", "text/plain"]]),
    ],
)
def test_a_form_can_leave_the_type_to_the_client_within_a_list(allowed: list[str], condition: Any) -> None:
    made = document(policy(content_types=allowed), signing_fields={}, expires_at=NOW)

    assert condition in made["conditions"]
    assert "Content-Type" not in form(content_types=allowed).fields


def test_the_python_sdk_sends_the_same_headers() -> None:
    # Its list leaves out the additional headers, though their names are signed.
    made = (row for row in support.rows("presign_v4.jsonl") if not row["additional_headers"])
    rows = [row for row in made if row.get("signed_headers")]
    ours = [
        presign(
            support.request(row),
            endpoint=support.endpoint(row),
            credentials=support.credentials(row),
            expires_in=timedelta(seconds=row["expires_s"]),
            now=support.now(row),
        ).headers
        for row in rows
    ]

    assert 40 == len(rows)
    assert [folded(row["signed_headers"]) for row in rows] == [folded(headers) for headers in ours]


def folded(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
