"""The port to STS: what is asked of AssumeRole, where, and the signature of whoever asks it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol

from shared.errors import AccessDenied, Misconfigured
from shared.signing import Credentials
from shared.values import value

SHORTEST_SESSION = timedelta(seconds=900)
"""What AssumeRole issues at least (STS, AssumeRole, DurationSeconds)."""

LONGEST_OF_ANY_ROLE = timedelta(hours=1)
"""What every role allows: a role's maximum session duration is set between this and twelve hours."""

_LONGEST_SESSION_NAME = 64


@value
class SessionRequest:
    """One session of a role, narrowed by ``policy``: never without one, that would be the whole role."""

    role_arn: str
    role_session_name: str
    policy: str
    duration: timedelta
    external_id: str | None = None

    def __post_init__(self) -> None:
        if not self.policy:
            raise ValueError("AssumeRole without a session policy would hand out the whole role")

    def lasting(self, duration: timedelta) -> SessionRequest:
        """Return the same request for a session of another ``duration``."""
        return SessionRequest(
            role_arn=self.role_arn,
            role_session_name=self.role_session_name,
            policy=self.policy,
            duration=duration,
            external_id=self.external_id,
        )


@value
class StsEndpoint:
    """Where STS listens: ``host`` with an optional port, and the scheme (http for the local demo only)."""

    host: str
    scheme: Literal["https", "http"] = "https"


@value
class AssumableRole:
    """A role that sessions are taken of, and how STS is reached."""

    arn: str
    endpoint: StsEndpoint
    default_duration: timedelta
    max_duration: timedelta
    external_id: str | None


class AssumeRole(Protocol):
    """Asks STS for one session, within ``timeout`` in all; raises a ``ServiceError`` and nothing else."""

    def __call__(
        self, request: SessionRequest, *, credentials: Credentials, timeout: timedelta, now: datetime
    ) -> Credentials:
        """Return the session; it ends no later than ``now`` and the duration asked for."""
        ...


def regional_endpoint(region: str, *, network: Literal["public", "vpc"]) -> StsEndpoint:
    """Return the region's own host, and for ``vpc`` never a public one (as the SDK's table would have it)."""
    return StsEndpoint(host=f"sts{'-vpc' if network == 'vpc' else ''}.{region}.aliyuncs.com")


def role_session_name(subject: str | None, *, function_name: str) -> str:
    """Return the name that STS and OSS log for this caller: the claim ``sub``, or the function's name.

    STS takes 2 to 64 characters of the alphabet that claims have. ``u-`` goes before a single character, and
    so that no two subjects share a name before a ``sub`` that itself begins with it.
    """
    subject = function_name[: _LONGEST_SESSION_NAME - 2] if subject is None else subject
    name = f"u-{subject}" if len(subject) == 1 or subject.startswith("u-") else subject
    if len(name) > _LONGEST_SESSION_NAME:
        raise AccessDenied("sub: too long for a role session name")
    return name


def refuse_sdk_debug(environ: Mapping[str, str]) -> None:
    """Raise ``Misconfigured`` where the environment would make the SDK print security tokens to the log."""
    if environ.get("DEBUG", "").lower() == "sdk":
        raise Misconfigured("DEBUG", "'sdk' prints security tokens to the log; leave it unset")
