"""The operation of ``sts``: from a request's fields to credentials, narrowed to what the caller holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.errors import InvalidRequest, ServiceError, Unauthenticated
from shared.fc.frame import Call
from shared.fc.http import Reply, refusal
from shared.fc.identity import Caller, caller_of, take_stated_claims, trail_of
from shared.fc.invocation import Invocation, check_method, fields_of
from shared.fc.role_sessions import RoleSessions, role_sessions
from shared.fc.times import times
from shared.grants.credentials import held_prefixes
from shared.grants.operations import Permission
from shared.grants.scopes import GrantScope, scope_of
from shared.grants.session_policy import delete, read, session_policy, write
from shared.sessions.port import SHORTEST_SESSION, AssumableRole
from shared.settings.bucket.settings import BucketSettings
from shared.settings.functions import StsSettings
from shared.signing import Credentials
from shared.signing.credentials import lifetime
from shared.sts.documents import IssuedSession, failure_document, reply
from shared.sts.payload import StsRequest, sts_request

METHODS = ("GET", "POST")

_USUAL_DURATIONS = tuple(timedelta(seconds=s) for s in (900, 1800, 3600, 7200, 14_400, 28_800, 43_200))

StsCall = Call[StsSettings]


def operate(invocation: Invocation, call: StsCall) -> Reply:
    """Return the answer of one invocation: one session, in the shape that was asked for."""
    return answer_from(role_sessions(call.settings.role, call), invocation, call)


def answer_from(sessions: RoleSessions, invocation: Invocation, call: StsCall) -> Reply:
    """Return the same with a session out of ``sessions``."""
    fields: dict[str, Any] = {}
    known: list[Caller] = []
    try:
        check_method(invocation, allow=METHODS)
        fields = _fields(invocation)
        stated = take_stated_claims(fields, policy=call.settings.caller.identity)
        asked = sts_request(fields, read_text=invocation.method == "GET")
        known.append(caller_of(invocation, call, stated=stated))
        return reply(issue(asked, sessions, caller=known[0], call=call), shape=asked.format)
    except ServiceError as error:
        trail_of(known, call).refused(error, **_asked_for(fields))
        raise


def refuse(error: ServiceError, invocation: Invocation, request_id: str) -> Reply:
    """Return the answer for a refused request; the mobile providers read failures from HTTP 200 only."""
    plain = refusal(error, invocation, request_id)
    if not _wants_mobile(invocation):
        return plain
    code, message = plain.document["Code"], plain.document["Message"]
    document = failure_document(code, message, status=plain.status, request_id=request_id)
    return Reply(document=document, headers=plain.headers)


def _fields(invocation: Invocation) -> dict[str, Any]:
    if invocation.method == "GET":
        return dict(invocation.unverified_query)
    return fields_of(invocation, empty_body_is="{}")


def _asked_for(unverified_fields: dict[str, Any]) -> dict[str, Any]:
    names = ("permission", "profile", "duration_seconds", "format")
    return {name: unverified_fields[name] for name in names if name in unverified_fields}


def _wants_mobile(invocation: Invocation) -> bool:
    try:
        return _fields(invocation).get("format") == "mobile"
    except ServiceError:
        return False


def issue(
    asked: StsRequest,
    sessions: RoleSessions,
    *,
    caller: Caller,
    call: StsCall,
    below: str | None = None,
    at_most: timedelta | None = None,
) -> IssuedSession:
    """Decide, then ask STS, then say so: in the answer and in the audit trail.

    A ticket narrows it to what is ``below`` a prefix, and to a session of ``at_most`` so long.
    """
    bucket = call.settings.bucket
    permission = asked.permission or call.settings.default_permission
    scope = scope_of(asked.profile, bucket.scopes)
    held = held_prefixes(permission, claims=caller.claims, grant_scope=scope, below=below)
    wanted = _duration(asked, role=call.settings.role)
    duration = _bound(wanted, at_most or _left(caller, call), role=call.settings.role)
    policy = _policy(held, scope, secure_transport=bucket.secure_transport)
    session = sessions.session(policy, claims=caller.claims, duration=duration, good_for=good_for(duration))
    issued = IssuedSession(
        session=session,
        times=_times(session, asked=asked, duration=duration, is_bound=duration < wanted, now=call.now),
        access=_access(bucket, held=held),
        request_id=call.trail.request_id,
    )
    call.trail.granted(
        caller=caller.claims,
        **caller.facts,
        permission=permission,
        **({} if asked.profile is None else {"profile": asked.profile}),
        access_key_id=session.access_key_id,
        expires_at=issued.times["expires_at"],
        limited_by=issued.times["limited_by"],
        **{f"{each}_prefixes": prefixes for each, prefixes in held.items() if prefixes},
    )
    return issued


def _policy(held: Mapping[Permission, list[str]], scope: GrantScope, *, secure_transport: bool) -> str:
    return session_policy(
        read(held["read"]),
        write(held["write"], tagging=scope.content.tagging),
        delete(held["delete"]),
        bucket=scope.bucket,
        list_below=held["read"],
        secure_transport=secure_transport,
    )


def good_for(duration: timedelta) -> timedelta:
    """Return the life that an issued session still has at least: half of what was asked for.

    Clients ask anew up to 15 minutes before the end; with the default hour they get at least 1,800 s.
    """
    return duration / 2


def _duration(asked: StsRequest, *, role: AssumableRole) -> timedelta:
    if asked.duration_seconds is None:
        return role.default_duration
    shortest, longest = int(SHORTEST_SESSION.total_seconds()), int(role.max_duration.total_seconds())
    # Compared as numbers: a timedelta cannot hold every integer that JSON can.
    if not shortest <= asked.duration_seconds <= longest:
        raise InvalidRequest(f"duration_seconds: {shortest} to {longest}")
    return _step_below(timedelta(seconds=asked.duration_seconds), role=role)


def _bound(wanted: timedelta, at_most: timedelta | None, *, role: AssumableRole) -> timedelta:
    return wanted if at_most is None or at_most >= wanted else _step_below(at_most, role=role)


def _left(caller: Caller, call: StsCall) -> timedelta | None:
    """Return what the caller's own token leaves, where this deployment binds sessions to it."""
    policy = call.settings.caller.identity.oidc
    if policy is None or not policy.binds_sessions:
        return None
    left = caller.life_left(call.now)
    if left is not None and left < SHORTEST_SESSION:
        raise Unauthenticated(
            f"token: leaves less than {SHORTEST_SESSION.total_seconds():.0f} s, the shortest session",
            challenge='Bearer error="invalid_token"',
        )
    return left


