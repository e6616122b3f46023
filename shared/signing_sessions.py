"""What signs URLs: the function's own role, or a session of ``SIGNING_ROLE_ARN`` whose end is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shared.environment import role_credentials
from shared.prefixes import VerifiedClaims
from shared.role_sessions import RoleSessions, role_sessions
from shared.session_policy import delete, read, session_policy, write
from shared.sessions import SessionCache, signing_duration
from shared.settings import BucketSettings
from shared.signing import Credentials
from shared.sts import AssumableRole

_CACHE = SessionCache()


def credentials_for(
    role: AssumableRole | None,
    bucket: BucketSettings,
    *,
    function_name: str,
    environ: Mapping[str, str],
    timeout: timedelta,
    now: datetime,
    cache: SessionCache = _CACHE,
) -> Callable[[VerifiedClaims, timedelta], Credentials]:
    """Return what finds a caller's signing credentials, good for at least a time where it can be had."""
    if role is None:
        credentials = role_credentials(environ)
        return lambda _claims, _good_for: credentials
    sessions = role_sessions(
        role, function_name=function_name, environ=environ, timeout=timeout, cache=cache, now=now
    )
    return lambda claims, good_for: signing_session(sessions, bucket, claims=claims, good_for=good_for)


def signing_session(
    sessions: RoleSessions, bucket: BucketSettings, *, claims: VerifiedClaims, good_for: timedelta
) -> Credentials:
    """Return a session narrowed to all that the grant scope lets this caller ask for.

    It is renewed if it would not live ``good_for`` longer; only where the role forbids that does a URL end
    with it.
    """
    scope, role = bucket.grant_scope, sessions.role
    policy = session_policy(
        read(scope.expand("read", claims), versions=scope.content.versions),
        write(scope.expand("write", claims), tagging=True),
        delete(scope.expand("delete", claims)),
        bucket=scope.bucket,
        secure_transport=bucket.secure_transport,
    )
    duration = signing_duration(good_for, default=role.default_duration, maximum=role.max_duration)
    return sessions.session(policy, claims=claims, duration=duration, good_for=good_for)
