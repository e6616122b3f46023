from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from tests.local.mapping import MAX_RESPONSE_HEADER_BYTES, http_event, http_response, invoke_response
from tests.local.runtime import Outcome
from tests.local.template import ROOT

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
REQUEST_ID = "1-6742a1f0-0123456789abcdef01234567"
# The base64 sample holds text, which this runtime, unlike the platform at times, hands over as it is.
SAMPLES = [path for path in sorted((ROOT / "events").glob("http-*.json")) if "base64" not in path.name]


def event(request: Request, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    given = {name.lower(): value for name, value in request.headers.items()} if headers is None else headers
    return http_event(request, headers=given, account_id="123456789012", request_id=REQUEST_ID, now=NOW)


def request(path: str = "/presign", **given: Any) -> Request:
    return Request(EnvironBuilder(path, base_url="https://grants.example.com", **given).get_environ())


def request_of(sample: Mapping[str, Any]) -> Request:
    context = sample["requestContext"]["http"]
    return request(
        sample["rawPath"],
        method=context["method"],
        query_string=sample["queryParameters"],
        headers=sample["headers"],
        data=sample["body"],
        environ_base={"REMOTE_ADDR": context["sourceIp"]},
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_request_becomes_the_sample_event_to_the_letter(path: Path) -> None:
    sample = json.loads(path.read_text())
    made = event(request_of(sample))
    made["headers"].pop("Content-Length", None)

    assert sample == made


def test_paths_are_given_raw_and_decoded() -> None:
    made = event(request("/presign/media%20in/%E6%8A%A5.pdf?x=1"))

    assert ("/presign/media%20in/%E6%8A%A5.pdf", "/presign/media in/报.pdf") == (
        made["rawPath"],
        made["requestContext"]["http"]["path"],
    )


def test_repeated_parameters_are_joined_by_commas() -> None:
    assert {"key": "a b,c+d", "empty": ""} == event(request("/?key=a+b&key=c%2Bd&empty="))["queryParameters"]


def test_header_names_are_written_in_capitals() -> None:
    names = event(request(), {"x-jwt-sub": "alice", "content-type": "text/plain"})["headers"]

    assert {"X-Jwt-Sub": "alice", "Content-Type": "text/plain"} == names


@pytest.mark.parametrize(
    ("body", "text", "is_base64"),
    [
        (b"", "", False),
        (b'{"a": 1}', '{"a": 1}', False),
        ("报".encode(), "报", False),
        (b"\xff\x00", "/wA=", True),
    ],
)
def test_only_bodies_that_are_no_text_are_encoded(body: bytes, text: str, is_base64: bool) -> None:
    made = event(request(method="POST", data=body))

    assert (text, is_base64) == (made["body"], made["isBase64Encoded"])


def answered(result: Any) -> tuple[int, str | None, bytes]:
    response = http_response(Outcome(request_id=REQUEST_ID, log="", result=result))
    return response.status_code, response.headers.get("Content-Type"), response.get_data()


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (
            {"statusCode": 201, "headers": {"Content-Type": "text/plain"}, "body": "x"},
            (201, "text/plain", b"x"),
        ),
        ({"statusCode": 204}, (204, None, b"")),
        ({"statusCode": 200, "headers": None, "body": "报"}, (200, None, "报".encode())),
        ({"statusCode": 200, "isBase64Encoded": True, "body": "/wA="}, (200, None, b"\xff\x00")),
        ({"a": "报"}, (200, "application/json", '{"a": "报"}'.encode())),
        ({"body": "x"}, (200, "application/json", b'{"body": "x"}')),
        (b"text", (200, "application/json", b"text")),
        (b"", (200, "application/json", b"")),
    ],
)
def test_results_are_mapped_as_the_trigger_does(result: Any, answer: tuple[int, str | None, bytes]) -> None:
    assert answer == answered(result)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "200"},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "?", "isBase64Encoded": True},
        {"statusCode": 200, "body": "\ud800"},
        {"statusCode": 200, "headers": {"X-Count": 1}},
        {"statusCode": 200, "headers": {"X-Split": "a\r\nSet-Cookie: b"}},
        {"statusCode": 200, "headers": {"X-Long": "x" * MAX_RESPONSE_HEADER_BYTES}},
    ],
)
def test_an_answer_that_is_none_is_a_bad_gateway(result: dict[str, Any]) -> None:
    status, _, body = answered(result)

    assert (502, "BadResponse") == (status, json.loads(body)["Code"])


@pytest.mark.parametrize("name", ["X-Fc-Anything", "connection", "Date", "Server", "Keep-Alive", "Upgrade"])
def test_headers_of_the_platform_cannot_be_set(name: str) -> None:
    result = {"statusCode": 200, "headers": {name: "mine", "X-Mine": "mine"}}
    response = http_response(Outcome(request_id=REQUEST_ID, log="", result=result))

    assert {"X-Mine": "mine", "X-Fc-Request-Id": REQUEST_ID, "Content-Length": "0"} == dict(response.headers)


def test_a_failure_shows_with_its_status() -> None:
    error = {"errorMessage": "no such luck", "errorType": "ValueError", "stackTrace": []}
    outcome = Outcome(request_id=REQUEST_ID, log="", error=error)
    through_http, direct = http_response(outcome), invoke_response(outcome)

    assert (502, 200) == (through_http.status_code, direct.status_code)
    for response in (through_http, direct):
        assert "UnhandledInvocationError" == response.headers["X-Fc-Error-Type"]
        assert error == response.get_json()


@pytest.mark.parametrize("result", [{"statusCode": 404, "body": "x"}, {"Code": "AccessDenied"}])
def test_a_direct_invocation_answers_with_the_result_itself(result: dict[str, Any]) -> None:
    response = invoke_response(Outcome(request_id=REQUEST_ID, log="", result=result))

    assert (200, result) == (response.status_code, json.loads(response.get_data()))
