"""1,160 + 223 + 20 + 12 results of official SDKs, and 19 that a right signer does not give."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from shared.signing import presign, sign_request, v4
from shared.signing.post_policy import encode
from tests.unit.signing import support
from tests.unit.signing.support import Row

PRESIGN = support.rows("presign_v4.jsonl")
AUTHORIZATION = support.rows("authorization_v4.jsonl")
POST_POLICY = support.rows("post_policy_v4.jsonl")
UNIT_CASES: list[Row] = json.loads((support.VECTORS / "sdk_unit_cases.json").read_text())["cases"]
QUIRKS = support.rows("sdk_quirks.jsonl")

ids = {"ids": lambda row: row["id"]}


def presigned(row: Row) -> str:
    return presign(
        support.request(row),
        endpoint=support.endpoint(row),
        credentials=support.credentials(row),
        expires_in=timedelta(seconds=row["expires_s"]),
        now=support.now(row),
    ).url


def authorized(row: Row) -> dict[str, str]:
    added = ("x-oss-date", "x-oss-security-token")
    headers = {name: value for name, value in row["request_headers"].items() if name not in added}
    return sign_request(
        support.request(row, headers=headers),
        endpoint=support.endpoint(row),
        credentials=support.credentials(row),
        now=support.now(row),
    )


def steps(row: Row, *, headers: dict[str, str], query: dict[str, str]) -> dict[str, str]:
    """The steps as the signing layer makes them, for comparison with ``support.derived``."""
    additional = v4.additional_headers(row["additional_headers"], headers=headers)
    canonical = v4.canonical_request(
        method=row["method"],
        uri=v4.canonical_uri(row["bucket"], row["key"]),
        query=v4.canonical_query(v4.query_pairs(query)),
        headers=v4.signed_headers(headers, additional=additional),
        additional=additional,
    )
    scope = v4.scope_of(
        v4.timestamp(support.now(row)), region=row["cloud_box_id"] or row["region"], product=row["product"]
    )
    to_sign = v4.string_to_sign(stamp=v4.timestamp(support.now(row)), scope=scope, canonical=canonical)
    key = v4.signing_key(row["access_key_secret"], scope=scope)
    return {
        "canonical request": canonical,
        "string to sign": to_sign,
        "signature": v4.signature(key, to_sign),
    }


def compare_steps(row: Row, *, headers: dict[str, str], query: dict[str, str], expected: str) -> None:
    """Stop at the first step that differs, and at the signature of the SDK."""
    ours, theirs = (
        steps(row, headers=headers, query=query),
        support.derived(row, headers=headers, query=query),
    )
    for step, value in theirs.items():
        assert value == ours[step], f"{row['id']}: the {step} differs"
    assert expected == ours["signature"], f"{row['id']}: the SDK signs something else"


def test_every_vector_is_there() -> None:
    counts = [len(rows) for rows in (PRESIGN, AUTHORIZATION, POST_POLICY, UNIT_CASES, QUIRKS)]

    assert [1160, 223, 20, 12, 19] == counts


@pytest.mark.parametrize("row", PRESIGN, **ids)
def test_a_presigned_url_is_what_the_sdk_makes(row: Row) -> None:
    url, expected = presigned(row), row["expected_url"]
    compare_steps(
        row,
        headers=row["headers"],
        query=support.query_of(expected),
        expected=support.signature_of(expected),
    )

    if row["sdk"] == "alibabacloud-oss-python-sdk-v2":
        assert expected == url
    assert parts(expected) == parts(url)


def parts(url: str) -> tuple[Any, ...]:
    split = urlsplit(url)
    return split.scheme, split.netloc, unquote(split.path), support.query_of(url), support.signature_of(url)


@pytest.mark.parametrize("row", AUTHORIZATION, **ids)
def test_an_authorization_header_is_what_the_sdk_makes(row: Row) -> None:
    sent = authorized(row)
    expected = support.authorization_fields(row["expected_authorization"])
    compare_steps(row, headers=row["request_headers"], query=row["query"], expected=expected["Signature"])

    assert expected == support.authorization_fields(sent["Authorization"])
    if row["sdk"] != "aliyun-oss-python-sdk":
        assert row["expected_authorization"] == sent["Authorization"]


@pytest.mark.parametrize("row", POST_POLICY, **ids)
def test_a_policy_is_what_the_sdk_signs(row: Row) -> None:
    policy = json.loads(row["policy"]) if isinstance(row["policy"], str) else row["policy"]
    encoded = encode(policy)
    scope = v4.scope_of(v4.timestamp(support.now(row)), region=row["region"], product=row["product"])
    signature = v4.signature(v4.signing_key(row["access_key_secret"], scope=scope), encoded)

    assert row["expected_policy_base64"] == encoded
    assert row["expected_signature"] == signature


@pytest.mark.parametrize("row", UNIT_CASES, **ids)
def test_an_sdk_unit_test_holds_here_too(row: Row) -> None:
    if row["kind"] == "presign":
        made = {**support.query_of(presigned(row)), "x-oss-signature": support.signature_of(presigned(row))}
    else:
        made = authorized(row)

    assert row["expected"].items() <= made.items()


@pytest.mark.parametrize("row", QUIRKS, **ids)
def test_a_quirk_of_one_sdk_is_not_repeated(row: Row) -> None:
    if "expected_url" in row:
        assert support.signature_of(row["expected_url"]) != support.signature_of(presigned(row))
    else:
        expected = support.authorization_fields(row["expected_authorization"])
        assert (
            expected["Signature"]
            != support.authorization_fields(authorized(row)["Authorization"])["Signature"]
        )
