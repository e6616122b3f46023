"""The caller: claims that the HTTP trigger verified, or that a trusted back end states.

The trigger passes each verified claim on in the header ``x-jwt-<claim>`` and drops what a client sent under
that name (Function Compute, JWT authentication of HTTP triggers). With ``IDENTITY_SOURCE=caller`` the caller
is a back end that the platform has authenticated, and may write the same headers, or ``claims`` in the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import AccessDenied, InvalidRequest, Unauthenticated
from shared.grants.prefixes import CLAIM_VALUE, VerifiedClaims
from shared.settings.caller import IdentityPolicy

HEADER_PREFIX = "x-jwt-"


def take_stated_claims(fields: dict[str, Any], *, policy: IdentityPolicy) -> Mapping[str, Any] | None:
    """Remove and return the body's ``claims`` where a trusted back end may state them, else None."""
    if policy.source != "caller" or "claims" not in fields:
        return None
    stated = fields.pop("claims")
    if not isinstance(stated, dict) or not stated.keys() <= set(policy.claims):
        raise InvalidRequest("claims: an object with the claims that this deployment asks for, and no others")
    return stated


def verified_claims(
    unverified_headers: Mapping[str, str] | None,
    *,
    policy: IdentityPolicy,
    stated: Mapping[str, Any] | None = None,
) -> VerifiedClaims:
    """Return every wanted claim, or raise ``Unauthenticated`` (absent, empty, doubled) or ``AccessDenied``.

    ``unverified_headers`` have lower-case names; None for a direct invocation, which no trigger vouches for.
    """
    headers = unverified_headers or {}
    if stated is not None and any(f"{HEADER_PREFIX}{name.lower()}" in headers for name in policy.claims):
        raise InvalidRequest("claims: in the headers or in the body, not in both")
    return VerifiedClaims({name: _claim(name, headers, stated) for name in policy.claims})


def _claim(name: str, headers: Mapping[str, str], stated: Mapping[str, Any] | None) -> str:
    value = headers.get(f"{HEADER_PREFIX}{name.lower()}") if stated is None else stated.get(name)
    if not isinstance(value, str) or not value:
        raise Unauthenticated(f"claim {name}: absent")
    # The platform joins repeated headers with commas: two values are no identity.
    if "," in value:
        raise Unauthenticated(f"claim {name}: stated twice")
    if not CLAIM_VALUE.fullmatch(value):
        raise AccessDenied(
            f"claim {name}: not 1 to 64 of A-Z a-z 0-9 . _ @ - beginning with a letter or digit"
        )
    return value
