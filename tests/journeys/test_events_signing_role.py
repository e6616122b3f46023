"""Links signed by a session of ``SIGNING_ROLE_ARN``: narrowed, honest about their end, never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from oss_emulator.app import Emulator
from oss_emulator.inprocess import fetch
from shared.errors import StsRejected, StsUnavailable, Throttled
from tests.journeys.sts_world import ACCOUNT, BUCKET, StsWorld, sts_world
from tests.world import context

CONTEXT = context("presign_on_event", account_id=ACCOUNT)
SECOND = timedelta(seconds=1)


@pytest.fixture
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        del served.environ["IDENTITY_CLAIMS"], served.environ["GRANT_WRITE_PREFIXES"]
        served.environ.update(
            SIGNING_ROLE_ARN=served.uploads.arn,
            GRANT_READ_PREFIXES="incoming/",
            STS_DEFAULT_DURATION_SECONDS="900",
            STS_MAX_DURATION_SECONDS="900",
            TTL_DEFAULT_SECONDS="600",
        )
        yield served


def answer(world: StsWorld, *keys: str, created_at: datetime | None = None) -> dict[str, Any]:
    time = (created_at or world.clock.now()).isoformat()
    records = [
        {
            "eventName": "ObjectCreated:PutObject",
            "eventTime": time,
            "oss": {"bucket": {"name": BUCKET, "ownerIdentity": ACCOUNT}, "object": {"key": key}},
        }
        for key in keys
    ]
    event = json.dumps({"events": records}).encode()
    answered: dict[str, Any] = world.linker(event, CONTEXT, environ=world.environ, now=world.clock.now())
    return answered


def status(world: StsWorld, url: str) -> int:
    return fetch(Emulator(world.cloud), "GET", url).status_code


def test_one_session_signs_all_links_and_they_work_to_their_end(world: StsWorld) -> None:
    links = answer(world, "incoming/a", "incoming/b")["links"]
    end = datetime.fromisoformat(links[0]["expires_at"].replace("Z", "+00:00"))
    statuses = []
    for moment in (world.clock.now(), end - SECOND, end):
        world.clock.set(moment)
        statuses.append([status(world, link["url"]) for link in links])

    # No such key: signature, session and policy were fine.
    assert [[404, 404], [404, 404], [403, 403]] == statuses


def test_an_event_that_comes_again_gives_the_same_link(world: StsWorld) -> None:
    created_at = world.clock.now()
    [first] = answer(world, "incoming/a", created_at=created_at)["links"]
    world.clock.advance(60 * SECOND)
    [again] = answer(world, "incoming/a", created_at=created_at)["links"]

    assert first == again


def test_a_link_longer_than_its_session_ends_with_it(world: StsWorld) -> None:
    world.environ["TTL_DEFAULT_SECONDS"] = "3600"
    begin = world.clock.now()
    [link] = answer(world, "incoming/a")["links"]
    end = datetime.fromisoformat(link["expires_at"].replace("Z", "+00:00"))

    assert 890 * SECOND <= end - begin <= 901 * SECOND


@pytest.mark.parametrize(
    ("fault", "raised"),
    [("throttling", Throttled), ("server_error", StsUnavailable), ("no_credentials", StsUnavailable)],
)
def test_what_sts_refuses_raises_and_the_platform_tries_again(
    world: StsWorld, fault: str, raised: type[Exception]
) -> None:
    getattr(world.sts.faults, fault)(times=5)

    with pytest.raises(raised):
        answer(world, "incoming/a")


def test_a_role_that_may_not_be_assumed_raises(world: StsWorld) -> None:
    world.environ["SIGNING_ROLE_ARN"] = f"acs:ram::{ACCOUNT}:role/another"

    with pytest.raises(StsRejected):
        answer(world, "incoming/a")


def test_what_is_not_granted_does_not_bother_sts(world: StsWorld) -> None:
    world.sts.faults.throttling(times=5)
    answered = answer(world, "private/a")

    assert (0, 1) == (len(answered["links"]), len(answered["skipped"]))
