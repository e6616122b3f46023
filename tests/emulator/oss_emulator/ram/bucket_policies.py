"""Of whom a bucket policy speaks (OSS, bucket policy, Principal).

``*`` is everybody, without a signature too; a user is named by UID, a session of a role by
``arn:sts::<account>:assumed-role/<role>/<session>``, in which ``*`` and ``?`` stand for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from .evaluation import matches
from .identities import Principal
from .policies import Statement, parse_bucket_policy

read = lru_cache(maxsize=256)(parse_bucket_policy)
"""``parse_bucket_policy``, once for each text."""


def speaking_of(
    statements: Sequence[Statement], principal: Principal, *, blocked: bool
) -> tuple[Statement, ...]:
    """Return the statements that speak of somebody; ``blocked`` leaves out what would let everybody in."""
    return tuple(
        statement
        for statement in statements
        if _names(statement, principal) and not (blocked and lets_everybody_in(statement))
    )


def lets_everybody_in(statement: Statement) -> bool:
    """Tell whether a statement allows something to everybody, whatever the conditions ([inf]: conditions count not)."""
    return statement.effect == "Allow" and "*" in statement.principals["OSS"]


def _names(statement: Statement, principal: Principal) -> bool:
    name = _name(principal)
    return any(
        pattern == "*" or (name and (matches(pattern, name) if name.startswith("arn:") else pattern == name))
        for pattern in statement.principals["OSS"]
    )


def _name(principal: Principal) -> str:
    """Return by what policies name somebody; empty for anybody."""
    if principal.kind != "session" or principal.role_arn is None:
        return principal.uid
    account, _, role = principal.role_arn.removeprefix("acs:ram::").partition(":role/")
    return f"arn:sts::{account}:assumed-role/{role}/{principal.arn.rpartition('/')[2]}"
