"""The emulator's clock: real time, moved by whatever a test asks."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

ROOM = timedelta(days=366)
"""Around every moment: what is issued then ends later, what is signed began before."""


class Clock:
    """Aware UTC time; ``set`` stops it there, ``advance`` moves it on."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._stopped: datetime | None = None

    def now(self) -> datetime:
        """Return the time here."""
        return self._stopped or datetime.now(timezone.utc) + self._offset

    def set(self, moment: datetime) -> None:
        """Stop the clock at an aware ``moment``; raises ``OverflowError`` at the ends of the years 1 to 9999."""
        if moment.tzinfo is None:
            raise ValueError("the clock takes aware datetimes")
        _check_room(moment)
        self._stopped = moment.astimezone(timezone.utc)

    def advance(self, by: timedelta) -> None:
        """Move the clock on (or back), running or stopped; raises ``OverflowError`` at the ends of the years 1 to 9999."""
        _check_room(self.now() + by)
        if self._stopped is None:
            self._offset += by
        else:
            self._stopped += by

    def run(self) -> None:
        """Go on with real time."""
        self._offset, self._stopped = timedelta(), None


def _check_room(moment: datetime) -> None:
    _ = moment + ROOM, moment - ROOM
