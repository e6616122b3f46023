from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oss_emulator.ram.evaluation import Verdict, evaluate, judge, matches
from oss_emulator.ram.policies import PolicyGrammarError, Statement, parse_policy, parse_trust_policy

OBJECT = "acs:oss:cn-hangzhou:1:b/users/alice/a"


@dataclass(frozen=True)
class Judged:
    policies: tuple[Statement, ...]
    session_policy: tuple[Statement, ...] | None = None


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "1", "Statement": list(statements)}


def allow(action: Any = "oss:*", resource: Any = "*", **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | (
        {"Condition": condition} if condition else {}
    )


def deny(action: Any = "oss:*", resource: Any = "*", **condition: Any) -> dict[str, Any]:
    return allow(action, resource, **condition) | {"Effect": "Deny"}


def said(*statements: dict[str, Any], action: str = "oss:GetObject", **context: str) -> str:
    named = {name.replace("__", ":"): value for name, value in context.items()}
    return judge(parse_policy(policy(*statements)), action=action, resource=OBJECT, context=named)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow()], "Allow"),
        ([allow("oss:GetObject")], "Allow"),
        ([allow("OSS:getobject")], "Allow"),
        ([allow("oss:Get*")], "Allow"),
        ([allow("oss:PutObject")], "ImplicitDeny"),
        ([allow(["oss:PutObject", "oss:GetObject"])], "Allow"),
        ([allow(resource="acs:oss:*:*:b/users/alice/*")], "Allow"),
        ([allow(resource="acs:oss:*:*:b/users/al*")], "Allow"),
        ([allow(resource="acs:oss:*:*:b*")], "Allow"),
        ([allow(resource="acs:oss:*:*:b")], "ImplicitDeny"),
        ([allow(resource="acs:oss:*:*:b/users/alice/")], "ImplicitDeny"),
        ([allow(resource="acs:oss:*:*:b/users/ALICE/*")], "ImplicitDeny"),
        ([allow(resource="acs:oss:*:*:b/users/alic?/a")], "Allow"),
        ([allow(resource="acs:oss:cn-beijing:*:b/*")], "ImplicitDeny"),
        ([allow(), deny(resource="acs:oss:*:*:b/users/*")], "ExplicitDeny"),
        ([deny(), allow()], "ExplicitDeny"),
        ([allow(), deny("oss:PutObject")], "Allow"),
    ],
)
def test_statements_speak_of_actions_and_resources(statements: list[dict[str, Any]], expected: str) -> None:
    assert expected == said(*statements)


