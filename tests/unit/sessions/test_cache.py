"""The session cache: few calls to STS, and no session that ends before its user promised."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from threading import Event, Lock
from typing import Any

import pytest

from shared.errors import ServiceError, StsRejected, StsUnavailable, Throttled
from shared.sessions.cache import CAPACITY, DENIAL_MEMORY, SessionCache
from shared.sessions.port import SessionRequest
from shared.sessions.shares import CALLS, PLACES, WINDOW
from shared.signing import Credentials
from shared.values import replaced

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ALICE = SessionRequest(
    role_arn="acs:ram::1:role/uploads", role_session_name="alice", policy='{"Version":"1"}', duration=HOUR
)
FUNCTION = Credentials(access_key_id="STS.function", access_key_secret="s", security_token="t")


class FakeSts:
    """Issues numbered sessions, as long as asked for and at most ``longest``; raises ``errors`` first."""

    def __init__(self, *, errors: list[Exception] | None = None, longest: timedelta = 12 * HOUR) -> None:
        self.errors, self.longest = errors or [], longest
        self.requests: list[SessionRequest] = []
        self._lock = Lock()

    def __call__(self, request: SessionRequest, *, now: datetime, **_: Any) -> Credentials:
        with self._lock:
            self.requests.append(request)
            if self.errors:
                raise self.errors.pop(0)
            return Credentials(
                access_key_id=f"STS.{len(self.requests)}",
                access_key_secret="secret",
                security_token="token",
                expires_at=now + min(request.duration, self.longest),
            )


def ask(
    cache: SessionCache,
    sts: Callable[..., Credentials],
    *,
    at: datetime = NOON,
    request: SessionRequest = ALICE,
    good_for: timedelta = 20 * MINUTE,
    credentials: Credentials = FUNCTION,
    timeout: timedelta = 5 * SECOND,
    caller: str | None = None,
) -> Credentials:
    return cache.session(
        request,
        caller=caller or request.role_session_name,
        assume_role=sts,
        credentials=credentials,
        timeout=timeout,
        now=at,
        good_for=good_for,
    )


def of_policy(number: int, *, name: str = "alice") -> SessionRequest:
    return replaced(ALICE, policy=str(number), role_session_name=name)


def test_equal_requests_share_one_session() -> None:
    cache, sts = SessionCache(), FakeSts()
    sessions = [ask(cache, sts, at=NOON + n * SECOND) for n in range(1000)]

    assert {"STS.1"} == {session.access_key_id for session in sessions}
    assert 1 == len(sts.requests)


def test_a_thousand_requests_of_many_threads_reach_sts_once() -> None:
    cache, sts = SessionCache(), FakeSts()
    with ThreadPoolExecutor(32) as threads:
        sessions = list(threads.map(lambda _: ask(cache, sts), range(1000)))

    assert {"STS.1"} == {session.access_key_id for session in sessions}
    assert 1 == len(sts.requests)


@pytest.mark.parametrize(
    "difference",
    [
        {"role_arn": "acs:ram::1:role/other"},
        {"role_session_name": "bob"},
        {"policy": '{"Version":"1","Statement":[]}'},
        {"duration": 2 * HOUR},
        {"external_id": "partner"},
    ],
)
def test_nothing_is_shared_between_requests_that_differ(difference: dict[str, Any]) -> None:
    cache, sts = SessionCache(), FakeSts()
    sessions = {ask(cache, sts, request=r).access_key_id for r in (ALICE, replaced(ALICE, **difference))}

    assert {"STS.1", "STS.2"} == sessions


def test_a_session_is_not_kept_for_other_credentials_of_the_function() -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts)
    ask(cache, sts, credentials=Credentials(access_key_id="STS.next", access_key_secret="s"))

    assert 2 == len(sts.requests)


@pytest.mark.parametrize(("later", "calls"), [(40 * MINUTE, 1), (40 * MINUTE + SECOND, 2)])
def test_a_session_is_renewed_once_it_would_not_live_long_enough(later: timedelta, calls: int) -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts)
    session = ask(cache, sts, at=NOON + later, good_for=20 * MINUTE)

    assert calls == len(sts.requests)
    assert session.expires_at is not None
    assert session.expires_at >= NOON + later + 20 * MINUTE


def test_a_life_that_cannot_be_had_is_not_asked_for_twice_in_one_second() -> None:
    cache, sts = SessionCache(), FakeSts()
    for microsecond in (0, 1, 999_999):
        ask(cache, sts, at=NOON.replace(microsecond=microsecond), good_for=9 * HOUR)

    assert 1 == len(sts.requests)


@pytest.mark.parametrize(
    ("duration", "left", "calls"),
    [
        (HOUR, 6 * MINUTE + SECOND, 1),
        (HOUR, 6 * MINUTE, 2),
        (15 * MINUTE, 90 * SECOND, 2),
        (15 * MINUTE, 91 * SECOND, 1),
    ],
)
def test_the_last_tenth_of_a_life_is_left_for_renewal(
    duration: timedelta, left: timedelta, calls: int
) -> None:
    cache, sts, request = SessionCache(), FakeSts(), replaced(ALICE, duration=duration)
    ask(cache, sts, request=request)
    ask(cache, sts, request=request, at=NOON + duration - left, good_for=SECOND)

    assert calls == len(sts.requests)


def test_a_short_life_leaves_a_minute_for_renewal() -> None:
    cache, sts = SessionCache(), FakeSts(longest=5 * MINUTE)
    for left in (61, 60):
        ask(cache, sts, at=NOON + 5 * MINUTE - left * SECOND, good_for=SECOND)
        ask(cache, sts, at=NOON, good_for=SECOND)

    assert 1 == len(sts.requests)


def test_an_early_renewal_may_fail() -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts)
    sts.errors = [StsUnavailable(reason="deadline")]
    session = ask(cache, sts, at=NOON + HOUR - 5 * MINUTE, good_for=MINUTE)

    assert "STS.1" == session.access_key_id
    assert 2 == len(sts.requests)


def test_a_renewal_that_is_needed_may_not_fail() -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts)
    sts.errors = [StsUnavailable(reason="deadline")]

    with pytest.raises(StsUnavailable):
        ask(cache, sts, at=NOON + HOUR - 5 * MINUTE, good_for=6 * MINUTE)


def test_a_session_that_is_over_is_never_handed_out() -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts)
    session = ask(cache, sts, at=NOON + HOUR, good_for=timedelta(0))

    assert "STS.2" == session.access_key_id


def test_a_session_that_is_over_does_not_stand_in_for_a_failed_renewal() -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts)
    sts.errors = [StsUnavailable(reason="deadline")]

    with pytest.raises(StsUnavailable):
        ask(cache, sts, at=NOON + HOUR, good_for=timedelta(0))


@pytest.mark.parametrize(("later", "calls"), [(DENIAL_MEMORY - SECOND, 1), (DENIAL_MEMORY, 2)])
def test_a_refusal_is_not_asked_for_again_at_once(later: timedelta, calls: int) -> None:
    cache, sts = SessionCache(), FakeSts(errors=[StsRejected(sts_code="NoPermission")] * 2)
    for moment in (NOON, NOON + later):
        with pytest.raises(StsRejected) as refused:
            ask(cache, sts, at=moment)

    assert "NoPermission" == refused.value.sts_code
    assert calls == len(sts.requests)


def test_a_remembered_refusal_is_raised_as_a_new_error_each_time() -> None:
    cache, sts, refusals = SessionCache(), FakeSts(errors=[StsRejected(sts_code="NoPermission")]), []
    for _ in range(3):
        with pytest.raises(StsRejected) as refused:
            ask(cache, sts)
        refusals.append(refused.value)

    assert 3 == len({id(refusal) for refusal in refusals})


def test_throttling_is_remembered_for_as_long_as_sts_says() -> None:
    cache, sts = SessionCache(), FakeSts(errors=[Throttled(retry_after=30 * SECOND)])
    with pytest.raises(Throttled):
        ask(cache, sts)
    with pytest.raises(Throttled) as refused:
        ask(cache, sts, at=NOON + 10 * SECOND)

    assert 20 * SECOND == refused.value.retry_after
    assert "STS.2" == ask(cache, sts, at=NOON + 30 * SECOND).access_key_id


def test_a_denied_early_renewal_is_not_tried_for_every_request() -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts)
    sts.errors = [Throttled(retry_after=30 * SECOND)]
    for second in range(10):
        ask(cache, sts, at=NOON + HOUR - 5 * MINUTE + second * SECOND, good_for=MINUTE)

    assert 2 == len(sts.requests)


def test_an_outage_is_not_remembered() -> None:
    cache, sts = SessionCache(), FakeSts(errors=[StsUnavailable(reason="deadline")])
    with pytest.raises(StsUnavailable):
        ask(cache, sts)

    assert "STS.2" == ask(cache, sts).access_key_id


def test_the_refusal_of_one_caller_does_not_hold_for_another() -> None:
    cache, sts = SessionCache(), FakeSts(errors=[StsRejected(sts_code="NoPermission")])
    with pytest.raises(StsRejected):
        ask(cache, sts)

    assert "STS.2" == ask(cache, sts, request=replaced(ALICE, role_session_name="bob")).access_key_id


def test_a_role_that_allows_an_hour_only_gives_an_hour() -> None:
    too_long = StsRejected(sts_code="InvalidParameter.DurationSeconds")
    cache, sts = SessionCache(), FakeSts(errors=[too_long])
    session = ask(cache, sts, request=replaced(ALICE, duration=4 * HOUR), good_for=3 * HOUR)

    assert [4 * HOUR, HOUR] == [request.duration for request in sts.requests]
    assert NOON + HOUR == session.expires_at


def test_a_role_that_refuses_even_an_hour_is_a_refusal() -> None:
    too_long = [StsRejected(sts_code="InvalidParameter.DurationSeconds") for _ in range(2)]
    cache, sts = SessionCache(), FakeSts(errors=list(too_long))

    with pytest.raises(StsRejected):
        ask(cache, sts, request=replaced(ALICE, duration=4 * HOUR))
    assert 2 == len(sts.requests)


def test_the_least_recently_used_session_makes_room() -> None:
    cache, sts = SessionCache(capacity=2), FakeSts()
    for name in ("alice", "bob", "alice", "carol", "alice", "bob"):
        ask(cache, sts, request=replaced(ALICE, role_session_name=name))

    assert ["alice", "bob", "carol", "bob"] == [request.role_session_name for request in sts.requests]
    assert CAPACITY >= 1000


class GatedSts(FakeSts):
    """Answers only when ``gate`` opens; ``entered`` tells that a call is under way."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.gate, self.entered = Event(), Event()

    def __call__(self, request: SessionRequest, **options: Any) -> Credentials:
        self.entered.set()
        self.gate.wait(10)
        return super().__call__(request, **options)


