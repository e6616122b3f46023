"""The caller: claims that the HTTP trigger verified, or that a trusted back end states.

The trigger passes each verified claim on in a header, ``x-jwt-<claim>`` or with the prefix of
``CLAIM_HEADER_PREFIX``, and drops what a client sent under that name (Function Compute, JWT authentication of
HTTP triggers). With ``IDENTITY_SOURCE=caller`` the caller is a back end that the platform has authenticated,
and may write the same headers, or ``claims`` in the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.errors import InvalidRequest, Unauthenticated
from shared.grants.claims import VerifiedClaims, written
from shared.settings.caller import IdentityPolicy


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
    headers, prefix = unverified_headers or {}, policy.header_prefix
    if stated is not None and any(f"{prefix}{name.lower()}" in headers for name in policy.claims):
        raise InvalidRequest("claims: in the headers or in the body, not in both")
    if stated is not None:
        return VerifiedClaims({name: _claim(name, stated.get(name)) for name in policy.claims})
    return VerifiedClaims(
        {name: _of_a_header(name, headers.get(f"{prefix}{name.lower()}")) for name in policy.claims}
    )


def _of_a_header(name: str, value: str | None) -> str:
    # The platform joins repeated headers with commas: two values are no identity.
    if value is not None and "," in value:
        raise Unauthenticated(f"claim {name}: stated twice")
    return _claim(name, value)


def _claim(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise Unauthenticated(f"claim {name}: absent")
    return written(name, value)
