"""Errors of a request, as one tree: each knows its public code and composes its message.

An error knows its public ``code`` and composes its message from the evidence it carries. It never knows
an HTTP status: that table is in ``shared.fc.http``. A message names the rule and the limit, never the
offending value.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal


class ServiceError(Exception):
    """A failure with a public code; its message may be shown to the caller."""

    code = "InternalError"


class InvalidRequest(ServiceError):
    """The request is malformed: a field is missing, unknown, of the wrong type or outside its rule."""

    code = "InvalidArgument"


class TtlTooLong(ServiceError):
    """The requested lifetime exceeds what this function may grant."""

    code = "InvalidArgument"

    def __init__(self, *, requested: timedelta, maximum: timedelta) -> None:
        self.requested, self.maximum = requested, maximum
        super().__init__(
            f"expires_in: at most {maximum.total_seconds():.0f} s, not {requested.total_seconds():.0f} s"
        )


class Unauthenticated(ServiceError):
    """Nobody vouches for the caller: a wanted claim or token is absent, doubled, or does not hold."""

    code = "Unauthenticated"

    def __init__(self, rule: str, *, challenge: str | None = None) -> None:
        self.challenge = challenge
        super().__init__(rule)


class AccessDenied(ServiceError):
    """The caller is known, the request well formed, and the grant scope does not cover it."""

    code = "AccessDenied"


class NotFound(ServiceError):
    """Nothing is answered at this path, below a ticket that is good."""

    code = "NotFound"


class Gone(ServiceError):
    """The ticket was good: by now it is used up, or was called back."""

    code = "Gone"


class MethodNotAllowed(ServiceError):
    """The HTTP method is not one of ``allow``."""

    code = "MethodNotAllowed"

    def __init__(self, *, allow: tuple[str, ...]) -> None:
        self.allow = allow
        super().__init__(f"use one of {', '.join(allow)}")


class PayloadTooLarge(ServiceError):
    """The body, or the answer it asks for, exceeds what one invocation may carry."""

    code = "PayloadTooLarge"


class UnsupportedMediaType(ServiceError):
    """The body is not declared as ``application/json``."""

    code = "UnsupportedMediaType"


class Throttled(ServiceError):
    """Somebody asks to slow down: STS, or this function, of a caller who takes more than a share of STS."""

    code = "Throttling"

    def __init__(self, *, retry_after: timedelta, by: Literal["STS", "this function"] = "STS") -> None:
        self.retry_after = retry_after
        whom = "this account" if by == "STS" else "this caller, who asks for many different sessions"
        super().__init__(f"{by} is throttling {whom}; try again later")


class StsRejected(ServiceError):
    """STS refused to issue a session; ``sts_code`` is for the log only."""

    code = "BadGateway"

    def __init__(self, *, sts_code: str) -> None:
        self.sts_code = sts_code
        super().__init__("STS refused to issue a session for this function")


class StsUnavailable(ServiceError):
    """STS did not answer in time, or not with an answer that can be used."""

    code = "BadGateway"

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__("STS did not give a usable answer; try again later")


class IssuerUnavailable(ServiceError):
    """The issuer of callers' tokens gives no keys to verify them with, and none are held."""

    code = "ServiceUnavailable"

    def __init__(self, *, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__("the keys of the identity provider cannot be had; try again later")


class StoreUnavailable(ServiceError):
    """A store did not answer in time, or not with an answer that can be used; or there is none."""

    code = "ServiceUnavailable"

    def __init__(self, *, reason: str, retry_after: timedelta = timedelta(seconds=1)) -> None:
        self.reason, self.retry_after = reason, retry_after
        super().__init__("the store did not give a usable answer; try again later")


class ReceiverUnavailable(ServiceError):
    """The receiver of messages about uploads did not take one in time."""

    code = "ServiceUnavailable"

    def __init__(self, *, reason: str) -> None:
        self.reason, self.retry_after = reason, timedelta(seconds=1)
        super().__init__("the receiver of upload messages did not take this one; try again later")


class Misconfigured(ServiceError):
    """An environment variable is missing, malformed or contradicts another; the value is never shown."""

    code = "InternalError"

    def __init__(self, variable: str, rule: str) -> None:
        self.variable, self.rule = variable, rule
        super().__init__(f"{variable}: {rule}")


class SessionPolicyTooLarge(ServiceError):
    """The session policy for this grant scope exceeds what AssumeRole accepts."""

    code = "InternalError"

    def __init__(self, *, size: int, limit: int) -> None:
        self.size, self.limit = size, limit
        super().__init__(
            f"the session policy takes {size} bytes, the limit is {limit}: "
            "grant fewer prefixes, or a common parent prefix"
        )
