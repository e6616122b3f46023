"""Environment variables about JWTs that a function verifies itself."""

from __future__ import annotations

from shared.validation import model


@model
class OidcVariables:
    """Whose JWTs are taken where this function verifies them itself (`IDENTITY_SOURCE=oidc`)."""

    oidc_issuer: str | None = None
    """The issuer, exactly as `iss` says it."""
    oidc_audience: str | None = None
    """Comma-separated audiences, of which `aud` has to name one."""
    oidc_jwks_url: str | None = None
    """https address of the issuer's key set; unset: from its discovery document."""
    oidc_jwks: str | None = None
    """The key set itself, as JSON, in place of an address."""
    oidc_algorithms: str = "RS256,ES256"
    """Comma-separated algorithms of RS, PS or ES 256, 384, 512, and EdDSA."""
    oidc_bind_sessions: bool = False
    """`true` lets no session of `/sts` outlive the caller's JWT; below 900 s it is refused."""
