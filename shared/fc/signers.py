"""Signers of URLs: the function's own role, or a session of ``SIGNING_ROLE_ARN`` whose end is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shared.fc.credentials import role_credentials
from shared.grants.prefixes import VerifiedClaims
from shared.sessions.port import AssumableRole
from shared.settings.bucket import BucketSettings
from shared.signing import Credentials


def credentials_for(
    role: AssumableRole | None,
    bucket: BucketSettings,
    *,
    function_name: str,
    environ: Mapping[str, str],
    timeout: timedelta,
    now: datetime,
) -> Callable[[VerifiedClaims, timedelta], Credentials]:
    """Return what finds a caller's signing credentials, good for at least a time where it can be had."""
    if role is None:
        credentials = role_credentials(environ)
        return lambda _claims, _good_for: credentials
    # A function that signs as itself starts without all that asks STS.
    from shared.fc.role_sessions import sessions_for

    return sessions_for(role, bucket, function_name=function_name, environ=environ, timeout=timeout, now=now)
