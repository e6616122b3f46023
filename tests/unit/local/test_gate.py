from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.local.gate import Gate, Refused, claim_mapping, token_place
from tests.local.keys import TokenIssuer

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
ISSUER = TokenIssuer()
GOOD = ISSUER.token(now=NOW, sub="alice")


def part(value: Any) -> str:
    """Return ``value`` as a part of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def gate(jwks: dict[str, Any] | None = None, **config: Any) -> Gate:
    auth = {
        "jwks": jwks or ISSUER.jwks(),
        "tokenLookup": "header:Authorization:Bearer ",
        "claimPassBy": "header:sub:x-jwt-sub,header:tenant:x-jwt-tenant",
    }
    return Gate(
        config={"authType": "jwt", "methods": ["GET", "POST", "OPTIONS"], "authConfig": auth} | config,
        invoke_key="local-key",
    )


def passed(token: str, *, door: Gate | None = None, method: str = "POST", **headers: str) -> dict[str, str]:
    given = {"Authorization": f"Bearer {token}"} | {n.replace("__", "_"): v for n, v in headers.items()}
    return (door or gate()).pass_on(given, method=method, now=NOW)


def refusal(token: str, **options: Any) -> int:
    with pytest.raises(Refused) as refused:
        passed(token, **options)
    return refused.value.status


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
def test_a_good_token_passes_its_claims_on(alg: str) -> None:
    issuer = TokenIssuer(alg=alg)
    headers = passed(issuer.token(now=NOW, sub="alice", tenant="t1"), door=gate(issuer.jwks()))

    assert ("alice", "t1") == (headers["x-jwt-sub"], headers["x-jwt-tenant"])


def test_a_shared_secret_verifies_too() -> None:
    secret = base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    key = {"kty": "oct", "k": secret, "alg": "HS256", "kid": "local"}
    token = jwt.encode(
        {"sub": "alice", "exp": NOW.timestamp() + 9}, b"s" * 32, "HS256", headers={"kid": "local"}
    )

    assert "alice" == passed(token, door=gate({"keys": [key]}))["x-jwt-sub"]


def test_a_forged_token_is_refused() -> None:
    assert 401 == refusal(TokenIssuer().token(now=NOW, sub="mallory"))


def test_a_changed_claim_is_refused() -> None:
    head, _, tail = ISSUER.token(now=NOW, sub="alice").split(".")
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "bob", "exp": 9e9}).encode()).rstrip(b"=").decode()

    assert 401 == refusal(f"{head}.{claims}.{tail}")


@pytest.mark.parametrize("moment", [timedelta(hours=1), timedelta(hours=2)])
def test_an_expired_token_is_refused(moment: timedelta) -> None:
    assert 401 == refusal(ISSUER.token(now=NOW - moment, sub="alice"))


def test_a_token_of_tomorrow_is_refused() -> None:
    assert 401 == refusal(ISSUER.token(now=NOW + timedelta(days=1), sub="alice"))


def test_a_token_without_an_end_is_refused() -> None:
    token = ISSUER.token(now=NOW, sub="alice", exp="never")

    assert 401 == refusal(token)


def test_alg_none_is_refused() -> None:
    token = jwt.encode({"sub": "mallory", "exp": 9e9}, None, "none", headers={"kid": "local"})

    assert 401 == refusal(token)


def public_key(encoding: str) -> bytes:
    """Return the key that everybody knows, as an attacker may write it."""
    key = ISSUER.jwks()["keys"][0]
    if encoding == "JWK":
        return json.dumps(key).encode()
    return jwt.PyJWK(key).key.public_bytes(getattr(Encoding, encoding), PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("encoding", ["JWK", "PEM", "DER"])
def test_the_public_key_is_no_shared_secret(encoding: str) -> None:
    signed = f"{part({'alg': 'HS256', 'kid': 'local'})}.{part({'sub': 'mallory', 'exp': 9e9})}"
    mac = hmac.new(public_key(encoding), signed.encode(), hashlib.sha256).digest()

    assert 401 == refusal(f"{signed}.{part(mac)}")


def test_a_key_that_the_token_brings_along_is_not_taken() -> None:
    stranger = TokenIssuer()
    claims = {"sub": "mallory", "exp": 9e9}
    header = {"kid": "local", "jwk": stranger.jwks()["keys"][0], "jku": "https://keys.example.com/"}
    token = jwt.encode(claims, stranger.private_key, "RS256", headers=header)

    assert 401 == refusal(token)


def test_another_algorithm_of_the_same_key_is_refused() -> None:
    token = jwt.encode({"sub": "alice", "exp": 9e9}, ISSUER.private_key, "RS512", headers={"kid": "local"})

    assert 401 == refusal(token)


def test_a_key_set_cannot_make_a_public_key_a_secret() -> None:
    key = {**ISSUER.jwks()["keys"][0], "alg": "HS256"}
    signed = f"{part({'alg': 'HS256', 'kid': 'local'})}.{part({'sub': 'mallory', 'exp': 9e9})}"
    mac = hmac.new(public_key("PEM"), signed.encode(), hashlib.sha256).digest()

    assert 401 == refusal(f"{signed}.{part(mac)}", door=gate({"keys": [key]}))


def test_an_empty_signature_of_a_curve_is_refused() -> None:
    issuer = TokenIssuer(alg="ES256")
    signed, _, _ = issuer.token(now=NOW, sub="alice").rpartition(".")

    assert {401} == {
        refusal(f"{signed}.{part(bytes(size))}", door=gate(issuer.jwks())) for size in (0, 1, 64, 65)
    }


@pytest.mark.parametrize("header", [{"kid": "other"}, {}])
def test_an_unknown_kid_is_refused(header: dict[str, str]) -> None:
    token = jwt.encode({"sub": "alice", "exp": 9e9}, ISSUER.private_key, "RS256", headers=header)

    assert 401 == refusal(token)


@pytest.mark.parametrize(
    "authorization",
    [
        *(
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "bearer x.y.z",
            "Bearer x.y.z",
            "Bearer ..",
            "Bearer \u00ff.\u00ff.\u00ff",
        ),
        f"Bearer {GOOD}, Bearer {GOOD}",
        f"Bearer  {GOOD}",
        GOOD,
        f"Bearer {GOOD}.",
        f"Bearer {part({'alg': 'RS256', 'kid': ['local']})}.{part({})}.{part(b'x')}",
        f"Bearer {part([])}.{part([])}.{part(b'x')}",
    ],
)
def test_no_token_is_refused(authorization: str) -> None:
    with pytest.raises(Refused) as refused:
        gate().pass_on({"Authorization": authorization}, method="POST", now=NOW)

    assert 401 == refused.value.status


@pytest.mark.parametrize("name", ["x-jwt-sub", "X-Jwt-Sub", "X-JWT-TENANT", "x__jwt__sub"])
def test_a_client_cannot_state_mapped_headers(name: str) -> None:
    headers = passed(ISSUER.token(now=NOW, role="x"), **{name: "mallory"})

    assert "mallory" not in headers.values()


def test_a_preflight_passes_without_claims() -> None:
    headers = gate().pass_on(
        {"Origin": "https://a.example", "x-jwt-sub": "mallory"}, method="OPTIONS", now=NOW
    )

    assert {"origin": "https://a.example"} == headers


def test_a_method_that_the_trigger_does_not_list_is_refused() -> None:
    assert 403 == refusal(ISSUER.token(now=NOW, sub="alice"), method="DELETE")


def test_signed_calls_need_the_key_and_do_not_show_it() -> None:
    door = gate(authType="function")
    with pytest.raises(Refused):
        door.pass_on({"x-local-invoke-key": "guess"}, method="POST", now=NOW)
    headers = door.pass_on({"x-local-invoke-key": "local-key", "x-jwt-sub": "alice"}, method="POST", now=NOW)

    assert {"x-jwt-sub": "alice"} == headers


def test_an_anonymous_trigger_lets_everybody_and_everything_through() -> None:
    sent = {"authorization": "Bearer x", "x-jwt-sub": "mallory"}

    assert sent == gate(authType="anonymous").pass_on(sent, method="POST", now=NOW)


def test_claims_are_mapped_by_header_only() -> None:
    assert {"sub": "x-jwt-sub"} == claim_mapping("header:sub:X-Jwt-Sub")
    with pytest.raises(ValueError, match="headers only"):
        claim_mapping("cookie:sub:sub")


@pytest.mark.parametrize(
    "lookup", ["query:token:", "cookie:token:x", "header:Authorization:Bearer ,cookie:x:y"]
)
def test_tokens_are_read_from_one_header_only(lookup: str) -> None:
    with pytest.raises(ValueError, match="from a header"):
        token_place(lookup)


def test_the_token_is_where_the_trigger_says() -> None:
    door = gate(authConfig={**gate().config["authConfig"], "tokenLookup": "header:X-Token:"})

    assert "alice" == door.pass_on({"X-Token": GOOD}, method="POST", now=NOW)["x-jwt-sub"]


def test_claims_that_are_no_text_are_passed_on_as_json() -> None:
    headers = passed(ISSUER.token(now=NOW, tenant=["a", 7]))

    assert '["a", 7]' == headers["x-jwt-tenant"]
