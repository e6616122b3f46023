"""The port to STS: what is asked of AssumeRole, where, and the signature of whoever asks it."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, Protocol

from shared.errors import Misconfigured
from shared.signing import Credentials
from shared.values import replaced, value

SHORTEST_SESSION = timedelta(seconds=900)
"""What AssumeRole issues at least (STS, AssumeRole, DurationSeconds)."""

LONGEST_OF_ANY_ROLE = timedelta(hours=1)
"""What every role allows: a role's maximum session duration is set between this and twelve hours."""

_SESSION_NAME = re.compile(r"[A-Za-z0-9.@_-]{2,64}")


@value
class SessionRequest:
    """One session of a role, narrowed by ``policy``: never without one, that would be the whole role."""

    role_arn: str
    role_session_name: str
    policy: str
    duration: timedelta
    external_id: str | None = None
    source_identity: str | None = None

    def __post_init__(self) -> None:
        if not self.policy:
            raise ValueError("AssumeRole without a session policy would hand out the whole role")

    def lasting(self, duration: timedelta) -> SessionRequest:
        """Return the same request for a session of another ``duration``."""
        return replaced(self, duration=duration)


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
    sends_source_identity: bool = False


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
    """Return the name that STS and OSS log for this caller: the claim ``sub`` as written, or the function's.

    STS takes 2 to 64 characters of ``A-Z a-z 0-9 . @ _ -``. For any other text it is a dot, with which no
    written claim begins, and a digest of it: no two callers share a name.
    """
    name = function_name[:64] if subject is None else subject
    if _SESSION_NAME.fullmatch(name):
        return name
    return "." + urlsafe_b64encode(sha256(name.encode()).digest()).rstrip(b"=").decode()


def refuse_sdk_debug(environ: Mapping[str, str]) -> None:
    """Raise ``Misconfigured`` where the environment would make the SDK print security tokens to the log."""
    if environ.get("DEBUG", "").lower() == "sdk":
        raise Misconfigured("DEBUG", "'sdk' prints security tokens to the log; leave it unset")
