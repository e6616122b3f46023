"""Switch off each mend of what got through in the field: the same input must then get through again.

Here are the effects that are no refusal; ``test_attack_walls`` has the refusals. What another's session lets
through is in ``test_attack_links``, what a deployment must not hold in ``tests/unit/deploy``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count, product
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from shared.diagnosis import report
from shared.errors import InvalidRequest
from tests.journeys.attack_world import event, send
from tests.journeys.sts_world import StsWorld, sts_world
from tests.world import http_event

PAGE = {"operation": "GetObject", "key": "users/alice/page"}
ESCAPE = "\x1b[2J"
NUMBERS = count()


class Mend(NamedTuple):
    """What is switched off, by what it is replaced, and whether the fault shows."""

    target: str
    replacement: Any
    fault: Callable[[StsWorld], bool]


@pytest.fixture(scope="module")
def world() -> Iterator[StsWorld]:
    with sts_world() as served:
        yield served


def a_stored_type_is_shown(_: StsWorld) -> bool:
    return "response-content-disposition=attachment" not in json.loads(send(event(PAGE))["body"])["url"]


def the_origin_of_the_gateway_stands(_: StsWorld) -> bool:
    answer = send(event(PAGE, headers={"Content-Type": "application/json", "Origin": "https://evil.example"}))
    return "Access-Control-Allow-Origin" not in answer["headers"]


def what_was_sent_comes_back(_: StsWorld) -> bool:
    return len(send(event({f"unknown-{number}": number for number in range(250)}))["body"]) > 4096


def a_long_name_comes_back(_: StsWorld) -> bool:
    return len(send(event({"n" * 100_000: 1}))["body"]) > 4096


def sessions_asked_for(world: StsWorld, wanted: Iterable[dict[str, str]]) -> int:
    """Return how often STS is asked for all that is ``wanted`` at once, by a caller who comes for the first time."""
    sub = f"caller-{next(NUMBERS)}"
    before = world.sts.calls["AssumeRole"]
    for query in wanted:
        payload = json.dumps(http_event(method="GET", sub=sub, query=query, path="/sts")).encode()
        environ = world.environ | {"STS_MAX_DURATION_SECONDS": "43200"}
        world.respond(payload, world.context, environ=environ, now=world.clock.now())
    return world.sts.calls["AssumeRole"] - before


def every_duration_is_a_session(world: StsWorld) -> bool:
    return 1 < sessions_asked_for(world, [{"duration_seconds": str(900 + more)} for more in range(9)])


def one_caller_drains_sts(world: StsWorld) -> bool:
    """STS takes 100 calls a second, from all callers together; what a role refuses as too long is asked twice."""
    durations = ("900", "1800", "3600", "7200", "14400", "28800", "43200")
    permissions = ("read", "write", "read-write")
    wanted = [{"duration_seconds": d, "permission": p} for d, p in product(durations, permissions)]
    return 20 < sessions_asked_for(world, wanted)


def pasted_text_moves_the_cursor(_: StsWorld) -> bool:
    return ESCAPE in report.shown(f"parameter {ESCAPE}")


def _squared(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members, as one would look for a doubled name without thinking."""
    names = [name for name, _ in pairs]
    if any(names.count(name) > 1 for name in names):
        raise InvalidRequest("body: doubled")
    return dict(pairs)


def work_grows_with_the_square(_: StsWorld) -> bool:
    few, many = (_seconds(number) for number in (500, 8_000))
    return many > 40 * few


def _seconds(names: int) -> float:
    body = "{" + ",".join(f'"name-{number}": 1' for number in range(names)) + "}"
    took = []
    for _ in range(3):
        began = time.process_time()
        send(event(body))
        took.append(time.process_time() - began)
    return min(took)


MENDS = {
    "6: downloads say a type that no grant chose": Mend(
        "shared.grants.objects.requests._safe", lambda overrides, *_: overrides, a_stored_type_is_shown
    ),
    "7: one caller drains the quota": Mend("shared.sessions.shares.CALLS", 10**6, one_caller_drains_sts),
    "8: each duration is another session": Mend(
        "shared.sts.operation._step_below", lambda asked, **_: asked, every_duration_is_a_session
    ),
    "9: names come back, multiplied": Mend(
        "shared.validation._SHOWN_PROBLEMS", 10**6, what_was_sent_comes_back
    ),
    "9: a long name comes back": Mend("shared.validation._SHOWN_NAME", 10**6, a_long_name_comes_back),
    "10: a default of the platform stands": Mend(
        "shared.fc.http._cors_headers", lambda *_, **__: {}, the_origin_of_the_gateway_stands
    ),
    "2: quadratic work": Mend(
        "shared.strict_json._DECODER",
        json.JSONDecoder(object_pairs_hook=_squared),
        work_grows_with_the_square,
    ),
    "14: pasted text is printed": Mend(
        "shared.diagnosis.report.is_plain", lambda _: True, pasted_text_moves_the_cursor
    ),
}


@pytest.mark.parametrize("name", MENDS)
def test_a_fault_of_the_field_shows_again_without_its_mend(name: str, world: StsWorld) -> None:
    mend = MENDS[name]
    held = not mend.fault(world)
    with patch(mend.target, mend.replacement):
        gave_way = mend.fault(world)

    assert held
    assert gave_way
