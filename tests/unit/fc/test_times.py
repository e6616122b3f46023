from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from shared.fc.times import times, timestamp

NOW = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("life", "refresh_after"),
    [
        (1200, "2026-11-23T12:18:00Z"),
        (600, "2026-11-23T12:09:00Z"),
        (61, "2026-11-23T12:00:01Z"),
        (60, "2026-11-23T12:00:00Z"),
        (1, "2026-11-23T12:00:00Z"),
        (32_400, "2026-11-23T20:06:00Z"),
    ],
)
def test_refresh_comes_a_tenth_of_the_life_before_the_end_and_at_least_a_minute(
    life: int, refresh_after: str
) -> None:
    end = NOW.replace(microsecond=0) + timedelta(seconds=life)
    said = times(end, limited_by="request", now=NOW)

    assert (life, refresh_after, "2026-11-23T12:00:00Z") == (
        said["expires_in"],
        said["refresh_after"],
        said["server_time"],
    )


def test_a_timestamp_has_whole_seconds() -> None:
    assert "2026-11-23T12:00:00Z" == timestamp(NOW)
