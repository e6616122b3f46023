"""Requests that try to break in, to break out, or to break the function."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.attack_world import TRIED, event, refused, send, status

EVENTS = Path(__file__).parents[2] / "events"
SAMPLES = sorted(EVENTS.glob("http-*presign*.json"))
GET = {"operation": "GetObject", "key": "users/alice/a"}


@pytest.mark.parametrize(
    "sub", [None, "", "alice,bob", "*", "../bob", "bob/..", "a" * 65, "b*b", "${x}", "bob\r\n", "\u202eecila"]
)
def test_a_made_up_identity_gets_nothing(sub: str | None) -> None:
    assert refused(send(event(GET, sub=sub)), family="identities")


@pytest.mark.parametrize(
    "smuggled",
    [
        event(GET, headers={"Content-Type": "application/json", "X-Jwt-Sub": "alice", "x-jwt-sub": "bob"}),
        event(GET | {"claims": {"sub": "bob"}}, sub=None),
        event(GET | {"sub": "bob"}, sub=None),
        event(GET, sub=None, queryParameters={"x-jwt-sub": "bob", "sub": "bob", "claims": "bob"}),
        event(
            GET, sub=None, headers={"Content-Type": "application/json", "Sub": "bob", "X-Jwt-Subject": "bob"}
        ),
        event(
            GET,
            sub=None,
            requestContext={"http": {"method": "POST"}, "authorizer": {"claims": {"sub": "bob"}}},
        ),
    ],
)
def test_identity_cannot_be_smuggled_in_elsewhere(smuggled: dict[str, Any]) -> None:
    assert refused(send(smuggled), family="identities")


@pytest.mark.parametrize(
    "key",
    [
        "users/bob/a",
        "users/alice",
        "users/alicex/a",
        "users/",
        "",
        "/users/alice/a",
        "//users/alice/a",
        "users/alice/../bob/a",
        "users/alice/%2e%2e/bob/a",
        "users/alice/.%2E/bob/a",
        "users/./alice/a",
        "users//alice/a",
        "users\\alice\\a",
        "users/alice/..\\bob",
        "users/alice/a\x00.png",
        "users/alice/a\r\nx-oss-object-acl: public-read",
        "users/alice/\u202egpj.exe",
        "users/alice/a\u200b",
        "users/alice/\ud800",
        "users/alice/" + "\u6587" * 400,
        "USERS/alice/a",
        "publicx/a",
        "*",
        "users/*/a",
    ],
)
@pytest.mark.parametrize("operation", ["GetObject", "PutObject", "PostObject"])
def test_nobody_gets_out_of_their_folder(key: str, operation: str) -> None:
    assert refused(send(event({"operation": operation, "key": key})), family="keys")


@pytest.mark.parametrize(
    "fields",
    [
        {"operation": "DeleteObject", "key": "users/alice/a"},
        {"operation": "PutObject", "key": "public/a"},
        {"operation": "AbortMultipartUpload", "key": "public/a", "upload_id": "U"},
        {"operation": "PutObject", "key": "users/alice/a", "content_type": "text/html"},
        {"operation": "PutObject", "key": "users/alice/a", "content_type": "image/svg+xml"},
        {
            "operation": "PutObject",
            "key": "users/alice/a",
            "metadata": {"a\r\nx-oss-object-acl": "public-read"},
        },
        {
            "operation": "PutObject",
            "key": "users/alice/a",
            "metadata": {"a": "b\r\nx-oss-object-acl: public-read"},
        },
        {"operation": "PutObject", "key": "users/alice/a", "x-oss-object-acl": "public-read"},
        {"operation": "PutObject", "key": "users/alice/a", "headers": {"x-oss-callback": "e30="}},
        {"operation": "PutObject", "key": "users/alice/a", "callback": "http://evil.example"},
        {"operation": "GetObject", "key": "users/alice/a", "process": "image/resize,w_10000"},
        {"operation": "GetObject", "key": "users/alice/a", "version_id": "v"},
        {"operation": "GetObject", "key": "users/alice/a", "response": {"content_type": "text/html"}},
        {
            "operation": "GetObject",
            "key": "users/alice/a",
            "response": {"content_disposition": "inline\r\nSet-Cookie: a"},
        },
        {"operation": "GetObject", "key": "users/alice/a", "download_as": "a\r\nSet-Cookie: b"},
        {"operation": "GetObject", "key": "users/alice/a", "expires_in": 3601},
        {"operation": "GetObject", "key": "users/alice/a", "expires_in": -1},
        {"operation": "GetObject", "key": "users/alice/a", "expires_in": 10**400},
        {"operation": "GetObject", "key": "users/alice/a", "endpoint": "accelerate"},
        {"operation": "GetObject", "key": "users/alice/a", "endpoint": "http://evil.example"},
        {"operation": "PostObject", "key": "users/alice/${filename}/../b", "max_size": 1},
        {"operation": "CopyObject", "key": "users/alice/a"},
        {"operation": "UploadPart", "key": "users/alice/\ud800", "upload_id": "U", "part_numbers": [1, 2]},
        {"operation": "PutObjectACL", "key": "users/alice/a"},
        {"operation": "UploadPart", "key": "users/alice/a", "upload_id": "a&acl", "part_number": 1},
    ],
)
def test_nothing_wider_than_the_grant_can_be_asked_for(fields: dict[str, Any]) -> None:
    assert refused(send(event(fields)), family="wider grants")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"body": "x" * (1024 * 1024 + 1)}, 413),
        ({"body": "[" * 200_000}, 400),
        ({"body": '{"a":' * 100_000}, 400),
        ({"body": "9" * 1_000_000}, 400),
        ({"body": '{"operation": "GetObject", "key": "a", "key": "b"}'}, 400),
        ({"body": '{"expires_in": NaN}'}, 400),
        ({"body": '{"expires_in": 1e999}'}, 400),
        ({"body": "\ufeff{}"}, 400),
        ({"body": "null"}, 400),
        ({"body": ""}, 400),
        ({"body": "////", "isBase64Encoded": True}, 400),
        ({"body": "\u00e9", "isBase64Encoded": True}, 400),
        ({"body": base64.b64encode(b"\xff\xfe").decode(), "isBase64Encoded": True}, 400),
        ({"body": base64.b64encode(b" " * 1_500_000).decode(), "isBase64Encoded": True}, 413),
        ({"headers": {"Content-Type": "text/plain", "X-Jwt-Sub": "alice"}}, 415),
        ({"headers": {"Content-Type": "application/x-www-form-urlencoded", "X-Jwt-Sub": "alice"}}, 415),
        ({"headers": {"Content-Type": "multipart/form-data", "X-Jwt-Sub": "alice"}}, 415),
        ({"headers": {"X-Jwt-Sub": "alice"}}, 415),
        ({"requestContext": {"http": {"method": "DELETE"}}}, 405),
        ({"requestContext": {"http": {"method": "PUT"}}}, 405),
        ({"requestContext": {"http": {"method": "HEAD"}}}, 405),
        ({"requestContext": {"http": {"method": "TRACE"}}}, 405),
        ({"requestContext": {"http": {"method": ""}}}, 405),
    ],
)
def test_a_broken_request_is_refused_at_once(changes: dict[str, Any], expected: int) -> None:
    data = json.dumps(event(GET) | changes).encode()
    send(data)
    began = time.perf_counter()
    answer = send(data)
    took = time.perf_counter() - began

    assert refused(answer, family="broken requests")
    assert expected == status(answer)
    assert 0.05 > took or len(data) > 500_000, f"{took * 1000:.0f} ms"


WILD = st.text(st.characters(exclude_categories=[]), max_size=12)
"""Lone surrogates included, which JSON can write and UTF-8 cannot."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | WILD
    | st.sampled_from(["GetObject", "PutObject", "users/alice/a", "users/bob/a", "image/png"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "operation",
                    "key",
                    "filename",
                    "items",
                    "expires_in",
                    "metadata",
                    "response",
                    "part_numbers",
                    "claims",
                    "x",
                ]
            )
            | st.text(max_size=8),
            inner,
            max_size=6,
        )
    ),
    max_leaves=15,
)
FUZZ = settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def answered_properly(payload: bytes, *, family: str) -> None:
    """Assert the full form, no 5xx, and no signature outside the folder of whom the event names."""
    answer = send(payload)
    TRIED[family] += 1
    text = json.dumps(answer, ensure_ascii=False).encode("utf-8").decode()
    assert answer.get("Code") != "InternalError"
    assert "canary" not in text.replace("token-canary-7Qx1%2B%2F%3D", "").replace("token-canary-7Qx1+/=", "")
    if "statusCode" in answer:
        assert {"statusCode", "headers", "isBase64Encoded", "body"} == set(answer)
        assert answer["statusCode"] < 500
    if "x-oss-signature" in text:
        assert any(folder in text for folder in (f"users/{stated_sub(payload)}/", "/public/"))


