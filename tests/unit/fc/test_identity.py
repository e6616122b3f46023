from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import AccessDenied, InvalidRequest, Unauthenticated
from shared.fc.identity import take_stated_claims, verified_claims
from shared.grants.claims import CLAIM, written
from shared.sessions.port import role_session_name
from shared.settings.caller import IdentityPolicy

JWT = IdentityPolicy(claims=("sub", "tenantId"))
CALLER = IdentityPolicy(claims=("sub",), source="caller")


def test_claims_come_from_the_mapped_headers() -> None:
    claims = verified_claims({"x-jwt-sub": "alice", "x-jwt-tenantid": "t1", "x-jwt-admin": "yes"}, policy=JWT)

    assert {"sub": "alice", "tenantId": "t1"} == claims


def test_no_claims_are_wanted_where_none_are_configured() -> None:
    assert {} == verified_claims({"x-jwt-sub": "alice"}, policy=IdentityPolicy())


@pytest.mark.parametrize("value", [None, "", "alice,bob", "alice, bob", ","])
def test_a_claim_that_is_absent_or_doubled_is_nobody(value: str | None) -> None:
    headers = {"x-jwt-tenantid": "t1"} | ({} if value is None else {"x-jwt-sub": value})

    with pytest.raises(Unauthenticated, match="claim sub"):
        verified_claims(headers, policy=JWT)


WRITTEN = {
    "alice": "alice",
    "auth0|5f7c8ec7c33c6c004bbafe82": "auth0~7C5f7c8ec7c33c6c004bbafe82",
    "us-east-1:f1234-5162": "us-east-1~3Af1234-5162",
    "https://example.com/users/1": "https~3A~2F~2Fexample.com~2Fusers~2F1",
    "_a1b2": "_a1b2",
    "-a1b2": "-a1b2",
    "user+tag@example.com": "user~2Btag@example.com",
    ".a": "~2Ea",
    "..": "~2E.",
    "a~b": "a~7Eb",
    "*": "~2A",
    "${oss:x}": "~24~7Boss~3Ax~7D",
    "\u00e4lice": "~C3~A4lice",
    "alice\n": "alice~0A",
    "a b": "a~20b",
}
"""What identity providers issue, and what nobody should, as it stands in keys."""


@pytest.mark.parametrize("value", WRITTEN)
def test_a_claim_is_written_as_one_plain_segment(value: str) -> None:
    claims = verified_claims({"x-jwt-tenantid": "t1", "x-jwt-sub": value}, policy=JWT)

    assert WRITTEN[value] == claims["sub"]


@pytest.mark.parametrize("value", ["a" * 201, "\u00e4" * 34, "\ud800", "|" * 67])
def test_a_claim_that_cannot_be_written_is_refused(value: str) -> None:
    with pytest.raises(AccessDenied, match="claim sub"):
        verified_claims({"x-jwt-tenantid": "t1", "x-jwt-sub": value}, policy=JWT)


@pytest.mark.parametrize("value", ["a" * 200, "\u00e4" * 33])
def test_a_claim_takes_up_to_200_bytes(value: str) -> None:
    assert 200 >= len(verified_claims({"x-jwt-tenantid": "t1", "x-jwt-sub": value}, policy=JWT)["sub"])


def test_a_comma_that_a_back_end_states_is_a_character() -> None:
    assert {"sub": "a~2Cb"} == verified_claims(None, policy=CALLER, stated={"sub": "a,b"})


def test_a_deployment_may_have_headers_of_its_own() -> None:
    policy = IdentityPolicy(claims=("sub",), header_prefix="x-7f3a-")

    assert {"sub": "alice"} == verified_claims({"x-7f3a-sub": "alice", "x-jwt-sub": "bob"}, policy=policy)
    with pytest.raises(Unauthenticated):
        verified_claims({"x-jwt-sub": "bob"}, policy=policy)


@given(one=st.text(min_size=1, max_size=40), other=st.text(min_size=1, max_size=40))
def test_no_two_values_share_a_segment_or_a_session_name(one: str, other: str) -> None:
    assume(one != other)
    try:
        texts = [written("sub", value) for value in (one, other)]
    except AccessDenied:
        return
    names = [role_session_name(text, function_name="f") for text in texts]

    assert texts[0] != texts[1]
    assert names[0] != names[1]
    assert all(CLAIM.fullmatch(text) for text in texts)
    assert all(re.fullmatch(r"[A-Za-z0-9.@_-]{2,64}", name) for name in names)
    assert one == unquote_to_bytes(texts[0].replace("%", "%25").replace("~", "%")).decode()


def test_a_direct_invocation_has_no_claims_of_a_trigger() -> None:
    with pytest.raises(Unauthenticated):
        verified_claims(None, policy=JWT)


def test_a_body_cannot_state_claims_where_the_trigger_does() -> None:
    fields = {"claims": {"sub": "alice"}}

    assert take_stated_claims(fields, policy=JWT) is None
    assert "claims" in fields


def test_a_trusted_back_end_states_claims_in_the_body_or_in_headers() -> None:
    fields: dict[str, Any] = {"claims": {"sub": "alice"}, "key": "a"}
    stated = take_stated_claims(fields, policy=CALLER)

    assert {"key": "a"} == fields
    assert {"sub": "alice"} == verified_claims(None, policy=CALLER, stated=stated)
    assert {"sub": "bob"} == verified_claims({"x-jwt-sub": "bob"}, policy=CALLER)


@pytest.mark.parametrize("claims", ["alice", ["sub"], {"sub": "alice", "admin": "yes"}])
def test_malformed_stated_claims_are_refused(claims: Any) -> None:
    with pytest.raises(InvalidRequest, match="claims"):
        take_stated_claims({"claims": claims}, policy=CALLER)


def test_stated_claims_beside_claim_headers_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="not in both"):
        verified_claims({"x-jwt-sub": "bob"}, policy=CALLER, stated={"sub": "alice"})


@pytest.mark.parametrize("value", [1, None, ["alice"], True])
def test_a_stated_claim_is_text(value: Any) -> None:
    with pytest.raises(Unauthenticated):
        verified_claims(None, policy=CALLER, stated={"sub": value})
