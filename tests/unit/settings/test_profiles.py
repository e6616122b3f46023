"""Profiles: further grant scopes by name. None widens another, and callers stay apart over all of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.errors import AccessDenied, InvalidRequest, Misconfigured, ServiceError
from shared.grants.claims import VerifiedClaims
from shared.grants.decision import authorize, grant_of
from shared.grants.operations import OPERATIONS
from shared.grants.scopes import GrantScope, Scopes, scope_of
from shared.presign.payload import presign_request
from shared.settings.functions import presign_settings, sts_settings
from tests.world import environ

AVATARS = {
    "write_prefixes": ["avatars/{sub}/"],
    "read_prefixes": ["avatars/{sub}/"],
    "content_types": ["image/*"],
    "max_size_bytes": 2_097_152,
    "operations": ["PostObject", "GetObject"],
    "ttl_max_seconds": 600,
    "forbid_overwrite": True,
}
ALICE, BOB = (VerifiedClaims({"sub": name}) for name in ("alice", "bob"))


def scopes(profiles: Any, **variables: str) -> Scopes:
    text = profiles if isinstance(profiles, str) else json.dumps(profiles)
    return presign_settings(environ(GRANT_PROFILES=text, **variables)).bucket.scopes


def test_a_profile_has_prefixes_of_its_own_and_is_else_narrower() -> None:
    avatars = scopes({"avatars": AVATARS})["avatars"]

    assert (["avatars/alice/"], ["avatars/alice/"], []) == tuple(
        avatars.expand(each, ALICE) for each in ("read", "write", "delete")
    )
    assert (("image/*",), 2_097_152, True) == (
        avatars.content.content_types,
        avatars.content.ceiling,
        avatars.content.forbid_overwrite,
    )
    assert (frozenset({"PostObject", "GetObject"}), timedelta(seconds=600)) == (
        avatars.operations,
        avatars.longest,
    )


def test_what_a_profile_leaves_out_is_as_in_the_deployment() -> None:
    variables = {
        "GRANT_CONTENT_TYPES": "image/*",
        "GRANT_MAX_SIZE_BYTES": "1000",
        "GRANT_OPERATIONS": "PutObject",
    }
    both = scopes({"bare": {}}, GRANT_FORBID_OVERWRITE="false", GRANT_TAGGING="true", **variables)

    assert both[None].content == both["bare"].content
    assert both[None].operations == both["bare"].operations
    assert {"read": (), "write": (), "delete": ()} == both["bare"].prefixes


@pytest.mark.parametrize(
    ("members", "variables"),
    [
        ({"content_types": ["text/plain"]}, {"GRANT_CONTENT_TYPES": "image/*"}),
        ({"content_types": ["image/svg+xml"]}, {"GRANT_CONTENT_TYPES": "image/*"}),
        ({"content_types": ["image/*"]}, {"GRANT_CONTENT_TYPES": "image/png"}),
        ({"max_size_bytes": 1001}, {"GRANT_MAX_SIZE_BYTES": "1000"}),
        ({"max_size_bytes": 5_368_709_120}, {"GRANT_MAX_SIZE_BYTES": "1000"}),
        ({"operations": ["GetObject", "PutObject"]}, {"GRANT_OPERATIONS": "GetObject"}),
        ({"ttl_max_seconds": 601}, {"TTL_MAX_SECONDS": "600"}),
        ({"forbid_overwrite": False}, {"GRANT_FORBID_OVERWRITE": "true"}),
    ],
)
def test_a_profile_that_is_wider_than_a_variable_that_is_set_does_not_start(
    members: dict[str, Any], variables: dict[str, str]
) -> None:
    with pytest.raises(Misconfigured, match=r"profile 1: \w+: wider"):
        scopes({"wide": members}, **variables)

    assert scopes({"wide": members})["wide"]


@pytest.mark.parametrize(
    ("profiles", "rule"),
    [
        ("{", "not JSON"),
        ("[]", "a JSON object of objects"),
        ('{"a": []}', "a JSON object of objects"),
        ('{"a": {}, "a": {}}', "named twice"),
        ('{"a": {"ttl_max_seconds": NaN}}', "NaN"),
        ({"A": {}}, "names are"),
        ({"": {}}, "names are"),
        ({"a" * 33: {}}, "names are"),
        ({"a": {"canary": 1}}, "unknown field"),
        ({"a": {"ttl_max_seconds": 32_401}}, "ttl_max_seconds"),
        ({"a": {"ttl_max_seconds": "600"}}, "ttl_max_seconds"),
        ({"a": {"operations": ["Everything"]}}, "operations"),
        ({"a": {"content_types": ["*/*"]}}, "media type"),
        ({"a": {"write_prefixes": ["no-slash"]}}, "ends in '/'"),
        ({"a": {"write_prefixes": ["x/{other}/"]}}, "placeholder"),
        ({"a": {}, "b": {"read_prefixes": ["users/"]}}, "overlap"),
        ({"a": {"read_prefixes": ["x/{sub}/"]}, "b": {"write_prefixes": ["x/static/"]}}, "overlap"),
    ],
)
def test_profiles_that_break_a_rule_do_not_start(profiles: Any, rule: str) -> None:
    with pytest.raises(Misconfigured, match=rule) as refusal:
        scopes(profiles)

    assert "GRANT_PROFILES" in refusal.value.variable
    assert "canary" not in str(refusal.value) or "unknown field" in str(refusal.value)


def test_equal_prefixes_of_several_profiles_are_no_overlap() -> None:
    same = {"read_prefixes": ["users/{sub}/", "public/"]}

    assert scopes({"a": same, "b": same}, GRANT_READ_PREFIXES="users/{sub}/,public/")


def test_the_session_function_reads_the_same_profiles() -> None:
    variables = environ(
        GRANT_PROFILES=json.dumps({"avatars": AVATARS}), STS_ROLE_ARN="acs:ram::123456789012:role/uploads"
    )

    assert ["avatars/alice/"] == sts_settings(variables).bucket.scopes["avatars"].expand("read", ALICE)


def test_an_unknown_profile_is_refused_with_one_text() -> None:
    known = scopes({"avatars": AVATARS})
    texts = set()
    for name in ("avatar", "avatars2", "x"):
        with pytest.raises(AccessDenied) as refusal:
            scope_of(name, known)
        texts.add(str(refusal.value))

    assert {"profile: not granted"} == texts
    assert known["avatars"] is scope_of("avatars", known)


@pytest.mark.parametrize("name", ["", "A", "a_b", "1a", "a" * 33, "a b"])
def test_a_malformed_profile_is_a_malformed_request(name: str) -> None:
    with pytest.raises(InvalidRequest, match="profile"):
        presign_request({"operation": "GetObject", "key": "a", "profile": name})


# Every set of profiles that starts: no profile widens another, and callers stay apart.

SEGMENTS = st.sampled_from(["users", "public", "{sub}", "a", "alice", "bob", "x"])
PREFIXES = st.lists(
    st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda parts: "/".join([*parts, ""])), max_size=2
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "read_prefixes": PREFIXES,
        "write_prefixes": PREFIXES,
        "delete_prefixes": PREFIXES,
        "operations": st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=1, max_size=4, unique=True),
        "max_size_bytes": st.integers(1, 10_000),
        "ttl_max_seconds": st.integers(1, 32_400),
        "content_types": st.sampled_from([["image/*"], ["image/png"], ["text/plain", "image/png"]]),
    },
)
PROFILE_SETS = st.dictionaries(st.sampled_from(["a", "b", "c"]), MEMBERS, min_size=1, max_size=3)
KEYS = st.lists(
    st.sampled_from(["users", "public", "a", "alice", "bob", "x", "f.png"]), min_size=1, max_size=4
)


def decided(scope: GrantScope, claims: VerifiedClaims, fields: dict[str, Any]) -> str | None:
    """Return the key that a scope grants, or None."""
    links = presign_settings(environ()).links
    try:
        asked = presign_request(fields)
        permitted = authorize(asked, claims=claims, grant_scope=scope, ttl_policy=links.ttl_policy)
        grant = grant_of(permitted)
    except ServiceError:
        return None
    assert grant.expires_in <= (scope.longest or links.ttl_policy.maximum)
    return grant.key


@settings(max_examples=1000, deadline=None)
@given(
    profiles=PROFILE_SETS,
    key=KEYS.map("/".join),
    operation=st.sampled_from(["GetObject", "PutObject", "DeleteObject"]),
)
def test_no_profile_grants_beyond_what_it_says(profiles: dict[str, Any], key: str, operation: str) -> None:
    try:
        known = scopes(profiles, GRANT_READ_PREFIXES="", GRANT_WRITE_PREFIXES="")
    except Misconfigured:
        assume(False)
    fields: dict[str, Any] = {"operation": operation, "key": key}
    if operation == "PutObject":
        fields |= {"content_length": 1, "content_type": "image/png"}
    member = {"GetObject": "read", "PutObject": "write", "DeleteObject": "delete"}[operation] + "_prefixes"
    owners = {"alice": set[str](), "bob": set[str]()}
    for name, members in profiles.items():
        for claims in (ALICE, BOB):
            granted = decided(known[name], claims, fields)
            said = [each.replace("{sub}", claims["sub"]) for each in members.get(member, ())]
            is_listed = operation in members.get("operations", OPERATIONS)

            assert (granted == key) is (is_listed and key.startswith(tuple(said)))
            for template in members.get(member, ()):
                if "{sub}" in template and key.startswith(template.replace("{sub}", claims["sub"])):
                    owners[claims["sub"]].add(key)

    assert set() == owners["alice"] & owners["bob"]