def stated_sub(payload: bytes) -> str:
    """Return whom the gate would have verified: the header is trusted, so a changed one is another caller."""
    headers = json.loads(payload)["headers"]
    return next(value for name, value in headers.items() if name.lower() == "x-jwt-sub")


@FUZZ
@given(JSON)
def test_any_json_as_a_body_is_answered(body: Any) -> None:
    answered_properly(json.dumps(event(json.dumps(body))).encode(), family="any JSON as a body")


@FUZZ
@given(JSON)
def test_any_json_as_an_event_is_answered(payload: Any) -> None:
    answered_properly(json.dumps(payload).encode(), family="any JSON as an event")


@FUZZ
@given(
    st.sampled_from(
        ["version", "rawPath", "body", "isBase64Encoded", "headers", "queryParameters", "requestContext"]
    ),
    JSON,
)
def test_any_member_of_an_event_may_be_anything(member: str, value: Any) -> None:
    answered_properly(json.dumps(event(GET) | {member: value}).encode(), family="events with one odd member")


@FUZZ
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(payload: bytes) -> None:
    answered_properly(payload, family="any bytes as an event")


@FUZZ
@given(st.sampled_from(SAMPLES), st.data())
def test_a_sample_with_any_bytes_changed_is_answered(path: Path, data: st.DataObject) -> None:
    payload = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(payload) - 1))
        payload[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))

    answered_properly(bytes(payload), family="samples with changed bytes")