@pytest.mark.parametrize(
    ("condition", "context", "met"),
    [
        ({"StringEquals": {"oss:Prefix": "a/"}}, {"oss__Prefix": "a/"}, True),
        ({"StringEquals": {"oss:Prefix": "a/*"}}, {"oss__Prefix": "a/b"}, False),
        ({"StringEquals": {"oss:Prefix": ["x", "a/"]}}, {"oss__Prefix": "a/"}, True),
        ({"StringLike": {"oss:Prefix": "a/*"}}, {"oss__Prefix": "a/b/c"}, True),
        ({"StringLike": {"oss:Prefix": "a/*"}}, {"oss__Prefix": ""}, False),
        ({"StringLike": {"oss:Prefix": "*"}}, {}, False),
        ({"StringNotEquals": {"oss:Prefix": "a"}}, {"oss__Prefix": "b"}, True),
        ({"StringNotEquals": {"oss:Prefix": ["a", "b"]}}, {"oss__Prefix": "b"}, False),
        ({"StringNotLike": {"oss:Prefix": "a*"}}, {}, True),
        ({"StringEqualsIgnoreCase": {"oss:Prefix": "A"}}, {"oss__Prefix": "a"}, True),
        ({"StringNotEqualsIgnoreCase": {"oss:Prefix": "A"}}, {"oss__Prefix": "a"}, False),
        ({"Bool": {"acs:SecureTransport": "true"}}, {"acs__SecureTransport": "true"}, True),
        ({"Bool": {"acs:SecureTransport": "true"}}, {"acs__SecureTransport": "false"}, False),
        ({"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}, {"acs__SourceIp": "10.1.2.3"}, True),
        ({"NotIpAddress": {"acs:SourceIp": "10.0.0.0/8"}}, {"acs__SourceIp": "10.1.2.3"}, False),
        ({"IpAddress": {"acs:SourceIp": "nonsense"}}, {"acs__SourceIp": "10.1.2.3"}, False),
        (
            {"DateLessThan": {"acs:CurrentTime": "2026-01-02T00:00:00Z"}},
            {"acs__CurrentTime": "2026-01-01T23:59:59Z"},
            True,
        ),
        (
            {"DateLessThan": {"acs:CurrentTime": "2026-01-02T00:00:00Z"}},
            {"acs__CurrentTime": "2026-01-02T00:00:00Z"},
            False,
        ),
        ({"NumericLessThanEquals": {"oss:Prefix": "5"}}, {"oss__Prefix": "5"}, True),
        ({"NumericGreaterThan": {"oss:Prefix": "5"}}, {"oss__Prefix": "5"}, False),
        (
            {"DateLessThan": {"acs:CurrentTime": "2027-01-01T00:00:00"}},
            {"acs__CurrentTime": "2026-01-02T00:00:00Z"},
            False,
        ),
        (
            {"DateNotEquals": {"acs:CurrentTime": "2027-01-01"}},
            {"acs__CurrentTime": "2026-01-02T00:00:00Z"},
            False,
        ),
        ({"NumericEquals": {"oss:Prefix": "five"}}, {"oss__Prefix": "5"}, False),
        ({"StringEquals": {"acs:Made-Up": "x"}}, {"acs__Made-Up": "x"}, False),
        (
            {"StringEquals": {"oss:Prefix": "a"}, "Bool": {"acs:SecureTransport": "true"}},
            {"oss__Prefix": "a"},
            False,
        ),
        (
            {"StringEquals": {"oss:Prefix": "a", "oss:Delimiter": "/"}},
            {"oss__Prefix": "a", "oss__Delimiter": "/"},
            True,
        ),
    ],
)
def test_conditions_narrow_an_allowance(
    condition: dict[str, Any], context: dict[str, str], met: bool
) -> None:
    assert ("Allow" if met else "ImplicitDeny") == said(allow(**condition), **context)


def test_a_denial_whose_condition_is_not_known_holds() -> None:
    assert "ExplicitDeny" == said(allow(), deny(StringEquals={"acs:Made-Up": "x"}))


@pytest.mark.parametrize(
    ("identity", "session", "expected"),
    [
        ([allow()], None, Verdict(True, "Allow", "IdentityPolicy")),
        ([allow()], [allow("oss:GetObject")], Verdict(True, "Allow", "IdentityPolicy")),
        ([allow()], [allow("oss:PutObject")], Verdict(False, "ImplicitDeny", "SessionPolicy")),
        ([allow("oss:PutObject")], [allow()], Verdict(False, "ImplicitDeny", "IdentityPolicy")),
        ([allow()], [allow(), deny()], Verdict(False, "ExplicitDeny", "SessionPolicy")),
        ([allow(), deny()], [allow()], Verdict(False, "ExplicitDeny", "IdentityPolicy")),
        ([deny()], [deny()], Verdict(False, "ExplicitDeny", "SessionPolicy")),
    ],
)
def test_a_session_may_do_what_both_allow(
    identity: list[dict[str, Any]], session: list[dict[str, Any]] | None, expected: Verdict
) -> None:
    judged = Judged(
        parse_policy(policy(*identity)), None if session is None else parse_policy(policy(*session))
    )

    assert expected == evaluate(judged, action="oss:GetObject", resource=OBJECT, context={})


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        {"Version": "1", "Statement": []},
        {"Version": "2", "Statement": [allow()]},
        {"Statement": [allow()]},
        policy(allow()) | {"Id": "x"},
        policy({"Effect": "Allow", "Action": "oss:*"}),
        policy(allow() | {"Effect": "Maybe"}),
        policy(allow() | {"NotAction": "oss:*"}),
        policy(allow() | {"Principal": {"RAM": ["*"]}}),
        policy(allow() | {"Sid": "x"}),
        policy(allow(action=[])),
        policy(allow(action=7)),
        policy(allow(resource=[""])),
        policy(allow(StringSounds={"oss:Prefix": "a"})),
        policy(allow(StringLike={})),
        policy(allow(StringLike={"oss:Prefix": 5})),
        "[" * 2000,
        json.dumps(policy(allow("oss:\ud800"))),
    ],
)
def test_a_document_that_is_not_known_is_an_error(document: Any) -> None:
    with pytest.raises(PolicyGrammarError):
        parse_policy(document)


def test_one_statement_needs_no_list() -> None:
    assert 1 == len(parse_policy(json.dumps({"Version": "1", "Statement": allow()})))


@pytest.mark.parametrize("principal", ["*", {"AWS": ["*"]}, {"RAM": []}])
def test_a_trust_policy_names_principals_that_are_known(principal: Any) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}

    with pytest.raises(PolicyGrammarError):
        parse_trust_policy(policy(statement))


def naive(pattern: str, text: str) -> bool:
    """A matcher without regular expressions, to compare with."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return naive(pattern[1:], text) or (bool(text) and naive(pattern, text[1:]))
    return bool(text) and pattern[0] in (text[0], "?") and naive(pattern[1:], text[1:])


@pytest.mark.parametrize("between", ["a", "?", "", "ab?ba"])
def test_a_pattern_of_many_stars_is_decided_at_once(between: str) -> None:
    assert not matches(f"*{between}" * 40 + "c", "ab" * 500)
    assert matches(f"*{between}" * 40, "ab" * 500 + "a")


@given(st.text("ab/*?.\n", max_size=6), st.text("ab/.\n", max_size=8))
def test_wildcards_match_as_a_naive_matcher_says(pattern: str, text: str) -> None:
    assert naive(pattern, text) == matches(pattern, text)
