"""Who there is: users and roles with their policies, and the sessions that STS issued."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Literal, Protocol

from .policies import Statement, parse_policy, parse_trust_policy

Document = str | Mapping[str, Any]


class Tells(Protocol):
    """A clock: aware, UTC."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody with an AccessKey: a user, or a session of a role with its token and its end; or anybody at all.

    ``uid`` is by what a bucket policy names a user.
    """

    kind: Literal["user", "session", "anybody"]
    arn: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    policies: tuple[Statement, ...] = ()
    security_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    session_policy: tuple[Statement, ...] | None = None
    role_arn: str | None = None
    uid: str = ""


ANYBODY = Principal(kind="anybody", arn="", access_key_id="", access_key_secret="")
"""Whoever sends a request without a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role: who may assume it, what it may do, and how long its sessions last at most."""

    name: str
    role_id: str
    arn: str
    trust: tuple[Statement, ...]
    policies: tuple[Statement, ...]
    max_session_duration_seconds: int


class Identities:
    """Users, roles and sessions of one account; safe to share between threads."""

    def __init__(self, *, account_id: str, clock: Tells) -> None:
        self.account_id, self._clock = account_id, clock
        self._lock = Lock()
        self._by_key: dict[str, Principal] = {}
        self._roles: dict[str, Role] = {}

    def find(self, access_key_id: str) -> Principal | None:
        """Return whose AccessKey this is; a session is found after its end too."""
        return self._by_key.get(access_key_id)

    def is_issued(self, security_token: str) -> bool:
        """Tell whether this is the token of some session."""
        return any(each.security_token == security_token for each in list(self._by_key.values()))

    def role(self, arn: str) -> Role | None:
        """Return the role with this ARN."""
        return self._roles.get(arn)

    def add_user(
        self, name: str, *, policies: Sequence[Document], access_key: tuple[str, str] | None = None
    ) -> Principal:
        """Return a new user with a long-lived AccessKey: a random one, or this id and secret."""
        key, secret = access_key or (f"LTAI{secrets.token_hex(10)}", secrets.token_urlsafe(24))
        return self._keep(
            Principal(
                kind="user",
                arn=f"acs:ram::{self.account_id}:user/{name}",
                access_key_id=key,
                access_key_secret=secret,
                policies=_all(policies),
                uid=str(secrets.randbelow(8 * 10**17) + 2 * 10**17),
            )
        )

    def add_role(
        self,
        name: str,
        *,
        trust: Document,
        policies: Sequence[Document],
        max_session_duration_seconds: int = 3600,
    ) -> Role:
        """Return a new role; its maximum is 3600 to 43200 seconds, as in RAM."""
        if not 3600 <= max_session_duration_seconds <= 43200:
            raise ValueError("a role's maximum session duration is 3600 to 43200 seconds")
        role = Role(
            name=name,
            role_id=str(secrets.randbelow(9 * 10**17) + 10**17),
            arn=f"acs:ram::{self.account_id}:role/{name}",
            trust=parse_trust_policy(trust),
            policies=_all(policies),
            max_session_duration_seconds=max_session_duration_seconds,
        )
        self._roles[role.arn] = role
        return role

    def issue(
        self, role: Role, *, session_name: str, duration_seconds: int, policy: Document | None
    ) -> Principal:
        """Return a new session of ``role`` with random key, secret and token."""
        ends = self._clock.now().replace(microsecond=0) + timedelta(seconds=duration_seconds)
        return self._keep(
            Principal(
                kind="session",
                # As recorded: the role's name is in lower case here, and only here.
                arn=f"acs:ram::{self.account_id}:role/{role.name.lower()}/{session_name}",
                access_key_id=f"STS.N{secrets.token_hex(12)}",
                access_key_secret=secrets.token_urlsafe(33),
                # Real tokens are base64 and hold the characters that URLs must escape.
                security_token=f"CAIS{secrets.token_hex(200)}+/{secrets.token_hex(100)}==",
                policies=role.policies,
                expires_at=ends,
                session_policy=None if policy is None else parse_policy(policy),
                role_arn=role.arn,
            )
        )

    def role_session(
        self,
        role_name: str,
        *,
        session_name: str = "session",
        duration_seconds: int = 3600,
        policy: Document | None = None,
    ) -> Principal:
        """Return a session as the platform gives one to a function: without asking STS."""
        role = self._roles[f"acs:ram::{self.account_id}:role/{role_name}"]
        return self.issue(role, session_name=session_name, duration_seconds=duration_seconds, policy=policy)

    def _keep(self, principal: Principal) -> Principal:
        with self._lock:
            self._by_key[principal.access_key_id] = principal
        return principal


def _all(documents: Sequence[Document]) -> tuple[Statement, ...]:
    return tuple(statement for document in documents for statement in parse_policy(document))
