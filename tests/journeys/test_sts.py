"""From a request to a session of the emulated STS: whose it is, what it may do, and until when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from oss_emulator.ram.evaluation import evaluate
from oss_emulator.ram.identities import Principal
from tests.journeys.sts_world import ACCOUNT, BUCKET, StsWorld, sts_world

# Seconds that the clock may go wrong before STS refuses the SDK's own date: tests walk from one end.
SKEW = timedelta(minutes=14)


@pytest.fixture
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        yield served


def may(session: Principal, action: str, key: str) -> bool:
    resource = f"acs:oss:cn-hangzhou:{ACCOUNT}:{BUCKET}/{key}"
    return evaluate(
        session, action=action, resource=resource, context={"acs:SecureTransport": "true"}
    ).allowed


def test_the_session_belongs_to_the_caller_and_ends_when_the_answer_says(world: StsWorld) -> None:
    document = json.loads(world.call("alice")["body"])
    session = world.identities.find(document["AccessKeyId"])

    assert session is not None
    assert f"{world.uploads.arn}/alice" == session.arn
    assert (session.access_key_secret, session.security_token) == (
        document["AccessKeySecret"],
        document["SecurityToken"],
    )
    assert session.expires_at is not None
    # The function looked at the clock before STS did.
    early = session.expires_at - datetime.fromisoformat(document["Expiration"].replace("Z", "+00:00"))
    assert timedelta(0) <= early <= timedelta(seconds=2)


@pytest.mark.parametrize(
    ("permission", "action", "key", "allowed"),
    [
        ("read", "oss:GetObject", "users/alice/a", True),
        ("read", "oss:GetObject", "users/bob/a", False),
        ("read", "oss:GetObject", "users/alice", False),
        ("read", "oss:PutObject", "users/alice/uploads/a", False),
        ("write", "oss:PutObject", "users/alice/uploads/a", True),
        ("write", "oss:ListParts", "users/alice/uploads/a", True),
        ("write", "oss:AbortMultipartUpload", "users/alice/uploads/a", True),
        ("write", "oss:PutObject", "users/alice/a", False),
        ("write", "oss:GetObject", "users/alice/uploads/a", False),
        ("read-write", "oss:GetObject", "users/alice/uploads/a", True),
        ("read-write", "oss:PutObject", "users/alice/uploads/a", True),
        ("read-write", "oss:DeleteObject", "users/alice/uploads/a", False),
        ("read-write", "oss:PutObjectAcl", "users/alice/uploads/a", False),
    ],
)
def test_a_session_may_do_what_was_asked_for_and_granted(
    world: StsWorld, permission: str, action: str, key: str, allowed: bool
) -> None:
    assert allowed == may(world.issued(permission=permission), action, key)


def test_a_thousand_equal_issues_reach_sts_at_most_twice(world: StsWorld) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: world.call()["statusCode"], range(1000)))

    assert {200} == set(answers)
    assert world.sts.calls["AssumeRole"] <= 2


def test_a_session_is_renewed_after_half_of_its_life(world: StsWorld) -> None:
    world.clock.advance(-SKEW)
    first = world.issued(duration_seconds="900")
    world.clock.advance(timedelta(seconds=440))
    again = world.issued(duration_seconds="900")
    world.clock.advance(timedelta(seconds=20))
    renewed = world.issued(duration_seconds="900")

    assert first == again
    assert renewed.expires_at is not None
    assert renewed.expires_at >= world.clock.now() + timedelta(seconds=898)


def test_callers_do_not_share_sessions(world: StsWorld) -> None:
    keys = {json.loads(world.call(sub)["body"])["AccessKeyId"] for sub in ("alice", "bob", "a", "u-a")}

    assert 4 == len(keys)


def test_a_long_session_of_a_role_that_allows_it_is_as_long_as_asked(world: StsWorld) -> None:
    role = world.add_role("long", max_session_duration_seconds=7200)
    world.environ.update(STS_ROLE_ARN=role.arn, STS_MAX_DURATION_SECONDS="7200")
    document = json.loads(world.call(duration_seconds="7200")["body"])

    assert (7200, "request") == (document["ExpiresIn"], document["LimitedBy"])


def test_a_long_session_of_a_role_that_forbids_it_says_that_it_is_shorter(world: StsWorld) -> None:
    world.environ["STS_MAX_DURATION_SECONDS"] = "7200"
    document = json.loads(world.call(duration_seconds="7200")["body"])

    assert (3600, "credentials") == (document["ExpiresIn"], document["LimitedBy"])
    assert 2 == world.sts.calls["AssumeRole"]


def test_a_guarded_role_is_assumed_with_its_external_id(world: StsWorld) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "partner-1"}}
    role = world.add_role("guarded", trust_more={"Condition": condition})
    world.environ.update(STS_ROLE_ARN=role.arn, STS_EXTERNAL_ID="partner-1")

    assert 200 == world.call()["statusCode"]
