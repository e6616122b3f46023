"""Bad days of OSS, ordered one request at a time: late, throttled, failed, or cut off.

A clock that is wrong is ``Cloud.clock``, an account without public endpoints ``Cloud.public_endpoint_open``, and STS
has faults of its own (``Cloud.sts.faults``).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from .wire.errors import OssError


class Faults:
    """A queue of faults; each is taken by one request, in order, and an empty queue means good weather."""

    def __init__(self) -> None:
        self._queue: deque[Callable[[], None]] = deque()

    def server_error(self, times: int = 1) -> None:
        """Answer 500 ``InternalError``."""
        self._add(times, _failing("internal"))

    def unavailable(self, times: int = 1) -> None:
        """Answer 503 ``ServiceUnavailable``."""
        self._add(times, _failing("unavailable"))

    def throttling(self, times: int = 1) -> None:
        """Answer 503 ``SlowDown``, as where too many requests come."""
        self._add(times, _failing("slow-down"))

    def user_disabled(self, times: int = 1) -> None:
        """Answer 403 ``UserDisable``, as where the account is in arrears or the owner of a key is disabled."""
        self._add(times, _failing("user-disabled"))

    def slow(self, seconds: float, times: int = 1) -> None:
        """Answer well, but late."""
        self._add(times, lambda: time.sleep(seconds))

    def reset(self, times: int = 1) -> None:
        """Close the connection without an answer; in process, raise ``ConnectionResetError``."""
        self._add(times, _reset)

    def take(self) -> None:
        """Let the next fault happen; raises ``OssError`` or ``ConnectionResetError``, or returns."""
        try:
            fault = self._queue.popleft()
        except IndexError:
            return
        fault()

    def _add(self, times: int, fault: Callable[[], None]) -> None:
        self._queue.extend([fault] * times)


def _failing(name: str) -> Callable[[], None]:
    def fail() -> None:
        raise OssError(name)

    return fail


def _reset() -> None:
    raise ConnectionResetError("the emulator was told to cut this connection")
