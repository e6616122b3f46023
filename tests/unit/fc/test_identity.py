from __future__ import annotations

from typing import Any

import pytest

from shared.errors import AccessDenied, InvalidRequest, ServiceError, Unauthenticated
from shared.fc.identity import take_stated_claims, verified_claims
from shared.settings.caller import IdentityPolicy

JWT = IdentityPolicy(claims=("sub", "tenantId"))
CALLER = IdentityPolicy(claims=("sub",), source="caller")


def test_claims_come_from_the_mapped_headers() -> None:
    claims = verified_claims({"x-jwt-sub": "alice", "x-jwt-tenantid": "t1", "x-jwt-admin": "yes"}, policy=JWT)

    assert {"sub": "alice", "tenantId": "t1"} == claims


def test_no_claims_are_wanted_where_none_are_configured() -> None:
    assert {} == verified_claims({"x-jwt-sub": "alice"}, policy=IdentityPolicy())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Unauthenticated),
        ("", Unauthenticated),
        ("alice,bob", Unauthenticated),
        ("alice, bob", Unauthenticated),
        ("*", AccessDenied),
        ("a/b", AccessDenied),
        ("..", AccessDenied),
        (".a", AccessDenied),
        ("a" * 65, AccessDenied),
        ("a\nb", AccessDenied),
        ("alice\n", AccessDenied),
        ("al?ce", AccessDenied),
        ("${oss:x}", AccessDenied),
        ("älice", AccessDenied),
        ("alice bob", AccessDenied),
        ("a%2fb", AccessDenied),
    ],
)
def test_a_claim_that_is_no_plain_name_is_refused(value: str | None, expected: type[ServiceError]) -> None:
    headers = {"x-jwt-tenantid": "t1"} | ({} if value is None else {"x-jwt-sub": value})

    with pytest.raises(expected, match="claim sub"):
        verified_claims(headers, policy=JWT)


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
