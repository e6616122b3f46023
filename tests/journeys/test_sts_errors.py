"""Every row of the error table that STS can cause, provoked in the emulator; and what failures tell whom."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.journeys.sts_world import StsWorld, policy, sts_world
from tests.world import credentials_of

Provoke = Callable[[StsWorld], None]


@pytest.fixture
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        yield served


def untrusted(world: StsWorld) -> None:
    world.identities.add_role(
        "uploads",
        trust=policy(Action="sts:AssumeRole", Principal={"RAM": ["acs:ram::1:role/other"]}),
        policies=[policy(Action="oss:*", Resource="*")],
    )


def not_permitted(world: StsWorld) -> None:
    user = world.identities.add_user("nobody", policies=[policy(Action="oss:GetObject", Resource="*")])
    world.environ.update(credentials_of(user))


def wrong_secret(world: StsWorld) -> None:
    world.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "wrong-secret-canary"


def wrong_token(world: StsWorld) -> None:
    world.environ["ALIBABA_CLOUD_SECURITY_TOKEN"] = "wrong-token-canary"


def unknown_key(world: StsWorld) -> None:
    world.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "STS.unknown"


def expired_function(world: StsWorld) -> None:
    brief = world.identities.role_session("function", duration_seconds=60)
    world.environ.update(credentials_of(brief))
    world.clock.advance(timedelta(seconds=61))


def wrong_external_id(world: StsWorld) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "partner-1"}}
    world.environ["STS_ROLE_ARN"] = world.add_role("guarded", trust_more={"Condition": condition}).arn
    world.environ["STS_EXTERNAL_ID"] = "partner-2"


def missing_role(world: StsWorld) -> None:
    world.environ["STS_ROLE_ARN"] += "-gone"


def clock_off(world: StsWorld) -> None:
    world.clock.advance(timedelta(minutes=16))


REJECTED: dict[str, tuple[Provoke, str]] = {
    "untrusted": (untrusted, "NoPermission"),
    "not-permitted": (not_permitted, "NoPermission"),
    "missing-role": (missing_role, "EntityNotExist.Role"),
    "wrong-external-id": (wrong_external_id, "NoPermission"),
    "wrong-secret": (wrong_secret, "SignatureDoesNotMatch"),
    "wrong-token": (wrong_token, "InvalidSecurityToken.MismatchWithAccessKey"),
    "unknown-key": (unknown_key, "InvalidAccessKeyId.NotFound"),
    "expired-function": (expired_function, "InvalidSecurityToken.Expired"),
    "clock-off": (clock_off, "InvalidTimeStamp.Expired"),
}

UNAVAILABLE: dict[str, Provoke] = {
    "server-error": lambda world: world.sts.faults.server_error(2),
    "internal-error": lambda world: world.sts.faults.server_error(2, status=500, code="InternalError"),
    "html-200": lambda world: world.sts.faults.html(),
    "html-502": lambda world: world.sts.faults.html(status=502),
    "empty": lambda world: world.sts.faults.empty(),
    "redirect": lambda world: world.sts.faults.redirect("http://127.0.0.1:9/canary"),
    "no-credentials": lambda world: world.sts.faults.no_credentials(),
    "oversized": lambda world: world.sts.faults.oversized(1_000_000),
    "bad-expiration": lambda world: world.sts.faults.lying(Expiration="soon"),
    "past-expiration": lambda world: world.sts.faults.lying(Expiration="2001-01-01T00:00:00Z"),
    "down": lambda world: world.environ.update(STS_ENDPOINT="http://127.0.0.1:9"),
}

MISCONFIGURED: dict[str, Provoke] = {
    "no-credentials-set": lambda world: world.environ.update(ALIBABA_CLOUD_ACCESS_KEY_ID=""),
    "session-without-token": lambda world: world.environ.update(ALIBABA_CLOUD_SECURITY_TOKEN=""),
    "sdk-debug": lambda world: world.environ.update(DEBUG="sdk"),
    "no-role": lambda world: world.environ.update(STS_ROLE_ARN=""),
    "policy-too-large": lambda world: world.environ.update(
        GRANT_READ_PREFIXES=",".join(f"users/{{sub}}/{'x' * 200}{n}/" for n in range(12))
    ),
}

EVERY_FAILURE: dict[str, Provoke] = {
    **{name: provoke for name, (provoke, _) in REJECTED.items()},
    **UNAVAILABLE,
    **MISCONFIGURED,
    "throttled": lambda world: world.sts.faults.throttling(2),
}


def code(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["statusCode"], json.loads(answer["body"])["Code"]


@pytest.mark.parametrize("name", REJECTED)
def test_what_sts_rejects_is_a_bad_gateway(
    world: StsWorld, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    provoke, sts_code = REJECTED[name]
    provoke(world)
    answer = world.call()

    assert (502, "BadGateway") == code(answer)
    assert f'"sts_code":"{sts_code}"' in capsys.readouterr().out


@pytest.mark.parametrize("name", UNAVAILABLE)
def test_what_sts_does_not_answer_usably_is_a_bad_gateway(world: StsWorld, name: str) -> None:
    UNAVAILABLE[name](world)

    assert (502, "BadGateway") == code(world.call())


def test_an_sts_that_is_too_slow_is_a_bad_gateway(world: StsWorld) -> None:
    world.sts.faults.slow(1.2)
    world.context.function.timeout = 1

    assert (502, "BadGateway") == code(world.call())


@pytest.mark.parametrize("name", MISCONFIGURED)
def test_what_the_deployment_got_wrong_is_an_internal_error_and_reaches_no_sts(
    world: StsWorld, name: str
) -> None:
    MISCONFIGURED[name](world)

    assert (500, "InternalError") == code(world.call())
    assert 0 == world.sts.calls["AssumeRole"]


@pytest.mark.parametrize(("milliseconds", "seconds"), [(None, "1"), (900, "1")])
def test_throttling_is_too_many_requests_with_the_time_to_wait(
    world: StsWorld, milliseconds: int | None, seconds: str
) -> None:
    world.sts.faults.throttling(2, retry_after_ms=milliseconds)
    answer = world.call()

    assert (429, "Throttling") == code(answer)
    assert seconds == answer["headers"]["Retry-After"]


@pytest.mark.parametrize("fault", ["throttling", "server_error"])
def test_one_bad_answer_is_made_good_by_one_retry(world: StsWorld, fault: str) -> None:
    getattr(world.sts.faults, fault)(1)

    assert 200 == world.call()["statusCode"]
    assert 2 == world.sts.calls["AssumeRole"]


def test_a_rejection_is_not_asked_for_again_at_once(world: StsWorld) -> None:
    untrusted(world)
    answers = [code(world.call()) for _ in range(5)]

    assert [(502, "BadGateway")] * 5 == answers
    assert 1 == world.sts.calls["AssumeRole"]


def secrets_of(world: StsWorld) -> list[str]:
    known = [world.function.access_key_secret, world.function.security_token or ""]
    variables = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
    given = [world.environ[name] for name in variables if world.environ.get(name)]
    return [*known, *given, "canary", "Authorization", "ACS3-HMAC", "Signature=", "You are not authorized"]


@pytest.mark.parametrize("name", EVERY_FAILURE)
@pytest.mark.parametrize("shape", ["json", "mobile"])
def test_no_failure_tells_a_secret_or_the_text_of_sts(
    world: StsWorld,
    name: str,
    shape: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    EVERY_FAILURE[name](world)
    answer = world.call(format=shape)
    printed = capfd.readouterr()
    spoken = "\n".join([json.dumps(answer), printed.out, printed.err, caplog.text])

    assert (shape == "mobile") == (answer["statusCode"] == 200)
    assert "req-1" in printed.out
    assert [] == [secret for secret in secrets_of(world) if secret in spoken]
