"""Honest expiry: the URL, the answer and the session that signed it end in the same second."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from oss_emulator.app import Emulator
from oss_emulator.inprocess import fetch
from oss_emulator.ram.identities import Principal
from tests.journeys.sts_world import StsWorld, sts_world
from tests.world import http_event

MINUTE = timedelta(minutes=1)
SKEW = 14 * MINUTE
"""How far the clock may be off before STS refuses the date that the SDK writes: tests walk from one end."""


@pytest.fixture
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        served.clock.advance(-SKEW)
        served.environ.update(
            SIGNING_ROLE_ARN=served.uploads.arn,
            STS_DEFAULT_DURATION_SECONDS="900",
            STS_MAX_DURATION_SECONDS="900",
            TTL_MAX_SECONDS="3600",
        )
        yield served


def presigned(
    world: StsWorld, *, expires_in: int, at: datetime | None = None, operation: str = "GetObject"
) -> dict[str, Any]:
    asked = {"operation": operation, "key": "users/alice/uploads/a", "expires_in": expires_in}
    now = at or world.clock.now()
    answer = world.signer(
        json.dumps(http_event(asked)).encode(), world.context, environ=world.environ, now=now
    )
    assert 200 == answer["statusCode"], answer["body"]
    return dict(json.loads(answer["body"]))


def upload(world: StsWorld) -> None:
    document = presigned(world, expires_in=60, operation="PutObject")
    answer = fetch(Emulator(world.cloud), "PUT", document["url"], headers=document["headers"], body=b"a cat")
    assert 200 == answer.status_code, answer.get_data()


def statuses_around_the_end(world: StsWorld, document: dict[str, Any]) -> list[int]:
    """Return what OSS answers in the last second of a URL, and in the one after it."""
    end, statuses = end_in_answer(document), []
    for moment in (end - timedelta(microseconds=1), end):
        world.clock.set(moment)
        statuses.append(fetch(Emulator(world.cloud), "GET", document["url"]).status_code)
    return statuses


def end_in_url(document: dict[str, Any]) -> datetime:
    query = parse_qs(urlsplit(document["url"]).query)
    signed_at = datetime.strptime(query["x-oss-date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    return signed_at + timedelta(seconds=int(query["x-oss-expires"][0]))


def end_in_answer(document: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(document["expires_at"].replace("Z", "+00:00"))


def signer(world: StsWorld, document: dict[str, Any]) -> Principal:
    credential = parse_qs(urlsplit(document["url"]).query)["x-oss-credential"][0]
    principal = world.identities.find(credential.partition("/")[0])
    assert principal is not None
    return principal


def whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def test_a_url_shorter_than_its_session_ends_when_it_was_asked_to(world: StsWorld) -> None:
    now = world.clock.now()
    document = presigned(world, expires_in=300, at=now)

    assert "request" == document["limited_by"]
    assert whole(now) + 5 * MINUTE == end_in_url(document) == end_in_answer(document)


def test_a_url_longer_than_any_session_ends_with_its_session_and_says_so(world: StsWorld) -> None:
    document = presigned(world, expires_in=3600)
    session = signer(world, document)

    assert ("credentials", 900) == (document["limited_by"], document["expires_in"])
    assert end_in_url(document) == end_in_answer(document)
    assert session.expires_at is not None
    assert timedelta(0) <= session.expires_at - end_in_url(document) <= timedelta(seconds=2)


def test_a_session_that_is_nearly_over_is_renewed_before_it_cuts_a_url(world: StsWorld) -> None:
    first = signer(world, presigned(world, expires_in=300))
    world.clock.advance(11 * MINUTE)
    now = world.clock.now()
    document = presigned(world, expires_in=300, at=now)

    assert first != signer(world, document)
    assert "request" == document["limited_by"]
    assert whole(now) + 5 * MINUTE == end_in_url(document)


@pytest.mark.parametrize(
    ("expires_in", "later", "limited_by"),
    [
        pytest.param(300, timedelta(0), "request", id="url-shorter"),
        pytest.param(3600, timedelta(0), "credentials", id="session-shorter"),
        pytest.param(300, 9 * MINUTE, "request", id="session-nearly-over"),
        pytest.param(300, 11 * MINUTE, "request", id="session-renewed"),
    ],
)
def test_oss_refuses_from_the_very_second_that_was_stated(
    world: StsWorld, expires_in: int, later: timedelta, limited_by: str
) -> None:
    upload(world)
    world.clock.advance(later)
    document = presigned(world, expires_in=expires_in)

    assert limited_by == document["limited_by"]
    assert end_in_url(document) == end_in_answer(document)
    assert [200, 403] == statuses_around_the_end(world, document)


def test_a_session_with_enough_life_left_signs_again(world: StsWorld) -> None:
    first = signer(world, presigned(world, expires_in=300))
    world.clock.advance(9 * MINUTE)

    assert first == signer(world, presigned(world, expires_in=300))
    assert 1 == world.sts.calls["AssumeRole"]


def test_the_session_that_signs_is_narrowed_to_the_caller(world: StsWorld) -> None:
    session = signer(world, presigned(world, expires_in=300))

    assert f"{world.uploads.arn}/alice" == session.arn
    assert session.session_policy is not None
    assert all(
        "/users/alice/" in text for statement in session.session_policy for text in statement.resources
    )
