"""The session policy: smallest document, hard limit, and a second wall that reads what was written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.errors import SessionPolicyTooLarge
from shared.grants.session_policy import LIMIT_BYTES, delete, read, refuse_unbounded, session_policy, write

BUCKET = "examplebucket"
SECURE = {"Bool": {"acs:SecureTransport": "true"}}


def statements(document: str) -> list[dict[str, Any]]:
    return list(json.loads(document)["Statement"])


def resource(prefix: str) -> str:
    return f"acs:oss:*:*:{BUCKET}/{prefix}*"


def allow(action: str, prefix: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource(prefix), **more}
    return json.dumps({"Version": "1", "Statement": [statement]})


def test_reading_allows_get_object_over_https() -> None:
    document = session_policy(read(["users/alice/"]), bucket=BUCKET)

    expected = {
        "Effect": "Allow",
        "Action": "oss:GetObject",
        "Resource": resource("users/alice/"),
        "Condition": SECURE,
    }
    assert {"Version": "1", "Statement": [expected]} == json.loads(document)


def test_writing_allows_what_a_multipart_upload_needs() -> None:
    document = session_policy(write(["in/"]), bucket=BUCKET, secure_transport=False)

    expected = {
        "Effect": "Allow",
        "Action": ["oss:PutObject", "oss:ListParts", "oss:AbortMultipartUpload"],
        "Resource": resource("in/"),
    }
    assert [expected] == statements(document)


def test_versions_tags_and_deletion_are_added_only_on_request() -> None:
    accesses = read(["a/"], versions=True), write(["a/"], tagging=True), delete(["a/"])
    document = session_policy(*accesses, bucket=BUCKET)

    assert [
        [
            "oss:GetObject",
            "oss:GetObjectVersion",
            "oss:PutObject",
            "oss:ListParts",
            "oss:AbortMultipartUpload",
            "oss:PutObjectTagging",
            "oss:DeleteObject",
        ]
    ] == [statement["Action"] for statement in statements(document)]


def test_listing_is_allowed_on_the_bucket_below_the_prefixes_only() -> None:
    document = session_policy(read(["a/", "b/"]), bucket=BUCKET, list_below=["a/", "b/"])

    expected = {
        "Effect": "Allow",
        "Action": "oss:ListObjects",
        "Resource": f"acs:oss:*:*:{BUCKET}",
        "Condition": SECURE | {"StringLike": {"oss:Prefix": ["a/*", "b/*"]}},
    }
    assert expected == statements(document)[1]


def test_listing_has_its_condition_even_for_the_whole_bucket() -> None:
    document = session_policy(read([""]), bucket=BUCKET, list_below=[""])

    assert {"oss:Prefix": "*"} == statements(document)[1]["Condition"]["StringLike"]


def test_a_prefix_below_another_is_dropped() -> None:
    document = session_policy(read(["a/b/", "a/", "ab/", "a/b/c/"]), bucket=BUCKET)

    assert [resource("a/"), resource("ab/")] == statements(document)[0]["Resource"]


def test_the_whole_bucket_covers_every_prefix() -> None:
    document = session_policy(read(["a/", ""]), bucket=BUCKET)

    assert f"acs:oss:*:*:{BUCKET}/*" == statements(document)[0]["Resource"]


def test_equal_prefixes_share_one_statement() -> None:
    document = session_policy(read(["a/", "b/"]), write(["b/", "a/"]), bucket=BUCKET)

    assert 1 == len(statements(document))


def test_short_prefixes_are_repeated_rather_than_actions() -> None:
    document = session_policy(read(["a/"]), write(["a/", "b/"]), bucket=BUCKET)

    assert 1 == document.count("oss:PutObject")


def test_actions_are_repeated_rather_than_long_prefixes() -> None:
    long = [f"{'x' * 150}{number}/" for number in range(4)]
    document = session_policy(read([*long, "a/"]), write([*long, "b/"]), delete([*long, "c/"]), bucket=BUCKET)

    assert [1, 1, 1, 1] == [document.count(prefix) for prefix in long]


def test_the_document_does_not_depend_on_the_order_of_the_settings() -> None:
    one = session_policy(read(["a/", "b/"]), bucket=BUCKET)
    other = session_policy(read(["b/", "a/"]), bucket=BUCKET)

    assert one == other


def test_names_in_any_script_stay_as_they_are() -> None:
    document = session_policy(read(["图片/"]), bucket=BUCKET)

    assert "图片/*" in document


def prefix_that_fills(size: int) -> str:
    overhead = len(session_policy(read(["a/"]), bucket=BUCKET)) - len("a/")
    return "p" * (size - overhead - 1) + "/"


def test_a_document_of_exactly_the_limit_is_sent() -> None:
    document = session_policy(read([prefix_that_fills(LIMIT_BYTES)]), bucket=BUCKET)

    assert LIMIT_BYTES == len(document)


def test_one_byte_more_is_refused_with_size_limit_and_advice() -> None:
    with pytest.raises(SessionPolicyTooLarge) as refused:
        session_policy(read([prefix_that_fills(LIMIT_BYTES + 1)]), bucket=BUCKET)

    assert (LIMIT_BYTES + 1, LIMIT_BYTES) == (refused.value.size, refused.value.limit)
    assert "2049" in str(refused.value)
    assert "common parent prefix" in str(refused.value)


def test_the_limit_counts_utf_8_bytes() -> None:
    with pytest.raises(SessionPolicyTooLarge):
        session_policy(read(["图" * 700 + "/"]), bucket=BUCKET)


@pytest.mark.parametrize("accesses", [(), (read([]),), (read([]), write([]))])
def test_allowing_nothing_is_an_error_and_never_an_empty_policy(accesses: Any) -> None:
    with pytest.raises(ValueError, match="allows something"):
        session_policy(*accesses, bucket=BUCKET)


@pytest.mark.parametrize(
    "prefix",
    [
        "a",
        "/",
        "/a/",
        "a*/",
        "a?/",
        "${x}/",
        "{x}/",
        "a\\b/",
        'a"/',
        "a\n/",
        "a\x7f/",
        "a\x85/",
        "a\u2028/",
        "*",
    ],
)
def test_a_prefix_that_ram_could_read_as_more_is_refused(prefix: str) -> None:
    for accesses, listed in (((read([prefix]),), ()), ((), (prefix,))):
        with pytest.raises(ValueError, match="prefix of a session policy"):
            session_policy(*accesses, bucket=BUCKET, list_below=listed)


@pytest.mark.parametrize("bucket", ["", "*", "a", "ex*mple", "examplebucket/", "Examplebucket", "example?"])
def test_a_bucket_that_is_no_bucket_name_is_refused(bucket: str) -> None:
    with pytest.raises(ValueError, match="bucket"):
        session_policy(read(["a/"]), bucket=bucket)


def test_the_second_wall_lets_the_granted_document_through() -> None:
    refuse_unbounded(allow("oss:GetObject", "a/"), bucket=BUCKET, accesses=[read(["a/"])])

    with pytest.raises(ValueError, match="beyond"):
        refuse_unbounded(allow("oss:GetObject", "b/"), bucket=BUCKET, accesses=[read(["a/"])])


@pytest.mark.parametrize(
    ("action", "target"),
    [
        ("oss:DeleteObject", f"{BUCKET}/a/*"),
        ("oss:*", f"{BUCKET}/a/*"),
        ("oss:GetObject", f"{BUCKET}/a/b*"),
        ("oss:GetObject", f"{BUCKET}/a*"),
        ("oss:GetObject", f"{BUCKET}/*/*"),
        ("oss:GetObject", f"{BUCKET}*/a/*"),
        ("oss:GetObject", f"{BUCKET}/*"),
        ("oss:GetObject", "other/a/*"),
        ("oss:GetObject", "*"),
        ("oss:ListObjects", BUCKET),
    ],
)
def test_the_second_wall_stops_what_reaches_further(action: str, target: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": f"acs:oss:*:*:{target}"}
    document = json.dumps({"Version": "1", "Statement": [statement]})

    with pytest.raises(ValueError, match="beyond"):
        refuse_unbounded(document, bucket=BUCKET, accesses=[read(["a/"])], listed=["a/"])


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringLike": {}},
        {"StringLike": {"oss:Prefix": []}},
        {"StringLike": {"oss:Prefix": "*"}},
        {"StringLike": {"oss:Prefix": ["a/*", "b/*"]}},
        {"StringLike": {"oss:Delimiter": "a/*"}},
        {"StringNotLike": {"oss:Prefix": "a/*"}},
    ],
)
def test_the_second_wall_stops_listing_beyond_the_prefixes(condition: dict[str, Any]) -> None:
    listing = {"Effect": "Allow", "Action": "oss:ListObjects", "Resource": f"acs:oss:*:*:{BUCKET}"}
    document = json.dumps({"Version": "1", "Statement": [listing | {"Condition": condition}]})

    with pytest.raises(ValueError, match="beyond"):
        refuse_unbounded(document, bucket=BUCKET, accesses=[], listed=["a/"])


@pytest.mark.parametrize("odd", [{"Effect": "Deny"}, {"NotAction": "oss:GetObject"}, {"Principal": "*"}])
def test_the_second_wall_knows_no_other_kind_of_statement(odd: dict[str, str]) -> None:
    statement = {"Effect": "Allow", "Action": "oss:GetObject", "Resource": resource("a/")} | odd
    document = json.dumps({"Version": "1", "Statement": [statement]})

    with pytest.raises(ValueError, match="beyond"):
        refuse_unbounded(document, bucket=BUCKET, accesses=[read(["a/"])])
