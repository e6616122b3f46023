"""Many URLs in one call are, byte for byte, those that the walk signs one by one."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.signing import Credentials, Endpoint, ObjectRequest, presign, presign_many, presign_parts
from shared.signing.v4 import hmac_of
from shared.values import replaced

NOON = datetime(2026, 11, 23, 12, 0, 0, 987_654, tzinfo=timezone.utc)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ENDPOINTS = st.sampled_from(
    [
        Endpoint.public("cn-hangzhou"),
        Endpoint.custom_domain("img.example.com", region="cn-hangzhou"),
        Endpoint(region="cn-hangzhou", host="127.0.0.1:9000", scheme="http"),
        Endpoint(region="cb-1", host="cb-1.oss-cloudbox.aliyuncs.com", product="oss-cloudbox"),
    ]
)
REQUESTS = st.builds(
    ObjectRequest,
    method=st.sampled_from(["GET", "PUT", "HEAD", "POST", "DELETE", "PATCH"]),
    bucket=st.sampled_from(["examplebucket", "media", None]),
    key=st.none() | TEXT,
    headers=st.sampled_from(
        [
            {},
            {"Content-Type": "image/png"},
            {"x-oss-meta-a": "b", "Content-Length": "3", "Cache-Control": "a"},
        ]
    ),
    query=st.dictionaries(TEXT, st.just("") | TEXT, max_size=2),
    additional_headers=st.sampled_from([(), ("content-length",), ("Cache-Control", "absent")]),
)
OCCASIONS = st.fixed_dictionaries(
    {
        "endpoint": ENDPOINTS,
        "credentials": st.builds(
            Credentials,
            access_key_id=st.just("STS.NUexample"),
            access_key_secret=st.just("secret"),
            security_token=st.none() | st.just("a+b/c=="),
            expires_at=st.sampled_from([None, NOON + timedelta(minutes=5)]),
        ),
        "expires_in": st.sampled_from([timedelta(seconds=1), timedelta(minutes=20), timedelta(days=7)]),
        "now": st.just(NOON),
    }
)


def outcome(sign: Any) -> Any:
    try:
        return sign()
    except InvalidRequest as refusal:
        return str(refusal)


@given(st.lists(REQUESTS, min_size=1, max_size=3), OCCASIONS)
def test_many_urls_are_those_of_the_walk(requests: list[ObjectRequest], occasion: dict[str, Any]) -> None:
    walked = outcome(lambda: [presign(each, **occasion) for each in requests])

    assert walked == outcome(lambda: presign_many(requests, **occasion))


@given(REQUESTS, st.lists(st.integers(1, 10_000), min_size=1, max_size=3, unique=True), OCCASIONS)
def test_part_urls_are_those_of_the_walk(
    upload: ObjectRequest, numbers: list[int], occasion: dict[str, Any]
) -> None:
    def walked() -> list[str]:
        parts = [replaced(upload, query={"partNumber": str(number), **upload.query}) for number in numbers]
        return [presign(part, **occasion).url for part in parts]

    assert outcome(walked) == outcome(lambda: presign_parts(upload, numbers, **occasion).urls())


@given(st.binary(max_size=64), st.binary(), st.binary())
def test_a_prepared_signature_is_the_hmac_of_rfc_2104(key: bytes, start: bytes, rest: bytes) -> None:
    expected = hmac.new(key, start + rest, "sha256").hexdigest()
    sign = hmac_of(key, start=start)

    assert expected == sign(rest) == sign(rest)
