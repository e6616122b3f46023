"""Until when a signature is good: as long as was asked, or until the session that signs is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.credentials import Credentials

MAX_EXPIRES = timedelta(days=7)
"""The longest life that OSS accepts in ``x-oss-expires``; the TTL policy above is stricter."""

LimitedBy = Literal["request", "credentials"]

_SECOND = timedelta(seconds=1)


def lifetime(expires_in: timedelta, *, credentials: Credentials, now: datetime) -> tuple[datetime, LimitedBy]:
    """Return the first instant (whole seconds, UTC) at which OSS refuses, and which limit decided it."""
    if not _SECOND <= expires_in <= MAX_EXPIRES:
        raise InvalidRequest(f"expires_in: 1 to {MAX_EXPIRES.total_seconds():.0f} s")
    start, over = v4.whole_second(now), credentials.expires_at
    end = v4.whole_second(start + expires_in)
    if over is None or over >= end:
        return end, "request"
    refuse_ended(credentials, now=start)
    return v4.whole_second(over), "credentials"


def refuse_ended(credentials: Credentials, *, now: datetime) -> None:
    """Raise where less than a second of the session is left; ``now`` is a whole second."""
    if credentials.expires_at is not None and credentials.expires_at < now + _SECOND:
        raise InvalidRequest("credentials: the session is over, nothing that it signs would be accepted")
