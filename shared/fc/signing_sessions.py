"""Sessions of ``SIGNING_ROLE_ARN`` that sign URLs, each narrowed to what its caller may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from shared.fc.role_sessions import RoleSessions, role_sessions
from shared.grants.prefixes import VerifiedClaims
from shared.grants.session_policy import delete, read, session_policy, write
from shared.sessions.cache import SessionCache, signing_duration
from shared.sessions.port import AssumableRole
from shared.settings.models import BucketSettings
from shared.signing import Credentials

_CACHE = SessionCache()


def sessions_for(
    role: AssumableRole,
    bucket: BucketSettings,
    *,
    function_name: str,
    environ: Mapping[str, str],
    timeout: timedelta,
    now: datetime,
) -> Callable[[VerifiedClaims, timedelta], Credentials]:
    """Return what finds a caller's session of ``role``, good for at least a time where it can be had."""
    sessions = role_sessions(
        role, function_name=function_name, environ=environ, timeout=timeout, cache=_CACHE, now=now
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
