from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from shared.errors import (
    InvalidRequest,
    MethodNotAllowed,
    PayloadTooLarge,
    ServiceError,
    UnsupportedMediaType,
)
from shared.fc.invocation import (
    MAX_BODY_BYTES,
    Invocation,
    Runtime,
    check_method,
    fields_of,
    parse,
    runtime_of,
)


def http_event(body: str = "{}", *, method: str = "POST", base64: bool = False, **headers: str) -> bytes:
    named = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    event = {
        "version": "v1",
        "rawPath": "/presign",
        "body": body,
        "isBase64Encoded": base64,
        "headers": named,
        "queryParameters": {"key": "a"},
        "requestContext": {"http": {"method": method, "path": "/presign"}},
    }
    return json.dumps(event).encode()


def test_an_http_event_is_told_from_a_payload() -> None:
    over_http, direct = parse(http_event(X_Jwt_Sub="alice")), parse(b'{"operation": "GetObject"}')

    assert (False, "POST", "alice") == (over_http.is_direct, over_http.method, over_http.header("x-jwt-sub"))
    assert (True, "", None) == (direct.is_direct, direct.method, direct.header("x-jwt-sub"))


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b'"v1"',
        b'{"version": "v1"}',
        b'{"version":"v1","requestContext":[]}',
    ],
)
def test_anything_else_is_a_direct_invocation(event: bytes) -> None:
    assert parse(event).is_direct


def test_headers_and_parameters_of_other_types_are_left_out() -> None:
    event = json.loads(http_event()) | {"headers": {"A": 1, "B": "b"}, "queryParameters": [1], "body": 7}
    invocation = parse(json.dumps(event).encode())

    assert ({"b": "b"}, {}, "") == (
        invocation.unverified_headers,
        invocation.unverified_query,
        invocation.unverified_body,
    )


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"]
)
def test_a_json_body_is_read(media_type: str) -> None:
    assert {"a": "é"} == fields_of(parse(http_event('{"a": "é"}', Content_Type=media_type)))


def test_a_header_that_comes_twice_is_joined_whatever_its_case() -> None:
    event = json.loads(http_event()) | {"headers": {"X-Jwt-Sub": "alice", "x-jwt-sub": "bob", "A": "1"}}
    invocation = parse(json.dumps(event).encode())

    assert ("alice,bob", "1") == (invocation.header("x-jwt-sub"), invocation.header("a"))


def test_a_base64_body_is_read() -> None:
    assert {"a": 1} == fields_of(parse(http_event(b64encode(b'{"a": 1}').decode(), base64=True)))


@pytest.mark.parametrize(
    ("body", "base64", "expected", "message"),
    [
        ("", False, InvalidRequest, "not JSON"),
        ("[]", False, InvalidRequest, "JSON object"),
        ("{", False, InvalidRequest, "not JSON"),
        ('{"a":1}x', False, InvalidRequest, "not JSON"),
        ('\ufeff{"a":1}', False, InvalidRequest, "not JSON"),
        ('{"a":1,"a":2}', False, InvalidRequest, "a: named twice"),
        ('{"b":{"a":1,"a":2}}', False, InvalidRequest, "a: named twice"),
        ('{"a":NaN}', False, InvalidRequest, "NaN"),
        ('{"a":-Infinity}', False, InvalidRequest, "NaN or Infinity"),
        ('{"a":' + "9" * 5000 + "}", False, InvalidRequest, "not JSON"),
        ("[" * 9_000, False, InvalidRequest, "not JSON"),
        ("[" * 10_001, False, InvalidRequest, "at most 10000"),
        ("\ud800", False, InvalidRequest, "UTF-8"),
        (b64encode(b"\xff").decode(), True, InvalidRequest, "UTF-8"),
        ("e30", True, InvalidRequest, "base64"),
        ("e30=\n", True, InvalidRequest, "base64"),
        ("é", True, InvalidRequest, "base64"),
        (" " * (MAX_BODY_BYTES + 1), False, PayloadTooLarge, "at most 1048576 bytes"),
        ("é" * (MAX_BODY_BYTES // 2 + 1), False, PayloadTooLarge, "at most 1048576 bytes"),
        (b64encode(b" " * (MAX_BODY_BYTES + 1)).decode(), True, PayloadTooLarge, "at most 1048576 bytes"),
    ],
)
def test_a_body_that_is_not_one_json_object_is_refused(
    body: str, base64: bool, expected: type[ServiceError], message: str
) -> None:
    with pytest.raises(expected, match=message):
        fields_of(parse(http_event(body, base64=base64)))


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin-1"]
)
def test_a_type_that_any_page_may_post_is_refused(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        fields_of(parse(http_event(Content_Type=media_type)))


def test_an_empty_body_may_stand_for_an_empty_object() -> None:
    event: dict[str, Any] = json.loads(http_event(""))
    del event["headers"]["Content-Type"]

    assert {} == fields_of(parse(json.dumps(event).encode()), empty_body_is="{}")


def test_a_direct_payload_is_the_body() -> None:
    assert {"a": 1} == fields_of(parse(b'{"a": 1}'))
    with pytest.raises(PayloadTooLarge):
        fields_of(parse(b" " * (MAX_BODY_BYTES + 10)))


def test_other_methods_are_refused_with_those_allowed() -> None:
    with pytest.raises(MethodNotAllowed) as refusal:
        check_method(parse(http_event(method="PATCH")), allow=("GET", "POST"))

    assert ("GET", "POST") == refusal.value.allow


def test_a_direct_invocation_has_no_method() -> None:
    direct = Invocation(method="", unverified_headers=None, unverified_query={}, unverified_body="")

    assert check_method(direct, allow=("GET",)) is None


def test_a_context_may_say_less_than_usual() -> None:
    full = SimpleNamespace(request_id="r", account_id="1", function=SimpleNamespace(name="f", timeout=30))

    assert Runtime(request_id="r", function="f", timeout=timedelta(seconds=30), account_id="1") == runtime_of(
        full, function="presign"
    )
    assert Runtime(
        request_id="", function="presign", timeout=timedelta(seconds=10), account_id=""
    ) == runtime_of(None, function="presign")


@pytest.mark.parametrize(
    ("traceparent", "trace_id"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0af7651916cd43dd8448eb211c80319c"),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", None),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n", None),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", None),
        ("", None),
    ],
)
def test_the_client_of_a_request_is_known_for_the_log(traceparent: str, trace_id: str | None) -> None:
    http = {"method": "GET", "sourceIp": "192.0.2.7", "userAgent": "curl/8 " + "x" * 500}
    event = {"version": "v1", "headers": {"Traceparent": traceparent}, "requestContext": {"http": http}}
    client = parse(json.dumps(event).encode()).unverified_client

    assert ("192.0.2.7", http["userAgent"][:128], trace_id) == (
        client["source_ip"],
        client["user_agent"],
        client.get("trace_id"),
    )