class NotedTimeout(timedelta):
    """A time-out that tells when somebody begins to wait for so long."""

    begun: Event

    def total_seconds(self) -> float:
        """Return the seconds, which only the waiting side asks for."""
        self.begun.set()
        return super().total_seconds()


def noted(timeout: timedelta) -> NotedTimeout:
    note = NotedTimeout(microseconds=timeout // timedelta(microseconds=1))
    note.begun = Event()
    return note


def outcomes(sts: GatedSts, *, timeouts: list[timedelta]) -> list[Credentials | Exception]:
    """Return what one leading thread gets, and then the threads that wait for it."""
    cache, notes = SessionCache(), [noted(timeout) for timeout in timeouts]

    def attempt(timeout: timedelta) -> Credentials | Exception:
        try:
            return ask(cache, sts, timeout=timeout)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(notes) + 1) as threads:
        leading = threads.submit(attempt, 5 * SECOND)
        assert sts.entered.wait(5)
        waiting = [threads.submit(attempt, note) for note in notes]
        assert all(note.begun.wait(5) for note in notes)
        impatient = [future for future, wait in zip(waiting, timeouts, strict=True) if wait < SECOND]
        early = [future.result(5) for future in impatient]
        sts.gate.set()
        return [
            leading.result(5),
            *early,
            *(future.result(5) for future in waiting if future not in impatient),
        ]


