"""Times as answers and log lines say them: RFC 3339, UTC, whole seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.grants.decision import LimitedBy
from shared.signing.v4 import TWO_DIGITS, whole_second

_REFRESH_MARGIN = timedelta(seconds=60)


def timestamp(moment: datetime) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SSZ`` for an aware UTC moment."""
    day = f"{moment.year:04}-{TWO_DIGITS[moment.month]}-{TWO_DIGITS[moment.day]}"
    return f"{day}T{TWO_DIGITS[moment.hour]}:{TWO_DIGITS[moment.minute]}:{TWO_DIGITS[moment.second]}Z"


def times(expires_at: datetime, *, limited_by: LimitedBy, now: datetime) -> dict[str, Any]:
    """Return the members of an answer that speak of time."""
    whole_now = whole_second(now)
    life = expires_at - whole_now
    refresh_after = max(expires_at - max(life / 10, _REFRESH_MARGIN), whole_now)
    return {
        "expires_at": timestamp(expires_at),
        "expires_in": int(life.total_seconds()),
        "limited_by": limited_by,
        "refresh_after": timestamp(refresh_after),
        "server_time": timestamp(whole_now),
    }
