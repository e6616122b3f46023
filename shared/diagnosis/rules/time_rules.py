"""Times of a URL: it works between its date, less OSS's allowance for skew, and its end or its session's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared.diagnosis.case import Case, Finding

SKEW = timedelta(minutes=15)
LONGEST_SESSION = timedelta(hours=36)
"""No session lasts longer: a role's own credentials on Function Compute; sessions of AssumeRole last 12 hours."""


def expired(case: Case) -> Iterator[Finding]:
    """``x-oss-date`` and ``x-oss-expires`` are over; where OSS's clock says so and ours does not, ours is wrong."""
    if case.begins is None or case.ends is None or case.looked_at < case.ends:
        return
    if case.now < case.ends:
        behind = words(case.looked_at - case.now)
        yield Finding(
            "clock-skew",
            f"By OSS's clock the URL is over, by this machine's it is not: this clock is behind by {behind} or more.",
            "Set the clock of the machine that signs (NTP), and sign again.",
        )
        return
    life, ago = words(case.ends - case.begins), words(case.looked_at - case.ends)
    yield Finding(
        "expired",
        f"The URL expired {ago} ago, at {clock(case.ends)}; it was good for {life}.",
        "Ask for a new URL; where the life was too short, ask for a longer expires_in (up to TTL_MAX_SECONDS).",
    )


def session_over(case: Case) -> Iterator[Finding]:
    """The URL is still good by its own numbers, its session cannot be."""
    if case.begins is None or case.ends is None or not case.has_token:
        return
    if case.begins + LONGEST_SESSION <= case.looked_at < case.ends:
        yield session_ended(
            f"since {clock(case.begins + LONGEST_SESSION)} at the latest: no session lasts longer"
        )


def session_ended(since: str) -> Finding:
    """A URL dies with the session that signed it, whatever its own number says."""
    return Finding(
        "session-ended",
        f"The session that signed the URL is over ({since}), and the URL with it, whatever x-oss-expires says.",
        "Ask for a new URL. Where its end has to be certain, set SIGNING_ROLE_ARN: expires_at then counts it in.",
    )


def not_yet_valid(case: Case) -> Iterator[Finding]:
    """OSS takes a date up to 15 minutes ahead of its clock (EC 0002-00000235)."""
    if case.begins is None or case.begins - case.looked_at <= SKEW:
        return
    ahead = words(case.begins - case.looked_at)
    yield Finding(
        "not-yet-valid",
        f"The URL begins {ahead} from now, at {clock(case.begins)}; OSS allows 15 minutes.",
        "Set the clocks: the machine that signed runs ahead, or this one is behind. Then sign again.",
    )


def clock(moment: datetime) -> str:
    """Return a UTC time to read."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def words(life: timedelta) -> str:
    """Return a length of time in its two largest units."""
    seconds = int(life.total_seconds())
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    parts = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"
