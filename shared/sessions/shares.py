"""Shares of callers: how often each one's requests reach STS, and how many places of the cache they fill.

STS takes 100 calls a second from an account, all its users and roles together (STS, limits). One caller who
asks for ever new sessions would spend them for everybody.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta

CALLS = 10
"""Calls to STS for one caller within ``WINDOW``, in one instance."""

WINDOW = timedelta(minutes=1)

PLACES = 8
"""Sessions of one caller that are kept at most."""


class Shares:
    """The shares of at most ``capacity`` callers; whoever was idle for longest is forgotten first."""

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self._calls: OrderedDict[Hashable, deque[datetime]] = OrderedDict()
        self._places: dict[Hashable, OrderedDict[Hashable, None]] = {}

    def wait(self, caller: Hashable, *, now: datetime) -> timedelta | None:
        """Count a call to STS and return None; or return how long the caller has to wait for the next."""
        calls = self._calls.setdefault(caller, deque())
        self._calls.move_to_end(caller)
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if len(calls) >= CALLS:
            return calls[0] + WINDOW - now
        calls.append(now)
        if len(self._calls) > self._capacity:
            self._calls.popitem(last=False)
        return None

    def occupy(self, caller: Hashable, *, key: Hashable) -> Hashable | None:
        """Note that ``key`` was stored or used for ``caller``; return the caller's own key that has to go."""
        places = self._places.setdefault(caller, OrderedDict())
        places[key] = None
        places.move_to_end(key)
        return places.popitem(last=False)[0] if len(places) > PLACES else None

    def vacate(self, caller: Hashable, *, key: Hashable) -> None:
        """Note that ``key`` is stored no more."""
        places = self._places.get(caller)
        if places is None:
            return
        places.pop(key, None)
        if not places:
            del self._places[caller]
