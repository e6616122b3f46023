"""Sessions of the configured role, as one invocation gets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.sessions.cache import SessionCache
from shared.sessions.port import AssumableRole, AssumeRole, SessionRequest, role_session_name, via_sdk
from shared.settings.environment import role_credentials
from shared.signing import Credentials

LONGEST_WAIT = timedelta(seconds=5)
"""For one answer of STS, retry included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSessions:
    """How one invocation gets sessions of ``role``: with whose credentials, through what, kept where."""

    role: AssumableRole
    credentials: Credentials
    function_name: str
    timeout: timedelta
    cache: SessionCache
    assume_role: AssumeRole
    now: datetime

    def session(
        self, policy: str, *, claims: Mapping[str, str], duration: timedelta, good_for: timedelta
    ) -> Credentials:
        """Return a session narrowed by ``policy`` and named after the claim ``sub``; see ``SessionCache``."""
        request = SessionRequest(
            role_arn=self.role.arn,
            role_session_name=role_session_name(claims.get("sub"), function_name=self.function_name),
            policy=policy,
            duration=duration,
            external_id=self.role.external_id,
        )
        return self.cache.session(
            request,
            assume_role=self.assume_role,
            credentials=self.credentials,
            timeout=self.timeout,
            now=self.now,
            good_for=good_for,
        )


def role_sessions(
    role: AssumableRole,
    *,
    function_name: str,
    environ: Mapping[str, str],
    timeout: timedelta,
    cache: SessionCache,
    now: datetime,
) -> RoleSessions:
    """Return the sessions of ``role`` that an invocation in ``environ`` can have, within ``timeout`` each."""
    return RoleSessions(
        role=role,
        credentials=role_credentials(environ),
        function_name=function_name,
        timeout=min(timeout, LONGEST_WAIT),
        cache=cache,
        assume_role=via_sdk(role.endpoint),
        now=now,
    )
