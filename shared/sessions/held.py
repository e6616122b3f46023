"""What is kept of an answer of STS: a session while it serves, or a refusal while it stands."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from shared.errors import StsRejected, Throttled
from shared.signing import Credentials
from shared.values import value

_SHORTEST_MARGIN = timedelta(seconds=60)


@value
class Held:
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
class Denied:
    """A refusal of STS, and until when it is taken to stand."""

    error: StsRejected | Throttled
    until: datetime
