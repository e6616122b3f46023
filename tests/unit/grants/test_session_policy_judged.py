"""Session policies judged by the emulator's own evaluator: exactly the granted keys, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oss_emulator.ram.evaluation import evaluate
from oss_emulator.ram.identities import Identities, Principal
from shared.grants.claims import VerifiedClaims
from shared.grants.objects.prefixes import UnsafePrefix, parse, prove_disjoint
from shared.grants.session_policy import delete, read, session_policy, write

ACCOUNT, BUCKET = "1234567890123456", "examplebucket"
READ, WRITE, DELETE = (
    {"oss:GetObject"},
    {"oss:PutObject", "oss:ListParts", "oss:AbortMultipartUpload"},
    {"oss:DeleteObject"},
)
NEVER = {
    "oss:PutObjectAcl",
    "oss:GetObjectAcl",
    "oss:PutObjectTagging",
    "oss:GetObjectVersion",
    "oss:DeleteObjectVersion",
    "oss:RestoreObject",
}
SECURE = {"acs:SecureTransport": "true", "acs:SourceIp": "203.0.113.7"}

SEGMENT = st.sampled_from(["a", "ab", "b", "{sub}", "users", "图"])
TEMPLATE = st.one_of(
    st.just("*"), st.lists(SEGMENT, min_size=1, max_size=3).map(lambda parts: "".join(f"{p}/" for p in parts))
)
TEMPLATES = st.lists(TEMPLATE, max_size=4)
CLAIM = st.sampled_from(["a", "ab", "b", "alice", "users", "A", "a.b", "a-b@c"])
KEY_PART = st.sampled_from(["a", "ab", "b", "alice", "users", "A", "/", ".", "图", "*", "?", " ", "x"])
KEY = st.lists(KEY_PART, min_size=1, max_size=6).map("".join)


class World:
    """An account whose one role may do everything: what a session may not, its policy forbids."""

    def __init__(self) -> None:
        clock = SimpleNamespace(now=lambda: datetime(2026, 11, 23, 12, tzinfo=timezone.utc))
        self.identities = Identities(account_id=ACCOUNT, clock=clock)
        statement = {"Effect": "Allow", "Action": "oss:*", "Resource": "*"}
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["fc.aliyuncs.com"]}}
        self.identities.add_role(
            "everything",
            trust={"Version": "1", "Statement": [trust]},
            policies=[{"Version": "1", "Statement": [statement]}],
        )

    def session(self, document: str) -> Principal:
        return self.identities.role_session("everything", session_name="s1", policy=json.loads(document))


WORLD = World()


def expanded(templates: Iterable[str], claims: dict[str, str]) -> list[str]:
    parsed = [parse(text, known_claims=("sub",)) for text in templates]
    return [template.expand(VerifiedClaims(claims)) for template in parsed]


def may(session: Principal, action: str, *, target: str, **context: str) -> bool:
    resource = f"acs:oss:cn-hangzhou:{ACCOUNT}:{target}"
    return bool(evaluate(session, action=action, resource=resource, context={**SECURE, **context}).allowed)


def keys_near(prefixes: list[str], others: list[str]) -> set[str]:
    """Return keys in, at and just outside the prefixes."""
    near = {f"{p}x" for p in prefixes} | set(prefixes) | {p[:-1] for p in prefixes}
    near |= (
        {f"{p[:-1]}x/y" for p in prefixes if p}
        | {f"x{p}" for p in prefixes}
        | {p.upper() + "x" for p in prefixes}
    )
    return {key for key in near | set(others) if key}


@settings(max_examples=150, deadline=None)
@given(
    reads=TEMPLATES,
    writes=TEMPLATES,
    deletes=TEMPLATES,
    sub=CLAIM,
    keys=st.lists(KEY, max_size=8),
    lists=st.booleans(),
)
def test_a_policy_allows_exactly_the_keys_in_the_prefixes(
    reads: list[str], writes: list[str], deletes: list[str], sub: str, keys: list[str], lists: bool
) -> None:
    granted = [expanded(templates, {"sub": sub}) for templates in (reads, writes, deletes)]
    accesses = read(granted[0]), write(granted[1]), delete(granted[2])
    if not any(granted):
        with pytest.raises(ValueError, match="allows something"):
            session_policy(*accesses, bucket=BUCKET)
        return
    document = session_policy(*accesses, bucket=BUCKET, list_below=granted[0] if lists else ())
    session = WORLD.session(document)
    wrong = {
        (action, key)
        for actions, prefixes in zip((READ, WRITE, DELETE, NEVER), (*granted, []), strict=True)
        for action in actions
        for key in keys_near([prefix for group in granted for prefix in group], keys)
        if may(session, action, target=f"{BUCKET}/{key}")
        != any(key.startswith(prefix) for prefix in prefixes)
    }

    assert set() == wrong


@settings(max_examples=100, deadline=None)
@given(reads=TEMPLATES.filter(bool), sub=CLAIM, asked=st.lists(KEY, max_size=6))
def test_a_policy_lists_exactly_what_begins_with_the_prefixes(
    reads: list[str], sub: str, asked: list[str]
) -> None:
    prefixes = expanded(reads, {"sub": sub})
    session = WORLD.session(session_policy(read(prefixes), bucket=BUCKET, list_below=prefixes))
    wrong = {
        prefix
        for prefix in keys_near(prefixes, asked) | {""}
        if may(session, "oss:ListObjects", target=BUCKET, **{"oss:Prefix": prefix})
        != any(prefix.startswith(granted) for granted in prefixes)
    }

    assert set() == wrong
    assert not may(session, "oss:ListObjects", target=BUCKET)


@settings(max_examples=100, deadline=None)
@given(texts=TEMPLATES, mine=CLAIM, yours=CLAIM, tail=KEY)
def test_no_caller_reaches_the_own_keys_of_another(
    texts: list[str], mine: str, yours: str, tail: str
) -> None:
    try:
        prove_disjoint([parse(text, known_claims=("sub",)) for text in texts])
    except UnsafePrefix:
        return
    own = [text for text in texts if "{sub}" in text]
    if not own or mine == yours:
        return
    session = WORLD.session(session_policy(read(expanded(texts, {"sub": mine})), bucket=BUCKET))
    reached = [
        prefix
        for prefix in expanded(own, {"sub": yours})
        if may(session, "oss:GetObject", target=f"{BUCKET}/{prefix}{tail}")
    ]

    assert [] == reached


@pytest.mark.parametrize("target", ["otherbucket/a/x", f"{BUCKET}-private/a/x", BUCKET, f"{BUCKET}/"])
def test_a_policy_reaches_no_other_bucket_nor_the_bucket_itself(target: str) -> None:
    session = WORLD.session(session_policy(read(["a/"]), bucket=BUCKET))

    assert not may(session, "oss:GetObject", target=target)


@pytest.mark.parametrize(("secure_transport", "allowed"), [(True, False), (False, True)])
def test_plain_http_is_let_through_only_where_the_deployment_says_so(
    secure_transport: bool, allowed: bool
) -> None:
    document = session_policy(read(["a/"]), bucket=BUCKET, secure_transport=secure_transport)
    session = WORLD.session(document)
    plain: dict[str, Any] = {"acs:SecureTransport": "false"}

    assert allowed == may(session, "oss:GetObject", target=f"{BUCKET}/a/x", **plain)
    assert may(session, "oss:GetObject", target=f"{BUCKET}/a/x")
