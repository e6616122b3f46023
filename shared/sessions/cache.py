"""Sessions kept while they are of use: one call to STS for equal requests, however many threads ask.

A session is renewed early. What STS refused is not asked again for a few seconds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from shared.errors import ServiceError, StsRejected, Throttled
from shared.sessions.flight import Flight, again
from shared.sessions.port import LONGEST_OF_ANY_ROLE, AssumeRole, SessionRequest
from shared.sessions.shares import Shares
from shared.signing import Credentials
from shared.values import value

CAPACITY = 16_384
"""Sessions kept at most, the least recently used goes first: about 32 MiB, at 2 KB each."""

DENIAL_MEMORY = timedelta(seconds=5)
"""For how long STS is not asked again what it refused; throttling brings its own time."""

_SHORTEST_MARGIN = timedelta(seconds=60)
_DURATION_REFUSED = "InvalidParameter.DurationSeconds"

Value = TypeVar("Value")


@value
class _Held:
    """A session, the second in which it was asked for, and the second in which it ends."""

    session: Credentials
    caller: Hashable
    obtained_at: datetime
    ends_at: datetime

    def serves(self, good_for: timedelta, *, now: datetime) -> bool:
        """Tell whether it lives ``good_for`` longer, or half of its own life where that is less."""
        half = (self.ends_at - self.obtained_at) / 2
        return now < self.ends_at and self.ends_at - now >= min(good_for, half)

    def is_due(self, now: datetime) -> bool:
        """Tell whether the last tenth of its life, or its last minute, has begun."""
        return self.ends_at - now <= max((self.ends_at - self.obtained_at) / 10, _SHORTEST_MARGIN)


@value
class _Denied:
    """A refusal of STS, and until when it is taken to stand."""

    error: StsRejected | Throttled
    until: datetime


class SessionCache:
    """Sessions by request and by the AccessKey that asked for them; safe to share between threads."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()
        self._denied: OrderedDict[Hashable, _Denied] = OrderedDict()
        self._flights: dict[Hashable, Flight] = {}
        self._shares = Shares(capacity=capacity)

    def session(
        self,
        request: SessionRequest,
        *,
        caller: Hashable,
        assume_role: AssumeRole,
        credentials: Credentials,
        timeout: timedelta,
        now: datetime,
        good_for: timedelta,
    ) -> Credentials:
        """Return a session for ``request`` that lives ``good_for`` longer, or half of its life at the least.

        ``caller`` is whose share of STS the request takes. Raises what ``assume_role`` raises, and
        ``Throttled`` beyond that share; a renewal that was only early is allowed to fail.
        """
        second = now.replace(microsecond=0)
        key = (request, credentials.access_key_id, caller)
        with self._lock:
            held = self._serving(key, good_for=good_for, now=second)
            denial = self._standing_denial(key, now=second)
            under_way = self._flights.get(key)
            if held and (denial or under_way or not held.is_due(second)):
                return held.session
            if denial:
                raise denial
            if under_way is None and (wait := self._shares.wait(caller, now=second)):
                if held:
                    return held.session
                raise Throttled(retry_after=wait, by="this function")
            flight = self._flights.setdefault(key, Flight())
        if under_way:
            return _unless_error(flight.wait(timeout))

        def ask(request: SessionRequest) -> Credentials:
            return assume_role(request, credentials=credentials, timeout=timeout, now=second)

        outcome = self._lead(
            flight, key=key, caller=caller, obtain=lambda: _obtained(request, ask=ask), now=second
        )
        return held.session if held and isinstance(outcome, ServiceError) else _unless_error(outcome)

    def _serving(self, key: Hashable, *, good_for: timedelta, now: datetime) -> _Held | None:
        held = self._held.get(key)
        if held is None or not held.serves(good_for, now=now):
            return None
        self._held.move_to_end(key)
        self._shares.occupy(held.caller, key=key)
        return held

    def _standing_denial(self, key: Hashable, *, now: datetime) -> ServiceError | None:
        denied = self._denied.get(key)
        if denied is None or now >= denied.until:
            return None
        if isinstance(denied.error, Throttled):
            return Throttled(retry_after=denied.until - now)
        return again(denied.error)

    def _lead(
        self,
        flight: Flight,
        *,
        key: Hashable,
        caller: Hashable,
        obtain: Callable[[], Credentials | ServiceError],
        now: datetime,
    ) -> Credentials | ServiceError:
        """Return what came of the call, after keeping it and letting those who wait go on."""
        try:
            flight.outcome = obtain()
            with self._lock:
                self._keep(key, caller=caller, outcome=flight.outcome, now=now)
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()
        return flight.outcome

    def _keep(
        self, key: Hashable, *, caller: Hashable, outcome: Credentials | ServiceError, now: datetime
    ) -> None:
        if isinstance(outcome, Credentials):
            held = _Held(session=outcome, caller=caller, obtained_at=now, ends_at=_end(outcome))
            self._let_go(_store(self._held, key, value=held, capacity=self._capacity))
            gone = self._shares.occupy(caller, key=key)
            if gone is not None:
                self._held.pop(gone, None)
        elif isinstance(outcome, (StsRejected, Throttled)):
            wait = outcome.retry_after if isinstance(outcome, Throttled) else DENIAL_MEMORY
            denied = _Denied(error=outcome, until=now + wait)
            _store(self._denied, key, value=denied, capacity=self._capacity)

    def _let_go(self, dropped: tuple[Hashable, _Held] | None) -> None:
        if dropped is not None:
            key, held = dropped
            self._shares.vacate(held.caller, key=key)


def _obtained(
    request: SessionRequest, *, ask: Callable[[SessionRequest], Credentials]
) -> Credentials | ServiceError:
    """Return a session for ``request``, of an hour where its role allows no longer one."""
    try:
        return ask(request)
    except ServiceError as error:
        refusal = again(error)
    if request.duration <= LONGEST_OF_ANY_ROLE or getattr(refusal, "sts_code", None) != _DURATION_REFUSED:
        return refusal
    return _obtained(request.lasting(LONGEST_OF_ANY_ROLE), ask=ask)


def _end(session: Credentials) -> datetime:
    if session.expires_at is None:
        raise ValueError("a session of AssumeRole has an end")
    return session.expires_at


def _unless_error(outcome: Credentials | ServiceError) -> Credentials:
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


def _store(
    table: OrderedDict[Hashable, Value], key: Hashable, *, value: Value, capacity: int
) -> tuple[Hashable, Value] | None:
    """Store ``value``, and return what had to go for it."""
    table[key] = value
    table.move_to_end(key)
    return table.popitem(last=False) if len(table) > capacity else None
