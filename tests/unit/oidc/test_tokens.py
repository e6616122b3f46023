"""JWTs of callers: good ones are taken, and none of the attacks; a second library never disagrees silently."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk as other_jwk
from joserfc import jwt as other_jwt
from joserfc.errors import JoseError

from shared.errors import Unauthenticated
from shared.oidc.keys import read
from shared.oidc.policy import ALGORITHMS
from shared.oidc.tokens import verified
from tests.unit.oidc.oidc_world import (
    AUDIENCE,
    ISSUER,
    Server,
    claims,
    encoded,
    jwk,
    key_set,
    policy,
    private,
    signed,
    token,
    verifier,
)
from tests.world import NOON

SECOND = timedelta(seconds=1)
RS256 = {"alg": "RS256", "kid": "k1"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_good_token_of_each_algorithm_is_taken(algorithm: str) -> None:
    server = Server(key_set(jwk("k1", algorithm)))
    taken = verifier(server, algorithms=ALGORITHMS).token(f"Bearer {token('k1', algorithm)}", now=NOON)

    assert "alice" == taken.claims["sub"]
    assert {"issuer": ISSUER, "jti": "t-1"} == taken.facts
    assert NOON + timedelta(hours=1) == taken.ends_at


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_bearer_in_any_case(scheme: str) -> None:
    assert verifier().token(f"{scheme} {token()}", now=NOON)


def test_a_token_without_an_id_has_none_in_the_audit() -> None:
    assert {"issuer": ISSUER} == verifier().token(f"Bearer {token(jti=...)}", now=NOON).facts


def test_the_size_is_looked_at_first() -> None:
    with pytest.raises(Unauthenticated, match="8192 bytes"):
        verified("a" * 8193, policy=policy(), keys=lambda _: (), now=NOON)


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
def test_one_audience_has_to_match(audience: Any) -> None:
    assert verifier().token(f"Bearer {token(aud=audience)}", now=NOON)


def test_a_token_without_a_key_id_is_of_the_only_key_that_fits() -> None:
    one = jwt.encode(claims(), private("k1"), algorithm="RS256")
    two = Server(key_set(jwk("k1"), jwk("k2")))
    of_another_kind = Server(key_set(jwk("k1"), jwk("e1", "ES256")))

    assert verifier(of_another_kind).token(f"Bearer {one}", now=NOON)
    assert refused(one, server=two)


def refused(text: str, *, server: Server | None = None, header: str | None = None, **changes: Any) -> str:
    """Return the challenge with which a token is refused."""
    with pytest.raises(Unauthenticated) as refusal:
        verifier(server, **changes).token(header or f"Bearer {text}", now=NOON)
    assert text not in str(refusal.value) or not text
    return str(refusal.value.challenge)


def with_public_key_as_secret() -> str:
    secret = private("k1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{encoded({'alg': 'HS256', 'kid': 'k1'})}.{encoded(claims())}"
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def changed(part: int, at: int = 5) -> str:
    parts = token().split(".")
    letter = parts[part][at]
    parts[part] = parts[part][:at] + ("A" if letter != "A" else "B") + parts[part][at + 1 :]
    return ".".join(parts)


NOW = int(NOON.timestamp())
ATTACKS: dict[str, str] = {
    "nothing": "",
    "no signature": f"{encoded({'alg': 'none'})}.{encoded(claims())}.",
    "none, with a signature": f"{encoded({'alg': 'none'})}.{encoded(claims())}.AAAA",
    "None in capitals": f"{encoded({'alg': 'NONE', 'kid': 'k1'})}.{encoded(claims())}.AAAA",
    "the public key as a secret": with_public_key_as_secret(),
    "no algorithm": signed({"kid": "k1"}, claims()),
    "an algorithm that is no text": signed({"alg": ["RS256"], "kid": "k1"}, claims()),
    "another algorithm of the same key": token("k1", "PS256"),
    "an algorithm that is not listed": token("k1", "RS512"),
    "a header changed": changed(0),
    "a payload changed": changed(1),
    "a signature changed": changed(2),
    "a signature cut": token()[:-4],
    "a stranger's key": signed(RS256, claims(), name="stranger"),
    "an unknown key id": token("unknown"),
    "a key id that is a path": signed({**RS256, "kid": "../../k1"}, claims()),
    "a key id with a quote": signed({**RS256, "kid": "k1' OR '1'='1"}, claims()),
    "a key id that is a number": signed({**RS256, "kid": 1}, claims()),
    "an empty key id": signed({**RS256, "kid": ""}, claims()),
    "critical extensions": signed({**RS256, "crit": ["exp"], "exp": 1}, claims()),
    "empty critical extensions": signed({**RS256, "crit": []}, claims()),
    "parts of one letter": "a.b.c",
    "two parts": token().rpartition(".")[0],
    "four parts": token() + ".AAAA",
    "five parts": "a.b.c.d.e",
    "padding": token() + "=",
    "a blank inside": token().replace(".", " .", 1),
    "base64 of the other alphabet": token()[:-1] + "+",
    "a payload that is no JSON": signed(RS256, "alice"),
    "a payload that is a list": signed(RS256, "[]"),
    "a payload with a name twice": signed(RS256, json.dumps(claims())[:-1] + ', "sub": "bob"}'),
    "a header with a name twice": signed('{"alg": "RS256", "kid": "k1", "kid": "k1"}', claims()),
    "a payload that is no UTF-8": signed(RS256, b"\xff"),
    "NaN": signed(RS256, json.dumps(claims())[:-1] + ', "x": NaN}'),
    "nested too deep": signed(RS256, '{"a": ' + "[" * 2000 + "]" * 2000 + "}"),
    "oversized": token(padding="x" * 8192),
    "no end": token(exp=...),
    "an end that is null": signed(RS256, {**claims(), "exp": None}),
    "an end that is a text": signed(RS256, {**claims(), "exp": str(NOW + 60)}),
    "an end that is true": signed(RS256, {**claims(), "exp": True}),
    "an endless end": signed(RS256, json.dumps(claims())[:-1].replace(str(NOW + 3600), "1e999") + "}"),
    "an end beyond all calendars": signed(RS256, {**claims(), "exp": 10**300}),
    "over": token(exp=NOW - 30),
    "not valid yet": token(nbf=NOW + 31),
    "issued in the future": token(iat=NOW + 31),
    "a beginning that is a text": signed(RS256, {**claims(), "nbf": "0"}),
    "no issuer": token(iss=...),
    "another issuer": token(iss=ISSUER + "/"),
    "an issuer in a list": signed(RS256, {**claims(), "iss": [ISSUER]}),
    "no audience": token(aud=...),
    "another audience": token(aud="other"),
    "a part of the audience": token(aud=AUDIENCE[:-1]),
    "an audience that is an object": signed(RS256, {**claims(), "aud": {AUDIENCE: 1}}),
    "an audience with a number": signed(RS256, {**claims(), "aud": [AUDIENCE, 1]}),
}


def test_the_attacks_are_signed_by_the_key_that_good_tokens_are() -> None:
    assert verifier().token(f"Bearer {signed(RS256, claims())}", now=NOON)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str) -> None:
    assert 'Bearer error="invalid_token"' == refused(ATTACKS[attack])


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_a_token_brings_along_is_never_used_nor_fetched(member: str) -> None:
    server = Server()
    strange = jwk("stranger")
    brought = {
        "jwk": strange,
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/c",
        "x5c": ["AAAA"],
    }
    text = signed({**RS256, member: brought[member]}, claims(), name="stranger")

    assert refused(text, server=server)
    assert {"https://issuer.example/keys"} == {*server.asked}


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {token()}, Bearer {token()}",
        f"Bearer {token()},{token()}",
        f"Basic {token()}",
        token(),
        "Bearer",
        "Bearer ",
        f"Bearer {token()} x",
        f"Bearer\t{token()}",
        "Bearer " + "a" * 9000,
    ],
)
def test_a_header_that_is_not_one_bearer_token_is_refused(header: str) -> None:
    assert 'Bearer error="invalid_token"' == refused("", header=header)


def test_without_a_token_the_challenge_is_bare() -> None:
    with pytest.raises(Unauthenticated) as refusal:
        verifier().token(None, now=NOON)

    assert "Bearer" == refusal.value.challenge


@pytest.mark.parametrize(
    ("changes", "at", "holds"),
    [
        ({"exp": NOW}, timedelta(seconds=29), True),
        ({"exp": NOW}, timedelta(seconds=30), False),
        ({"exp": NOW + 0.5}, timedelta(seconds=30), True),
        ({"nbf": NOW + 30}, timedelta(), True),
        ({"nbf": NOW + 31}, timedelta(), False),
        ({"nbf": NOW + 31}, SECOND, True),
        ({"iat": NOW + 30}, timedelta(), True),
        ({"iat": NOW + 31}, timedelta(), False),
        ({"nbf": ..., "iat": ...}, timedelta(), True),
    ],
)
def test_times_are_judged_to_the_second(changes: dict[str, Any], at: timedelta, holds: bool) -> None:
    text = f"Bearer {token(**changes)}"
    for _ in range(2):
        try:
            taken = bool(verifier().token(text, now=NOON + at))
        except Unauthenticated:
            taken = False

        assert holds is taken


def test_a_remembered_token_is_not_verified_again_and_ends_with_its_end() -> None:
    server = Server()
    keeping = verifier(server)
    first = keeping.token(f"Bearer {token()}", now=NOON)
    server.served.clear()
    again = keeping.token(f"Bearer {token()}", now=NOON + timedelta(minutes=59))

    assert first is again
    assert 1 == len(server.asked)
    with pytest.raises(Unauthenticated):
        keeping.token(f"Bearer {token()}", now=NOON + timedelta(hours=1, seconds=30))


def test_a_remembered_token_is_not_taken_before_it_begins() -> None:
    keeping, text = verifier(), f"Bearer {token(nbf=NOW + 60)}"
    keeping.token(text, now=NOON + timedelta(seconds=30))

    with pytest.raises(Unauthenticated, match="not valid yet"):
        keeping.token(text, now=NOON + timedelta(seconds=29))
    assert keeping.token(text, now=NOON + timedelta(seconds=30))


def test_only_what_is_wanted_of_a_token_is_kept() -> None:
    text = token(groups=["g"] * 100, nick="Al", tenant=5, jti="j" * 300)
    taken = verifier(claims=("sub", "tenant", "email")).token(f"Bearer {text}", now=NOON)

    assert ({"sub": "alice"}, "j" * 256) == (taken.claims, taken.facts["jti"])


def test_the_least_recently_used_token_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.oidc.verifier.REMEMBERED", 2)
    keeping = verifier()
    first = keeping.token(f"Bearer {token(jti='1')}", now=NOON)
    for jti in ("2", "3"):
        keeping.token(f"Bearer {token(jti=jti)}", now=NOON)

    assert first is not keeping.token(f"Bearer {token(jti='1')}", now=NOON)


def other_opinion(text: str) -> bool:
    """Tell what another library makes of the signature and of the claims that it judges."""
    keys = other_jwk.KeySet.import_key_set(json.loads(key_set()))
    try:
        decoded = other_jwt.decode(text, keys, algorithms=["RS256", "ES256"])
        registry = other_jwt.JWTClaimsRegistry(
            now=lambda: NOW,
            leeway=30,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        registry.validate(decoded.claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return True


def our_opinion(text: str) -> bool:
    try:
        return bool(verifier().token(f"Bearer {text}", now=NOON))
    except Unauthenticated:
        return False


STRICTER = {
    *(
        "critical extensions",
        "empty critical extensions",
        "a payload with a name twice",
        "a header with a name twice",
    ),
    *("NaN", "oversized", "over", "no algorithm", "padding", "a key id that is a number", "an empty key id"),
    *("an end that is true", "an endless end", "an end beyond all calendars", "an audience with a number"),
    *("nested too deep", "a key id that is a path", "a key id with a quote", "an unknown key id"),
    *("base64 of the other alphabet", "a blank inside"),
}
"""Where we may refuse what another library takes, by rules of our own."""


@pytest.mark.parametrize("attack", [None, *ATTACKS])
def test_a_second_library_agrees_but_where_we_are_stricter(attack: str | None) -> None:
    text = token() if attack is None else ATTACKS[attack]
    ours, theirs = our_opinion(text), other_opinion(text)

    assert ours is (attack is None)
    assert theirs is ours or attack in STRICTER


@given(st.integers(0, 2), st.integers(0, 400), st.sampled_from("ABab01-_.+=/ \n"))
def test_no_changed_character_passes(part: int, at: int, letter: str) -> None:
    parts = token().split(".")
    place = at % len(parts[part])
    parts[part] = parts[part][:place] + letter + parts[part][place + 1 :]
    text = ".".join(parts)

    assert our_opinion(text) is (text == token())


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.lists(st.text(max_size=3), max_size=2),
    st.sampled_from(["RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "AQAB", "AA", "Ag", "sig", "\ud800"]),
)


@given(
    st.sampled_from(["RS256", "ES256", "EdDSA"]),
    st.dictionaries(
        st.sampled_from(["kty", "n", "e", "x", "y", "crv", "alg", "use", "key_ops", "kid"]), ODD, max_size=4
    ),
)
def test_whatever_a_key_holds_it_is_read_or_left_out(algorithm: str, odd: dict[str, Any]) -> None:
    good = jwk("good")
    found = read(key_set({**jwk("k1", algorithm), **odd}, good), algorithms=ALGORITHMS)

    assert good["kid"] == found[-1].kid


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "cty", "b64", "zip"]), ODD, max_size=3),
    st.dictionaries(
        st.sampled_from(["exp", "nbf", "iat", "iss", "aud", "sub", "jti"]), ODD, min_size=1, max_size=3
    ),
)
def test_whatever_a_signed_token_says_it_is_taken_or_refused(
    header: dict[str, Any], said: dict[str, Any]
) -> None:
    text = signed({**RS256, **header}, {**claims(), **said})
    holds = our_opinion(text)

    assert not holds or not said.keys() & {"exp", "iss", "aud"} or other_opinion(text)
