"""Sessions of a role as one invocation gets them, handed out or narrowed to sign URLs for a caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.fc.frame import Call
from shared.grants.claims import VerifiedClaims
from shared.grants.operations import Permission
from shared.grants.scopes import GrantScope
from shared.grants.session_policy import delete, read, session_policy, write
from shared.sessions.cache import SessionCache
from shared.sessions.port import AssumableRole, AssumeRole, SessionRequest, StsEndpoint, role_session_name
from shared.signing import Credentials
from shared.values import value

LONGEST_WAIT = timedelta(seconds=5)
"""For one answer of STS, retry included."""


@value
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
        """Return a session narrowed by ``policy`` and named after the claim ``sub``; see ``SessionCache``.

        It counts as a request of whoever holds these ``claims``; without any, of the function itself.
        """
        name = role_session_name(claims.get("sub"), function_name=self.function_name)
        request = SessionRequest(
            role_arn=self.role.arn,
            role_session_name=name,
            policy=policy,
            duration=duration,
            external_id=self.role.external_id,
            source_identity=name if self.role.sends_source_identity else None,
        )
        return self.cache.session(
            request,
            caller=tuple(sorted(claims.items())),
            assume_role=self.assume_role,
            credentials=self.credentials,
            timeout=self.timeout,
            now=self.now,
            good_for=good_for,
        )


def role_sessions(role: AssumableRole, call: Call[Any]) -> RoleSessions:
    """Return the sessions of ``role`` that this call can have, each within half of the function's time."""
    return RoleSessions(
        role=role,
        credentials=call.credentials,
        function_name=call.runtime.function,
        timeout=min(call.runtime.timeout / 2, LONGEST_WAIT),
        cache=call.kept.sessions(),
        assume_role=via_sdk(role.endpoint),
        now=call.now,
    )


def via_sdk(endpoint: StsEndpoint) -> AssumeRole:
    """Return an adapter that imports the SDK when first called: a cached session must not wait for it."""

    def assume_role(
        request: SessionRequest, *, credentials: Credentials, timeout: timedelta, now: datetime
    ) -> Credentials:
        from shared.sessions import sdk

        return sdk.assume_role(request, endpoint=endpoint, credentials=credentials, timeout=timeout, now=now)

    return assume_role


def signing_session(
    sessions: RoleSessions,
    scope: GrantScope,
    *,
    claims: VerifiedClaims | None,
    good_for: timedelta,
    secure_transport: bool,
) -> Credentials:
    """Return a session narrowed to all that ``scope`` lets this caller ask for.

    Without ``claims`` it is the deployment's own: narrowed to what any caller may ask for. It is renewed
    where it would not live ``good_for`` longer, or half of its life where that is less; the URL is cut then.
    """
    role = sessions.role

    def below(permission: Permission) -> list[str]:
        return scope.open_to_all(permission) if claims is None else scope.expand(permission, claims)

    policy = session_policy(
        read(below("read"), versions=scope.content.versions),
        write(below("write"), tagging=scope.content.tagging),
        delete(below("delete")),
        bucket=scope.bucket,
        secure_transport=secure_transport,
    )
    longest = role.max_duration if 2 * good_for > role.default_duration else role.default_duration
    return sessions.session(policy, claims=claims or {}, duration=longest, good_for=good_for)
