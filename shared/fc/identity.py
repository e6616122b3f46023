"""The caller: claims that the HTTP trigger or this function verified, or that a trusted back end states.

The trigger passes each verified claim on in a header, ``x-jwt-<claim>`` or with the prefix of
``CLAIM_HEADER_PREFIX``, and drops what a client sent under that name (Function Compute, JWT authentication of
HTTP triggers). With ``IDENTITY_SOURCE=caller`` the caller is a back end that the platform has authenticated,
and may write the same headers, or ``claims`` in the body. With ``oidc`` the function verifies a JWT itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.errors import InvalidRequest, Unauthenticated
from shared.fc.audit import Trail
from shared.fc.frame import Call
from shared.fc.invocation import Invocation
from shared.grants.claims import VerifiedClaims, written
from shared.settings.caller import IdentityPolicy
from shared.signing.v4 import whole_second
from shared.values import NOTHING


class Caller(NamedTuple):
    """Who calls: written claims, the end of the caller's own token where known, and what the audit says."""

    claims: VerifiedClaims
    ends_at: datetime | None = None
    facts: Mapping[str, str] = NOTHING

    def life_left(self, now: datetime) -> timedelta | None:
        """Return how long a grant may live at most; raises ``Unauthenticated`` where no second is left."""
        if self.ends_at is None:
            return None
        left = whole_second(self.ends_at) - whole_second(now)
        if left < timedelta(seconds=1):
            raise Unauthenticated("token: is over (exp)", challenge='Bearer error="invalid_token"')
        return left


def caller_of(invocation: Invocation, call: Call[Any], *, stated: Mapping[str, Any] | None) -> Caller:
    """Return who calls, by the source that this deployment trusts; raises ``Unauthenticated`` and others."""
    policy: IdentityPolicy = call.settings.caller.identity
    if policy.oidc is None:
        headers = invocation.unverified_headers
        return Caller(claims=verified_claims(headers, policy=policy, stated=stated))
    token = call.kept.verifier(policy.oidc).token(invocation.header("authorization"), now=call.now)
    claims = {name: _claim(name, token.claims.get(name)) for name in policy.claims}
    return Caller(claims=VerifiedClaims(claims), ends_at=token.ends_at, facts=token.facts)


def trail_of(known: Sequence[Caller], call: Call[Any]) -> Trail:
    """Return the audit trail of a call: of its caller, where he is known by now."""
    return call.trail.of(known[0].claims, **known[0].facts) if known else call.trail


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


def _of_a_header(name: str, said: str | None) -> str:
    # The platform joins repeated headers with commas: two values are no identity.
    if said is not None and "," in said:
        raise Unauthenticated(f"claim {name}: stated twice")
    return _claim(name, said)


def _claim(name: str, said: Any) -> str:
    if not isinstance(said, str) or not said:
        raise Unauthenticated(f"claim {name}: absent, or no text")
    return written(name, said)
