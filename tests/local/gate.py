"""The HTTP trigger's door: JWTs are verified, claims passed on, and nobody else can state those headers.

As Function Compute describes JWT authentication of HTTP triggers; ``authType: function`` needs an ACS3
signature there and the local invoke key here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
    "oct": ("HS256", "HS384", "HS512"),
}
"""What each kind of key may verify: the token's own ``alg`` never chooses."""

LEEWAY_SECONDS = 0
INVOKE_KEY_HEADER = "x-local-invoke-key"


class Refused(Exception):
    """The gate's own answer, before the function is asked."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The door of one HTTP trigger."""

    config: Mapping[str, Any]
    invoke_key: str

    def pass_on(self, headers: Mapping[str, str], *, method: str, now: datetime) -> dict[str, str]:
        """Return the headers that the function gets (names in lower case); raises ``Refused``."""
        if method not in self.config["methods"]:
            raise Refused(403, "the trigger does not list this method")
        kept = {name.lower(): value for name, value in headers.items()}
        if self.config["authType"] == "jwt":
            return self._with_claims(kept, method=method, now=now)
        if self.config["authType"] == "function":
            return self._signed(kept, method=method)
        raise Refused(403, "an anonymous trigger is not served here")

    def _signed(self, headers: dict[str, str], *, method: str) -> dict[str, str]:
        given = headers.pop(INVOKE_KEY_HEADER, "")
        if method != "OPTIONS" and not hmac.compare_digest(given.encode(), self.invoke_key.encode()):
            raise Refused(403, "the call is not signed")
        return headers

    def _with_claims(self, headers: dict[str, str], *, method: str, now: datetime) -> dict[str, str]:
        mapping = claim_mapping(self.config["authConfig"]["claimPassBy"])
        mapped = {_folded(name) for name in mapping.values()}
        kept = {name: value for name, value in headers.items() if _folded(name) not in mapped}
        # A preflight carries no token; what it may learn is what the function answers to anybody.
        if method == "OPTIONS":
            return kept
        claims = self._verified(headers.get("authorization", ""), now)
        passed = {header: claims[claim] for claim, header in mapping.items() if claim in claims}
        return kept | {
            header: value if isinstance(value, str) else str(value) for header, value in passed.items()
        }

    def _verified(self, authorization: str, now: datetime) -> dict[str, Any]:
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer" or not token:
            raise Refused(401, "no token")
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key=jwt.PyJWK(key).key,
                algorithms=[key["alg"]],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            raise Refused(401, "the token is not valid") from None
        _check_times(claims, now)
        return claims

    def _key(self, kid: str | None) -> dict[str, Any]:
        for key in self.config["authConfig"]["jwks"]["keys"]:
            if key.get("kid") == kid and key["alg"] in ALGORITHMS[key["kty"]]:
                return dict(key)
        raise Refused(401, "no key for this token")


def claim_mapping(claim_pass_by: str) -> dict[str, str]:
    """Return header names by claim, for ``header:sub:x-jwt-sub,header:tenant:x-jwt-tenant``."""
    mapping = {}
    for entry in claim_pass_by.split(","):
        position, claim, name = entry.strip().split(":")
        if position != "header":
            raise ValueError("claims are passed on in headers only")
        mapping[claim] = name.lower()
    return mapping


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    moment = now.timestamp()
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, (int, float)) or moment >= expires + LEEWAY_SECONDS:
        raise Refused(401, "the token is over")
    if not isinstance(begins, (int, float)) or moment < begins - LEEWAY_SECONDS:
        raise Refused(401, "the token is not valid yet")


def _folded(name: str) -> str:
    # Servers between client and function may read '_' as '-'.
    return name.lower().replace("_", "-")
