"""The caller over HTTP: which claims are wanted, who states them, and which web pages may read answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from shared.errors import Misconfigured
from shared.settings.variables.caller import ClaimVariables, CorsVariables, IdentityVariables
from shared.settings.variables.reading import Environ, checked, listed, variables
from shared.values import value

if TYPE_CHECKING:
    from shared.oidc.policy import OidcPolicy

# Few deployments set all of them: re compiles each pattern when it is first used.
_CLAIM_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
_HEADER = r"[a-z0-9-]{1,64}"
_HEADER_PREFIX = r"[a-z](?:[a-z0-9-]{0,46}-)?"
_ORIGIN = r"https?://[a-z0-9.-]+(:[0-9]{1,5})?"


@value
class IdentityPolicy:
    """Which claims this deployment wants, and who may state them."""

    claims: tuple[str, ...] = ()
    source: Literal["jwt", "caller", "oidc"] = "jwt"
    header_prefix: str = "x-jwt-"
    oidc: OidcPolicy | None = None


@value
class CorsPolicy:
    """Which web origins may read answers; none means no CORS headers at all."""

    origins: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    max_age_seconds: int = 600


@value
class CallerSettings:
    """Who may call over HTTP, and from which web pages."""

    identity: IdentityPolicy
    cors: CorsPolicy


def caller_settings(environ: Environ) -> CallerSettings:
    """Return who may call ``presign`` and ``sts``; raises ``Misconfigured``."""
    return CallerSettings(identity=identity_policy(environ), cors=cors_policy(environ))


def bearer_settings(environ: Environ) -> CallerSettings:
    """Return who may call ``ticket``: whoever bears a ticket, which says whose claims it passes on."""
    return CallerSettings(identity=IdentityPolicy(claims=claim_names(environ)), cors=cors_policy(environ))


def claim_names(environ: Environ) -> tuple[str, ...]:
    """Return the claims that are wanted; names differ whatever their case, as header names do."""
    claims = listed(variables(ClaimVariables, environ).identity_claims)
    for claim in claims:
        checked("IDENTITY_CLAIMS", claim, _CLAIM_NAME, "claim names of letters, digits, '_' and '-'")
    if len({claim.lower() for claim in claims}) != len(claims):
        raise Misconfigured("IDENTITY_CLAIMS", "claim names are distinct whatever their case")
    return claims


def identity_policy(environ: Environ) -> IdentityPolicy:
    """Return the claims that are wanted, and who states them."""
    claims, read = claim_names(environ), variables(IdentityVariables, environ)
    prefix = checked(
        "CLAIM_HEADER_PREFIX",
        read.claim_header_prefix.lower(),
        _HEADER_PREFIX,
        "1 to 48 letters, digits and '-', a letter first, '-' last",
    )
    oidc = None
    if read.identity_source == "oidc":
        # Other deployments start without what reads these variables.
        from shared.settings.oidc import oidc_policy

        oidc = oidc_policy(environ, claims=claims)
    return IdentityPolicy(claims=claims, source=read.identity_source, header_prefix=prefix, oidc=oidc)


def cors_policy(environ: Environ) -> CorsPolicy:
    """Return the exact origins that may read answers, and what they may send."""
    read = variables(CorsVariables, environ)
    origins = listed(read.cors_allowed_origins)
    for origin in origins:
        checked("CORS_ALLOWED_ORIGINS", origin, _ORIGIN, "exact origins such as 'https://app.example.com'")
    return CorsPolicy(origins=origins, headers=_cors_headers(read), max_age_seconds=read.cors_max_age_seconds)


def _cors_headers(read: CorsVariables) -> tuple[str, ...]:
    """Return the further request headers, in lower case, that pages may send."""
    headers = tuple(header.lower() for header in listed(read.cors_allowed_headers))
    for header in headers:
        checked("CORS_ALLOWED_HEADERS", header, _HEADER, "names of request headers such as 'traceparent'")
    return headers
