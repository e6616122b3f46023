"""Environment variables about callers: what is known of them, who says so, from which pages they call."""

from __future__ import annotations

from typing import Annotated, Literal

from shared.validation import Between, model


@model
class ClaimVariables:
    """What is known of callers."""

    identity_claims: str | None = None
    """Comma-separated claims that the trigger verified, each in the header `x-jwt-<claim>`; unset: none."""


@model
class IdentityVariables:
    """Who vouches for callers."""

    identity_source: Literal["jwt", "caller", "oidc"] = "jwt"
    """`jwt`: the trigger passes claims on. `caller`: a trusted back end states them. `oidc`: we verify."""
    claim_header_prefix: str = "x-jwt-"
    """What stands before a claim's name in the header that passes it on; `make deploy` makes a random one."""


@model
class CorsVariables:
    """From which web pages a function may be called."""

    cors_allowed_origins: str | None = None
    """Comma-separated exact origins, such as `https://app.example.com`; unset: no CORS headers."""
    cors_allowed_headers: str | None = None
    """Comma-separated further request headers that a page may send, such as `traceparent`."""
    cors_max_age_seconds: Annotated[int, Between(0, 86_400)] = 600
    """How long a browser may remember a preflight answer."""
