"""The HTTP trigger's door: JWTs are verified, claims passed on, and nobody else can state those headers.

As Function Compute describes JWT authentication of HTTP triggers. Two things differ: ``authType: function``
needs an ACS3 signature there and the local invoke key here; a preflight, which can carry neither token nor
signature, is let through to the function here, and there only where the gateway is told so.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

INVOKE_KEY_HEADER = "x-local-invoke-key"


class Refused(Exception):
    """The gate's own answer, before the function is asked."""

    def __init__(self, status: int, reason: str, *, code: str = "AccessDenied") -> None:
        self.status, self.reason, self.code = status, reason, code
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The door of one HTTP trigger."""

    config: Mapping[str, Any]
    invoke_key: str

    def __post_init__(self) -> None:
        if self.config["authType"] == "jwt":
            token_place(self.config["authConfig"]["tokenLookup"])
            claim_mapping(self.config["authConfig"]["claimPassBy"])

    def pass_on(self, headers: Mapping[str, str], *, method: str, now: datetime) -> dict[str, str]:
        """Return the headers that the function gets (names in lower case); raises ``Refused``."""
        if method not in self.config["methods"]:
            raise Refused(403, "the trigger does not list this method")
        kept = {name.lower(): value for name, value in headers.items()}
        if self.config["authType"] == "jwt":
            return self._with_claims(kept, method=method, now=now)
        if self.config["authType"] == "function":
            return self._signed(kept, method=method)
        # Anonymous: everybody is let through, and whatever is sent; the function asks for itself.
        return kept

    def _signed(self, headers: dict[str, str], *, method: str) -> dict[str, str]:
        given = headers.pop(INVOKE_KEY_HEADER, "")
        if method != "OPTIONS":
            check_invoke_key(given, expected=self.invoke_key)
        return headers

    def _with_claims(self, headers: dict[str, str], *, method: str, now: datetime) -> dict[str, str]:
        mapping = claim_mapping(self.config["authConfig"]["claimPassBy"])
        mapped = {_folded(name) for name in mapping.values()}
        kept = {name: value for name, value in headers.items() if _folded(name) not in mapped}
        # A preflight carries no token; what it may learn is what the function answers to anybody.
        if method == "OPTIONS":
            return kept
        claims = self._verified(self._token(headers), now)
        passed = {header: claims[claim] for claim, header in mapping.items() if claim in claims}
        return kept | {header: _header_text(value) for header, value in passed.items()}

    def _token(self, headers: Mapping[str, str]) -> str:
        name, prefix = token_place(self.config["authConfig"]["tokenLookup"])
        given = headers.get(name, "")
        if not given.startswith(prefix):
            raise Refused(401, "no token")
        return given.removeprefix(prefix)

    def _verified(self, token: str, now: datetime) -> dict[str, Any]:
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key=jwt.PyJWK(key).key,
                # The key says what it verifies; the token's own header never chooses.
                algorithms=[key["alg"]],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            raise Refused(401, "the token is not valid") from None
        _check_times(claims, now)
        return claims

    def _key(self, kid: str | None) -> dict[str, Any]:
        for key in self.config["authConfig"]["jwks"]["keys"]:
            if key.get("kid") == kid:
                return dict(key)
        raise Refused(401, "no key for this token")


def check_invoke_key(given: str, *, expected: str) -> None:
    """Raise ``Refused`` unless the call has the key that stands for an ACS3 signature here."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refused(403, "the call is not signed")


def claim_mapping(claim_pass_by: str) -> dict[str, str]:
    """Return header names by claim, for ``header:sub:x-jwt-sub,header:tenant:x-jwt-tenant``."""
    mapping = {}
    for entry in claim_pass_by.split(","):
        position, claim, name = entry.strip().split(":")
        if position != "header":
            raise ValueError("claims are passed on in headers only")
        mapping[claim] = name.lower()
    return mapping


def token_place(token_lookup: str) -> tuple[str, str]:
    """Return the header's name and the token's prefix in it, of ``header:Authorization:Bearer ``."""
    position, name, prefix = token_lookup.split(":", 2)
    if position != "header" or "," in prefix:
        raise ValueError("one token is read, from a header")
    return name.lower(), prefix


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    moment = now.timestamp()
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, (int, float)) or moment >= expires:
        raise Refused(401, "the token is over")
    if not isinstance(begins, (int, float)) or moment < begins:
        raise Refused(401, "the token is not valid yet")


def _header_text(claim: Any) -> str:
    return claim if isinstance(claim, str) else json.dumps(claim)


def _folded(name: str) -> str:
    # Servers between client and function may read '_' as '-'.
    return name.lower().replace("_", "-")
