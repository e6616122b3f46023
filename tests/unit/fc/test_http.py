from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from shared import errors
from shared.fc.http import STATUS, Reply, serve
from shared.fc.invocation import Invocation
from shared.settings.caller import CallerSettings, CorsPolicy, IdentityPolicy

ORIGIN = "https://app.example.com"


@dataclass(frozen=True)
class Settings:
    caller: CallerSettings


@dataclass(frozen=True)
class Called:
    settings: Settings


def call(*origins: str) -> Called:
    cors = CorsPolicy(origins=origins, max_age_seconds=60)
    return Called(Settings(CallerSettings(identity=IdentityPolicy(), cors=cors)))


def event(method: str = "POST", **headers: str) -> bytes:
    return json.dumps(
        {"version": "v1", "headers": headers, "requestContext": {"http": {"method": method}}, "body": ""}
    ).encode()


def served(
    outcome: Reply | Exception, *, payload: bytes | None = None, origins: tuple[str, ...] = ()
) -> dict[str, Any]:
    def operate(_: Invocation, __: Called) -> Reply:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    given = event() if payload is None else payload
    return serve(
        given, request_id="req-1", load=lambda _: call(*origins), operate=operate, allow=("GET", "POST")
    )


def test_an_answer_is_json_that_nobody_may_store() -> None:
    answer = served(Reply(document={"a": "é"}))

    assert {
        "statusCode": 200,
        "headers": {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Origin",
            "Access-Control-Allow-Origin": "https://origin.invalid",
        },
        "isBase64Encoded": False,
        "body": '{"a":"\\u00e9"}',
    } == answer


def test_a_direct_invocation_gets_the_bare_document() -> None:
    assert {"a": 1} == served(Reply(document={"a": 1}), payload=b"{}")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidRequest("key: required"), 400, "InvalidArgument"),
        (errors.TtlTooLong(requested=timedelta(2), maximum=timedelta(1)), 400, "InvalidArgument"),
        (errors.Unauthenticated("claim sub: absent"), 401, "Unauthenticated"),
        (errors.AccessDenied("key: outside"), 403, "AccessDenied"),
        (errors.MethodNotAllowed(allow=("GET",)), 405, "MethodNotAllowed"),
        (errors.PayloadTooLarge("too big"), 413, "PayloadTooLarge"),
        (errors.UnsupportedMediaType("json"), 415, "UnsupportedMediaType"),
        (errors.Throttled(retry_after=timedelta(seconds=3)), 429, "Throttling"),
        (errors.StsRejected(sts_code="NoPermission"), 502, "BadGateway"),
        (errors.StsUnavailable(reason="deadline"), 502, "BadGateway"),
        (errors.Misconfigured("OSS_REGION", "required"), 500, "InternalError"),
        (errors.SessionPolicyTooLarge(size=3000, limit=2048), 500, "InternalError"),
        (ZeroDivisionError("canary"), 500, "InternalError"),
    ],
)
def test_every_error_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    answer = served(error)
    document = json.loads(answer["body"])

    assert (status, code, "req-1") == (answer["statusCode"], document["Code"], document["RequestId"])
    assert "no-store" == answer["headers"]["Cache-Control"]


def test_every_error_of_the_tree_is_in_the_table() -> None:
    tree = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ServiceError)
    }

    assert tree - {errors.ServiceError} == set(STATUS)


def test_a_refused_direct_invocation_gets_the_bare_refusal() -> None:
    answer = served(errors.AccessDenied("key: outside"), payload=b"{}")

    assert {"Code": "AccessDenied", "Message": "key: outside", "RequestId": "req-1"} == answer


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("canary"),
        errors.Misconfigured("OSS_REGION", "canary"),
        errors.ServiceError("canary"),
    ],
)
def test_what_is_wrong_inside_stays_inside(error: Exception) -> None:
    assert "canary" not in json.dumps(served(error))


def test_an_unexpected_error_is_logged_by_place_not_by_text(capsys: pytest.CaptureFixture[str]) -> None:
    served(ZeroDivisionError("canary"))
    line = json.loads(capsys.readouterr().out)

    assert ("req-1", "ZeroDivisionError") == (line["request_id"], line["error"])
    assert line["at"][-1].endswith(" operate")
    assert "canary" not in json.dumps(line)


def test_a_misconfiguration_is_logged_with_its_variable(capsys: pytest.CaptureFixture[str]) -> None:
    served(errors.Misconfigured("OSS_REGION", "required"))

    assert '"variable": "OSS_REGION", "rule": "required"' in capsys.readouterr().out


def test_refusals_tell_what_to_do_next() -> None:
    assert "GET, POST" == served(errors.MethodNotAllowed(allow=("GET", "POST")))["headers"]["Allow"]
    assert "3" == served(errors.Throttled(retry_after=timedelta(seconds=3)))["headers"]["Retry-After"]


def test_settings_that_do_not_load_are_answered() -> None:
    def broken(_: Invocation) -> Settings:
        raise errors.Misconfigured("OSS_BUCKET", "required")

    answer = serve(event(), request_id="req-1", load=broken, operate=lambda *_: Reply(), allow=("GET",))

    assert 500 == answer["statusCode"]


def test_a_known_origin_may_read_answers_and_errors() -> None:
    for outcome in (Reply(), errors.AccessDenied("no")):
        headers = served(outcome, payload=event(Origin=ORIGIN), origins=(ORIGIN,))["headers"]

        assert (ORIGIN, "Origin") == (headers["Access-Control-Allow-Origin"], headers["Vary"])
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://app.example.com.evil", "null", ORIGIN.upper()]
)
def test_an_unknown_origin_is_told_another_one_so_that_the_gateways_own_headers_never_stand(
    origin: str,
) -> None:
    headers = served(Reply(), payload=event(Origin=origin), origins=(ORIGIN,))["headers"]

    assert (ORIGIN, "Origin") == (headers["Access-Control-Allow-Origin"], headers["Vary"])
    assert not {"Access-Control-Allow-Credentials", "Access-Control-Allow-Headers"} & set(headers)


@pytest.mark.parametrize("sent", [{}, {"Origin": ORIGIN}, {"Origin": "null"}])
@pytest.mark.parametrize("outcome", [Reply(), errors.AccessDenied("no"), ZeroDivisionError()])
def test_without_configured_origins_no_page_may_read(
    sent: dict[str, str], outcome: Reply | Exception
) -> None:
    headers = served(outcome, payload=event(**sent))["headers"]

    assert "https://origin.invalid" == headers["Access-Control-Allow-Origin"]
    assert "Access-Control-Allow-Credentials" not in headers


def test_a_preflight_is_answered_without_asking_the_operation() -> None:
    answer = served(ZeroDivisionError(), payload=event("OPTIONS", Origin=ORIGIN), origins=(ORIGIN,))

    assert (204, "") == (answer["statusCode"], answer["body"])
    assert {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "authorization, content-type",
        "Access-Control-Max-Age": "60",
    }.items() <= answer["headers"].items()