def test_those_who_wait_get_what_the_one_call_got() -> None:
    results = outcomes(GatedSts(), timeouts=[5 * SECOND] * 3)

    assert ["STS.1"] * 4 == [result.access_key_id for result in results if isinstance(result, Credentials)]


def test_those_who_wait_get_the_refusal_each_as_an_error_of_their_own() -> None:
    results = outcomes(GatedSts(errors=[StsRejected(sts_code="NoPermission")]), timeouts=[5 * SECOND] * 3)

    assert ["NoPermission"] * 4 == [error.sts_code for error in results if isinstance(error, StsRejected)]
    assert 4 == len({id(error) for error in results})


def test_nobody_waits_longer_than_their_own_time() -> None:
    results = outcomes(GatedSts(), timeouts=[timedelta(milliseconds=20)])

    assert ["Credentials", "StsUnavailable"] == [type(result).__name__ for result in results]


def test_a_defect_of_the_one_call_does_not_leave_the_others_waiting() -> None:
    results = outcomes(GatedSts(errors=[ZeroDivisionError()]), timeouts=[5 * SECOND])

    assert ["ZeroDivisionError", "StsUnavailable"] == [type(result).__name__ for result in results]


def test_while_an_early_renewal_is_under_way_others_use_the_old_session() -> None:
    cache, sts = SessionCache(), GatedSts()
    sts.gate.set()
    ask(cache, sts)
    sts.gate.clear()
    sts.entered.clear()
    late = NOON + HOUR - 5 * MINUTE
    with ThreadPoolExecutor(1) as threads:
        renewing = threads.submit(ask, cache, sts, at=late, good_for=MINUTE)
        assert sts.entered.wait(5)
        meanwhile = ask(cache, sts, at=late, good_for=MINUTE)
        sts.gate.set()

        assert ["STS.1", "STS.2"] == [meanwhile.access_key_id, renewing.result(5).access_key_id]


