"""The laptop with IDENTITY_SOURCE=oidc: an issuer with discovery, and a rotation that refuses nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.local.client import send
from tests.local.stack import Stack, running

BODY = json.dumps({"operation": "GetObject", "key": "users/alice/a.png"}).encode()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(environ={"IDENTITY_SOURCE": "oidc"}) as up:
        yield up


def status(stack: Stack, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "x-jwt-sub": "alice"}
    return send("POST", stack.url("presign"), headers=headers, body=BODY).status


def test_the_issuer_says_where_its_keys_are(stack: Stack) -> None:
    document = send("GET", f"{stack.issuer.address}/.well-known/openid-configuration").json()

    assert stack.issuer.address == document["issuer"]
    assert stack.issuer.jwks() == send("GET", document["jwks_uri"]).json()
    assert 404 == send("GET", f"{stack.issuer.address}/other").status


def test_the_function_verifies_and_headers_are_nobody(stack: Stack) -> None:
    assert (200, 403, 401) == (
        status(stack, stack.token("alice")),
        status(stack, stack.token("bob")),
        status(stack, "nonsense"),
    )


def test_after_a_rotation_tokens_of_both_keys_are_taken(stack: Stack) -> None:
    before = stack.token("alice")
    stack.issuer.rotate()

    assert 200 == status(stack, before)
    assert 2 == len(stack.issuer.jwks()["keys"])
