"""Calls to STS that callers cause, by callers, instances and cadence: the function's own cache, an hour of traffic.

Each caller asks at a steady cadence with a phase of his own; the platform sends each request to any instance.
`python -m tests.benchmarks.simulation` prints the table of docs/performance.md; it takes some minutes.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from shared.sessions.cache import SessionCache
from shared.sessions.port import SessionRequest
from shared.signing import Credentials

START = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
OWN = Credentials(access_key_id="STS.function", access_key_secret="s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Who asks how often: ``good_for`` is what each session must still live when it is handed out."""

    what: str
    callers: int
    instances: int
    cadence: timedelta
    good_for: timedelta


@dataclass(slots=True)
class CountingSts:
    """Issues sessions of the duration asked for, and counts them by second."""

    calls: list[datetime]

    def __call__(self, request: SessionRequest, *, now: datetime, **_: Any) -> Credentials:
        self.calls.append(now)
        return Credentials(
            access_key_id="STS.x",
            access_key_secret="s",
            security_token="t",
            expires_at=now + request.duration,
        )


def calls_in_the_second_hour(traffic: Traffic, *, seed: int = 1) -> list[datetime]:
    """Return when STS was asked in the hour after the first: by then every caller is known."""
    chance, sts = random.Random(seed), CountingSts([])  # which instance answers is no secret
    caches = [SessionCache() for _ in range(traffic.instances)]
    requests = [_request(number) for number in range(traffic.callers)]
    for at, caller in _arrivals(traffic, chance):
        chance.choice(caches).session(
            requests[caller],
            caller=caller,
            assume_role=sts,
            credentials=OWN,
            timeout=timedelta(seconds=5),
            now=at,
            good_for=traffic.good_for,
        )
    return [at for at in sts.calls if at >= START + HOUR]


def _arrivals(traffic: Traffic, chance: random.Random) -> Iterator[tuple[datetime, int]]:
    phases = sorted((chance.random() * traffic.cadence, caller) for caller in range(traffic.callers))
    for turn in range(int(2 * HOUR / traffic.cadence)):
        for phase, caller in phases:
            yield START + turn * traffic.cadence + phase, caller


def _request(number: int) -> SessionRequest:
    return SessionRequest(
        role_arn="acs:ram::1:role/signing",
        role_session_name=f"caller{number}",
        policy=str(number),
        duration=HOUR,
    )


def table() -> Iterator[str]:
    """Return the rows of the table, one simulation each."""
    yield "| Traffic | Callers | Instances | Requests/s | AssumeRole/s | Busiest second |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for what, seconds, good_for in (
        ("presign every 30 s", 30, timedelta(minutes=20)),
        ("`/sts` every 300 s", 300, HOUR / 2),
        ("`/sts` every 1,500 s", 1500, HOUR / 2),
    ):
        for callers in (100, 1_000, 10_000):
            for instances in (1, 4, 20):
                cadence = timedelta(seconds=seconds)
                yield _row(
                    Traffic(
                        what=what, callers=callers, instances=instances, cadence=cadence, good_for=good_for
                    )
                )


def _row(traffic: Traffic) -> str:
    calls = calls_in_the_second_hour(traffic)
    by_second = Counter(at.replace(microsecond=0) for at in calls)
    busiest = max(by_second.values(), default=0)
    asked = traffic.callers / traffic.cadence.total_seconds()
    rate = len(calls) / HOUR.total_seconds()
    return f"| {traffic.what} | {traffic.callers:,} | {traffic.instances} | {asked:.1f} | {rate:.2f} | {busiest} |"


if __name__ == "__main__":
    for line in table():
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
