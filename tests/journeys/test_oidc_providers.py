"""The lines of docs/identity.md for each identity provider, and tokens as its documentation shows them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.settings.functions import presign_settings
from tests.unit.oidc.oidc_world import jwk, key_set, token
from tests.world import NOON, context, environ, http_event, instance

PAGE = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^### ([^\n]+)\n+```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
NOW = int(NOON.timestamp())

TOKENS: dict[str, tuple[dict[str, Any], str]] = {
    "Keycloak": (
        {"iss": "https://keycloak.example.com/realms/myrealm", "aud": ["grants", "account"], "azp": "web"}
        | {"sub": "f2a5c9de-6c6a-4d4c-8e0c-2f9a3a2f7b11", "typ": "Bearer"},
        "f2a5c9de-6c6a-4d4c-8e0c-2f9a3a2f7b11",
    ),
    "Auth0": (
        {"iss": "https://mytenant.eu.auth0.com/", "sub": "auth0|5f7c8ec7c33c6c004bbafe82"}
        | {"aud": ["https://grants.example.com", "https://mytenant.eu.auth0.com/userinfo"]},
        "auth0~7C5f7c8ec7c33c6c004bbafe82",
    ),
    "Microsoft Entra ID": (
        {"iss": "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0", "ver": "2.0"}
        | {
            "aud": "00001111-aaaa-2222-bbbb-3333cccc4444",
            "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
        }
        | {"oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"},
        "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
    ),
    "Authing": (
        {"iss": "https://mydomain.authing.cn/oidc", "aud": "601ad382d02a2ba94cf996c4"}
        | {"sub": "601ad46d0a3d171f611164ce"},
        "601ad46d0a3d171f611164ce",
    ),
    "Supabase": (
        {"iss": "https://myproject.supabase.co/auth/v1", "aud": "authenticated", "role": "authenticated"}
        | {"sub": "0b7e1f0e-3f0c-4d39-9a38-1d2f8a1d7c55", "aal": "aal1"},
        "0b7e1f0e-3f0c-4d39-9a38-1d2f8a1d7c55",
    ),
    "Firebase": (
        {"iss": "https://securetoken.google.com/myproject", "aud": "myproject", "auth_time": NOW - 60}
        | {"sub": "ZV1xQ0mVYpM6kEw4T0o9q8eJmXB3", "nbf": ..., "jti": ...},
        "ZV1xQ0mVYpM6kEw4T0o9q8eJmXB3",
    ),
}


def lines(provider: str, **more: str) -> dict[str, str]:
    said = dict(line.split("=", 1) for line in BLOCKS[provider].splitlines())
    prefix = f"users/{{{said.get('IDENTITY_CLAIMS', 'sub')}}}/"
    granted = {"GRANT_READ_PREFIXES": prefix, "GRANT_WRITE_PREFIXES": prefix, "GRANT_DELETE_PREFIXES": prefix}
    return environ(**{**granted, **said, **more})


def test_every_provider_has_its_lines_and_its_token() -> None:
    assert [*BLOCKS] == [*TOKENS]


@pytest.mark.parametrize("provider", TOKENS)
def test_the_lines_are_settings_that_start(provider: str) -> None:
    policy = presign_settings(lines(provider)).caller.identity.oidc

    assert policy is not None
    assert TOKENS[provider][0]["iss"] == policy.issuer


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("provider", TOKENS)
def test_a_token_of_the_documented_shape_opens_its_own_folder(provider: str, algorithm: str) -> None:
    claims, folder = TOKENS[provider]
    variables = lines(provider, OIDC_JWKS=key_set(jwk("k1", algorithm)), OIDC_JWKS_URL="")
    bearer = {"Authorization": f"Bearer {token('k1', algorithm, **claims)}"}
    statuses = []
    for owner in (folder, "somebody-else"):
        body = {"operation": "GetObject", "key": f"users/{owner}/cat.png"}
        event = json.dumps(http_event(body, headers={**bearer, "Content-Type": "application/json"}))
        answer = instance("presign")(event.encode(), context(), environ=variables, now=NOON)
        statuses.append(answer["statusCode"])

    assert [200, 403] == statuses
