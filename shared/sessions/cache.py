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
from shared.sessions.held import Denied, Held
from shared.sessions.port import LONGEST_OF_ANY_ROLE, AssumeRole, SessionRequest
from shared.sessions.shares import Shares
from shared.signing import Credentials

CAPACITY = 16_384
"""Sessions kept at most, the least recently used goes first: about 32 MiB, at 2 KB each."""

DENIAL_MEMORY = timedelta(seconds=5)
"""For how long STS is not asked again what it refused; throttling brings its own time."""

_DURATION_REFUSED = "InvalidParameter.DurationSeconds"

Value = TypeVar("Value")


class SessionCache:
    """Sessions by request and by the AccessKey that asked for them; safe to share between threads."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._held: OrderedDict[Hashable, Held] = OrderedDict()
        self._denied: OrderedDict[Hashable, Denied] = OrderedDict()
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
            held, flight, leads = self._boarded(key, caller=caller, good_for=good_for, now=second)
        if flight is None:
            return _unless_error(held)
        if not leads:
            return _unless_error(flight.wait(timeout))

        def ask(request: SessionRequest) -> Credentials:
            return assume_role(request, credentials=credentials, timeout=timeout, now=second)

        outcome = self._lead(
            flight, key=key, caller=caller, obtain=lambda: _obtained(request, ask=ask), now=second
        )
        still_serves = isinstance(held, Credentials) and isinstance(outcome, ServiceError)
        return _unless_error(held if still_serves else outcome)

    def _boarded(
        self, key: Hashable, *, caller: Hashable, good_for: timedelta, now: datetime
    ) -> tuple[Credentials | ServiceError | None, Flight | None, bool]:
        """Return what serves or refuses at once, or the flight to wait for, and whether this call leads."""
        held = self._serving(key, good_for=good_for, now=now)
        denial, under_way = self._standing_denial(key, now=now), self._flights.get(key)
        if held and (denial or under_way or not held.is_due(now)):
            return held.session, None, False
        if denial or under_way:
            return denial, None if denial else under_way, False
        if wait := self._shares.wait(caller, now=now):
            return held.session if held else Throttled(retry_after=wait, by="this function"), None, False
        flight = self._flights[key] = Flight()
        return held.session if held else None, flight, True

    def _serving(self, key: Hashable, *, good_for: timedelta, now: datetime) -> Held | None:
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
            held = Held(session=outcome, caller=caller, obtained_at=now, ends_at=_end(outcome))
            self._let_go(_store(self._held, key, value=held, capacity=self._capacity))
            gone = self._shares.occupy(caller, key=key)
            if gone is not None:
                self._held.pop(gone, None)
        elif isinstance(outcome, (StsRejected, Throttled)):
            wait = outcome.retry_after if isinstance(outcome, Throttled) else DENIAL_MEMORY
            denied = Denied(error=outcome, until=now + wait)
            _store(self._denied, key, value=denied, capacity=self._capacity)

    def _let_go(self, dropped: tuple[Hashable, Held] | None) -> None:
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


def _unless_error(outcome: Credentials | ServiceError | None) -> Credentials:
    if isinstance(outcome, Credentials):
        return outcome
    raise outcome or ServiceError()


def _store(
    table: OrderedDict[Hashable, Value], key: Hashable, *, value: Value, capacity: int
) -> tuple[Hashable, Value] | None:
    """Store ``value``, and return what had to go for it."""
    table[key] = value
    table.move_to_end(key)
    return table.popitem(last=False) if len(table) > capacity else None
