"""Shares of callers: places that are given back, and callers who are forgotten."""

from __future__ import annotations

from datetime import datetime, timezone

from shared.sessions.shares import CALLS, PLACES, WINDOW, Shares

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def test_a_place_that_is_given_back_can_be_taken_again() -> None:
    shares = Shares(capacity=10)
    gone = [shares.occupy("alice", key=number) for number in range(PLACES)]
    shares.vacate("alice", key=0)
    shares.vacate("nobody", key=0)

    assert [None] * PLACES == gone
    assert shares.occupy("alice", key=PLACES) is None
    assert 1 == shares.occupy("alice", key=PLACES + 1)


def test_a_caller_who_holds_nothing_any_more_is_forgotten() -> None:
    shares = Shares(capacity=10)
    shares.occupy("alice", key=0)
    shares.vacate("alice", key=0)

    assert {} == shares._places


def test_the_caller_who_was_idle_for_longest_is_forgotten_first() -> None:
    shares = Shares(capacity=2)
    for _ in range(CALLS):
        assert shares.wait("alice", now=NOON) is None
    assert WINDOW == shares.wait("alice", now=NOON)
    for other in ("bob", "carol"):
        shares.wait(other, now=NOON)

    assert shares.wait("alice", now=NOON) is None
