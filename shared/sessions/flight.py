"""One call under way that other threads wait for, in place of making it again."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

from shared.errors import ServiceError, StsUnavailable
from shared.signing import Credentials


class Flight:
    """One call to STS under way, and what came of it."""

    def __init__(self) -> None:
        self.landed = Event()
        self.outcome: Credentials | ServiceError = StsUnavailable(
            reason="the call that was waited for failed"
        )

    def wait(self, timeout: timedelta) -> Credentials | ServiceError:
        """Return what came of it, or an error after ``timeout``."""
        if not self.landed.wait(timeout.total_seconds()):
            return StsUnavailable(reason="deadline")
        return again(self.outcome) if isinstance(self.outcome, ServiceError) else self.outcome


def again(error: ServiceError) -> ServiceError:
    """Return a copy to raise: without the traceback, whose frames hold what passed through them."""
    copy = type(error).__new__(type(error), *error.args)
    copy.__dict__.update(vars(error))
    return copy
