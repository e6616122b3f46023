"""Variables of IDENTITY_SOURCE=oidc: proved at load, contradictions included."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import Misconfigured
from shared.settings.functions import presign_settings, sts_settings
from tests.unit.oidc.oidc_world import jwk, key_set
from tests.world import environ

OIDC = {"IDENTITY_SOURCE": "oidc", "OIDC_ISSUER": "https://issuer.example", "OIDC_AUDIENCE": "grants, other"}
ROLE = {"STS_ROLE_ARN": "acs:ram::123456789012:role/uploads"}


def loaded(**variables: str) -> Any:
    return presign_settings(environ(**{**OIDC, **variables})).caller.identity.oidc


def test_the_defaults_discover_the_keys() -> None:
    policy = loaded()

    assert ("https://issuer.example", ("grants", "other"), ("RS256", "ES256"), None, None, False) == (
        policy.issuer,
        policy.audience,
        policy.algorithms,
        policy.jwks_url,
        policy.jwks,
        policy.binds_sessions,
    )


def test_both_functions_take_the_same_tokens() -> None:
    policy = sts_settings(environ(**OIDC, **ROLE, OIDC_BIND_SESSIONS="true")).caller.identity.oidc

    assert policy is not None
    assert policy.binds_sessions


def test_an_issuer_is_an_address_only_where_discovery_needs_it() -> None:
    assert "accounts.example" == loaded(OIDC_ISSUER="accounts.example", OIDC_JWKS=key_set()).issuer
    assert loaded(OIDC_ISSUER="accounts.example", OIDC_JWKS_URL="https://issuer.example/keys?v=1").jwks_url


def test_other_sources_do_not_read_these_variables() -> None:
    identity = presign_settings(environ(OIDC_ALGORITHMS="none")).caller.identity

    assert identity.oidc is None


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"OIDC_ISSUER": ""}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "accounts.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "http://issuer.example"}, "OIDC_ISSUER"),
        ({"OIDC_AUDIENCE": ""}, "OIDC_AUDIENCE"),
        ({"OIDC_AUDIENCE": " , "}, "OIDC_AUDIENCE"),
        ({"OIDC_JWKS_URL": "http://issuer.example/keys"}, "OIDC_JWKS_URL"),
        ({"OIDC_JWKS_URL": "https://user@issuer.example/keys"}, "OIDC_JWKS_URL"),
        ({"OIDC_JWKS_URL": "https://issuer.example/keys", "OIDC_JWKS": key_set()}, "OIDC_JWKS"),
        ({"OIDC_JWKS": "{"}, "OIDC_JWKS"),
        ({"OIDC_JWKS": key_set(jwk("weak"))}, "OIDC_JWKS"),
        ({"OIDC_JWKS": key_set(), "OIDC_ALGORITHMS": "ES256"}, "OIDC_JWKS"),
        ({"OIDC_ALGORITHMS": "none"}, "OIDC_ALGORITHMS"),
        ({"OIDC_ALGORITHMS": "RS256,HS256"}, "OIDC_ALGORITHMS"),
        ({"OIDC_ALGORITHMS": " , "}, "OIDC_ALGORITHMS"),
    ],
)
def test_what_cannot_be_verified_does_not_start(variables: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        loaded(**variables)

    assert named == refusal.value.variable


def test_the_local_demo_may_have_a_plain_issuer() -> None:
    assert loaded(OIDC_ISSUER="http://127.0.0.1:9000/issuer", ALLOW_INSECURE_ENDPOINTS="true").issuer
