"""RAM's decision: may this principal do this to that, here and now (RAM, policy evaluation process).

Default deny; an explicit Deny wins; a session may do what its role *and* its session policy allow. A bucket's policy
stands beside the identity's: either may allow, either may deny (OSS, authentication). It does not reach past a
session policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Literal, NamedTuple, Protocol

from .policies import Statement

KNOWN_CONDITION_KEYS = {
    "acs:SourceIp",
    "acs:SecureTransport",
    "acs:CurrentTime",
    "acs:MFAPresent",
    "acs:SourceVpc",
    "oss:Prefix",
    "oss:Delimiter",
    "sts:ExternalId",
}
"""A condition on any other key is never met: what the emulator does not know grants nothing."""

ABSENT_KEY_MEETS_NEGATIVE_OPERATORS = True
"""[open] What RAM does where a request has no such key: here positive operators fail, negative hold."""

PolicyType = Literal["IdentityPolicy", "SessionPolicy", "BucketPolicy"]
Reason = Literal["Allow", "ExplicitDeny", "ImplicitDeny"]


class Verdict(NamedTuple):
    """A decision, and which policy made it for which reason."""

    allowed: bool
    reason: Reason
    policy_type: PolicyType


class Judged(Protocol):
    """What is judged: the policies that a principal carries."""

    @property
    def policies(self) -> tuple[Statement, ...]: ...

    @property
    def session_policy(self) -> tuple[Statement, ...] | None: ...


def evaluate(
    principal: Judged,
    *,
    action: str,
    resource: str,
    context: Mapping[str, str],
    bucket_policy: Sequence[Statement] = (),
) -> Verdict:
    """Return the verdict; ``bucket_policy`` holds the statements that speak of this principal.

    The session policy is asked first, its refusal ends it.
    """

    def says(statements: Sequence[Statement]) -> Reason:
        return judge(statements, action=action, resource=resource, context=context)

    if principal.session_policy is not None and (said := says(principal.session_policy)) != "Allow":
        return Verdict(False, said, "SessionPolicy")
    layers: dict[PolicyType, Reason] = {
        "IdentityPolicy": says(principal.policies),
        "BucketPolicy": says(bucket_policy),
    }
    for wanted in ("ExplicitDeny", "Allow"):
        for policy_type, reason in layers.items():
            if reason == wanted:
                return Verdict(reason == "Allow", reason, policy_type)
    return Verdict(False, "ImplicitDeny", "IdentityPolicy")


def judge(
    statements: Iterable[Statement], *, action: str, resource: str, context: Mapping[str, str]
) -> Reason:
    """Return what one policy says, taken alone."""
    applying = [s for s in statements if applies(s, action=action, resource=resource, context=context)]
    if any(statement.effect == "Deny" for statement in applying):
        return "ExplicitDeny"
    return "Allow" if applying else "ImplicitDeny"


def applies(statement: Statement, *, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Tell whether a statement speaks of this request."""
    return (
        any(matches(pattern.lower(), action.lower()) for pattern in statement.actions)
        and any(matches(pattern, resource) for pattern in statement.resources)
        and all(_met(condition, context, effect=statement.effect) for condition in statement.conditions)
    )


def matches(pattern: str, text: str) -> bool:
    """Tell whether ``text`` is what ``pattern`` says: ``*`` any run, ``/`` included, ``?`` one character."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    first, *others = re.split(r"\*+", pattern)
    if not others:
        return re.compile(_plain(first), re.DOTALL)
    # What stands between two stars is taken where it first occurs, for good: whoever writes a policy with many stars
    # must not make this search without an end.
    jumps = [f"(?=(?P<_{number}>.*?{_plain(text)}))(?P=_{number})" for number, text in enumerate(others[:-1])]
    return re.compile(f"{_plain(first)}{''.join(jumps)}.*{_plain(others[-1])}", re.DOTALL)


def _plain(text: str) -> str:
    """Return a regular expression for a pattern without stars."""
    return ".".join(map(re.escape, text.split("?")))


def _met(condition: tuple[str, str, tuple[str, ...]], context: Mapping[str, str], *, effect: str) -> bool:
    operator, key, values = condition
    if key not in KNOWN_CONDITION_KEYS:
        return effect == "Deny"
    negative = "Not" in operator
    if key not in context:
        return negative and ABSENT_KEY_MEETS_NEGATIVE_OPERATORS
    compare = _COMPARISONS[operator.replace("Not", "")]
    try:
        hit = any(compare(context[key], value) for value in values)
    except ValueError:
        return effect == "Deny"
    return hit != negative


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _ordered(read: Callable[[str], float | datetime]) -> dict[str, Callable[[str, str], bool]]:
    return {
        "Equals": lambda actual, wanted: read(actual) == read(wanted),
        "LessThan": lambda actual, wanted: read(actual) < read(wanted),  # type: ignore[operator]  # same type
        "LessThanEquals": lambda actual, wanted: read(actual) <= read(wanted),  # type: ignore[operator]  # same
        "GreaterThan": lambda actual, wanted: read(actual) > read(wanted),  # type: ignore[operator]  # same type
        "GreaterThanEquals": lambda actual, wanted: read(actual) >= read(wanted),  # type: ignore[operator]  # same
    }


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringEqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringLike": lambda actual, wanted: matches(wanted, actual),
    "Bool": lambda actual, wanted: actual.lower() == wanted.lower(),
    "IpAddress": lambda actual, wanted: ip_address(actual) in ip_network(wanted, strict=False),
    **{f"Numeric{name}": compare for name, compare in _ordered(float).items()},
    **{f"Date{name}": compare for name, compare in _ordered(_moment).items()},
}
