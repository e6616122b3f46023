"""What a deployment takes of JWTs: whose, for whom, signed how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shared.errors import Unauthenticated
from shared.values import NOTHING, value

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""What may be listed: signatures only, so that no public key passes for a shared secret (RFC 8725, 3.1)."""

REFUSED, ABSENT = 'Bearer error="invalid_token"', "Bearer"
"""Values of ``WWW-Authenticate`` (RFC 6750, section 3)."""


@value
class OidcPolicy:
    """``issuer`` and one of ``audience`` as tokens say them; keys by ``jwks_url``, ``jwks`` or discovery."""

    issuer: str
    audience: tuple[str, ...]
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    jwks_url: str | None = None
    jwks: str | None = None
    binds_sessions: bool = False
    claims: tuple[str, ...] = ()
    """What is wanted of a token besides; the rest of it is not kept."""


@value
class VerifiedToken:
    """What a JWT says, once it is verified: of its claims those that are wanted, where they are texts."""

    claims: Mapping[str, str]
    begins: float
    """Seconds since 1970 of ``nbf`` or ``iat``, whichever is later; without the leeway for clocks."""
    ends_at: datetime
    """Its ``exp``, without the leeway."""
    facts: Mapping[str, str] = NOTHING
    """For the audit line: ``issuer`` and ``jti``."""


def refused(rule: str) -> Unauthenticated:
    """Return the refusal of a JWT; the rule is ours, nothing of the token is in it."""
    return Unauthenticated(f"token: {rule}", challenge=REFUSED)