def test_a_session_without_an_end_is_a_defect() -> None:
    endless = Credentials(access_key_id="STS.1", access_key_secret="s", security_token="t")

    with pytest.raises(ValueError, match="has an end"):
        ask(SessionCache(), lambda *_, **__: endless)


def test_every_kind_of_error_survives_being_raised_again() -> None:
    kinds: list[ServiceError] = [StsRejected(sts_code="X"), StsUnavailable(reason="y")]
    for error in kinds:
        results = outcomes(GatedSts(errors=[error]), timeouts=[5 * SECOND])

        assert [vars(error)] * 2 == [vars(result) for result in results]


def test_one_callers_requests_reach_sts_ten_times_a_minute() -> None:
    cache, sts = SessionCache(), FakeSts()
    for number in range(CALLS):
        ask(cache, sts, request=of_policy(number), at=NOON + number * SECOND)
    with pytest.raises(Throttled, match="this function is throttling this caller") as refused:
        ask(cache, sts, request=of_policy(CALLS), at=NOON + CALLS * SECOND)
    ask(cache, sts, request=of_policy(0, name="bob"), at=NOON + CALLS * SECOND)

    assert WINDOW - CALLS * SECOND == refused.value.retry_after
    assert CALLS + 1 == len(sts.requests)


def test_the_same_request_is_never_throttled() -> None:
    cache, sts = SessionCache(), FakeSts()
    for number in range(CALLS):
        ask(cache, sts, request=of_policy(number))
    again = [ask(cache, sts, request=of_policy(CALLS - 1), at=NOON + n * SECOND) for n in range(59)]

    assert {f"STS.{CALLS}"} == {session.access_key_id for session in again}


def test_a_renewal_beyond_the_share_waits_while_the_session_serves() -> None:
    cache, sts, broken = (
        SessionCache(),
        FakeSts(),
        FakeSts(errors=[StsUnavailable(reason="deadline")] * CALLS),
    )
    first = ask(cache, sts)
    for _ in range(CALLS):
        with pytest.raises(StsUnavailable):
            ask(cache, broken, request=of_policy(1), at=NOON + 55 * MINUTE)

    assert first == ask(cache, sts, at=NOON + 55 * MINUTE, good_for=SECOND)
    assert 1 == len(sts.requests)


def test_the_window_moves_on() -> None:
    cache, sts = SessionCache(), FakeSts()
    for number in range(3 * CALLS):
        ask(cache, sts, request=of_policy(number), at=NOON + number * WINDOW / CALLS)

    assert 3 * CALLS == len(sts.requests)


def test_one_caller_fills_no_more_than_the_share_of_the_cache() -> None:
    cache, sts = SessionCache(), FakeSts()
    ask(cache, sts, request=of_policy(0, name="bob"))
    for number in range(PLACES + 1):
        ask(cache, sts, request=of_policy(number))
    ask(cache, sts, request=of_policy(0, name="bob"))
    ask(cache, sts, request=of_policy(1))
    before = len(sts.requests)
    ask(cache, sts, request=of_policy(0), at=NOON + WINDOW)

    assert 1 + PLACES + 1 == before
    assert before + 1 == len(sts.requests)