def _step_below(asked_for: timedelta, *, role: AssumableRole) -> timedelta:
    """Return the longest usual duration within ``asked_for``: 100 durations are not 100 sessions."""
    usual = {*_USUAL_DURATIONS, role.default_duration, role.max_duration}
    return max(each for each in usual if each <= asked_for)


def _times(
    session: Credentials, *, asked: StsRequest, duration: timedelta, is_bound: bool, now: datetime
) -> dict[str, Any]:
    """Return when the session ends, and what decided that: STS and the cache may give less than asked for."""
    if is_bound:
        expires_at, limited = lifetime(duration, credentials=session, now=now)
        return times(expires_at, limited_by="caller" if limited == "request" else limited, now=now)
    if asked.duration_seconds is not None:
        duration = timedelta(seconds=asked.duration_seconds)
    expires_at, limited_by = lifetime(duration, credentials=session, now=now)
    by_default = limited_by == "request" and asked.duration_seconds is None
    return times(expires_at, limited_by="policy" if by_default else limited_by, now=now)


def _access(bucket: BucketSettings, *, held: Mapping[Permission, list[str]]) -> dict[str, Any]:
    """Return where the session can be used; an empty prefix stands for the whole bucket."""
    endpoint = bucket.endpoint
    return {
        "Region": endpoint.region,
        "Endpoint": f"{endpoint.scheme}://{endpoint.host}",
        "Cname": endpoint.style == "cname",
        "Bucket": bucket.name,
        **{f"{each.capitalize()}Prefixes": prefixes for each, prefixes in held.items()},
    }
