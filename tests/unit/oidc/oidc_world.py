"""An identity provider for tests: keys of every kind, tokens good and bad, and key sets as they are served."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from shared.oidc.keys import NoKeys
from shared.oidc.policy import OidcPolicy
from shared.oidc.verifier import Verifier
from tests.world import NOON

ISSUER, AUDIENCE, JWKS_URL = "https://issuer.example", "grants", "https://issuer.example/keys"
HOUR = timedelta(hours=1)


def private(name: str, algorithm: str = "RS256") -> Any:
    """Return the private key of this name that an algorithm takes, made once for all tests."""
    return _made(name, "RSA" if algorithm[1:2] == "S" and algorithm[0] in "RP" else algorithm)


@cache
def _made(name: str, kind: str) -> Any:
    if kind == "RSA":
        return rsa.generate_private_key(public_exponent=65_537, key_size=1024 if name == "weak" else 2048)
    if kind == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
    return ec.generate_private_key(curves[kind]())


def jwk(name: str = "k1", algorithm: str = "RS256", **members: Any) -> dict[str, Any]:
    """Return the public half as a key set holds it."""
    public = jwt.get_algorithm_by_name(algorithm).to_jwk(private(name, algorithm).public_key())
    return {**json.loads(public), "kid": name, "alg": algorithm, "use": "sig", **members}


def key_set(*keys: dict[str, Any]) -> str:
    return json.dumps({"keys": list(keys or (jwk(),))})


def claims(**changes: Any) -> dict[str, Any]:
    """Return good claims, changed; one that is ``...`` is left out."""
    now = int(NOON.timestamp())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "jti": "t-1",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def token(
    name: str = "k1", algorithm: str = "RS256", *, header: dict[str, Any] | None = None, **changes: Any
) -> str:
    """Return a token that this key signed."""
    return jwt.encode(
        claims(**changes),
        private(name, algorithm),
        algorithm=algorithm,
        headers={"kid": name, **(header or {})},
    )


def encoded(part: bytes | str | dict[str, Any]) -> str:
    """Return base64url without padding."""
    octets = (
        json.dumps(part).encode()
        if isinstance(part, dict)
        else part.encode()
        if isinstance(part, str)
        else part
    )
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def signed(
    header: bytes | str | dict[str, Any], payload: bytes | str | dict[str, Any], *, name: str = "k1"
) -> str:
    """Return a token of any two parts, signed with RS256 by this key."""
    text = f"{encoded(header)}.{encoded(payload)}"
    algorithm: Any = jwt.get_algorithm_by_name("RS256")
    return f"{text}.{encoded(algorithm.sign(text.encode(), private(name)))}"


class Server:
    """What an issuer serves by URL, and how often it was asked; an exception is raised in place of a text."""

    def __init__(self, served: str | Exception | None = None) -> None:
        self.served: dict[str, str | Exception] = {JWKS_URL: key_set() if served is None else served}
        self.asked: list[str] = []

    def __call__(self, url: str) -> str:
        self.asked.append(url)
        answer = self.served.get(url, NoKeys("status 404"))
        if isinstance(answer, Exception):
            raise answer
        return answer


def policy(**changes: Any) -> OidcPolicy:
    usual = {"issuer": ISSUER, "audience": (AUDIENCE,), "jwks_url": JWKS_URL, "claims": ("sub",)}
    return OidcPolicy(**{**usual, **changes})


def verifier(server: Server | None = None, **changes: Any) -> Verifier:
    return Verifier(policy(**changes), fetch=server or Server())