@FUZZ
@given(st.dictionaries(st.text(max_size=12), st.text(max_size=30), max_size=5))
def test_any_query_is_answered(query: dict[str, str]) -> None:
    asked = {"operation": "GetObject", "key": "users/alice/a"} | query
    answered_properly(
        json.dumps(event(method="GET", queryParameters=asked)).encode(), family="any query parameters"
    )


@pytest.mark.parametrize("text", ["6_0", "+60", " 60", "60 ", "\u0666\u0660", "6e1", "60.0", "0x3c"])
def test_a_number_in_a_query_is_ascii_digits(text: str) -> None:
    query = {"operation": "GetObject", "key": "users/alice/a", "expires_in": text}

    assert refused(send(event(method="GET", queryParameters=query)), family="numbers")


@pytest.mark.parametrize("text", ["yes", "on", "t", "TRUE", "y"])
def test_a_truth_value_in_a_query_is_a_word(text: str) -> None:
    query = {"operation": "GetObject", "key": "users/alice/a", "dry_run": text}

    assert refused(send(event(method="GET", queryParameters=query)), family="numbers")


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200f", "\u061c", "\ufeff", "\ufffe", "\uffff", "\u2028"]
)
@pytest.mark.parametrize(
    "fields",
    [
        {"operation": "GetObject", "key": "users/alice/a{}b"},
        {"operation": "PutObject", "key": "users/alice/a{}b"},
        {"operation": "GetObject", "key": "users/alice/a", "download_as": "invoice{}fdp.exe"},
    ],
)
def test_text_that_shows_as_something_else_is_not_signed(fields: dict[str, str], character: str) -> None:
    asked = {name: text.replace("{}", character) for name, text in fields.items()}

    assert refused(send(event(asked)), family="odd text")
