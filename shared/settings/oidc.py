"""Whose JWTs a deployment takes, where the function verifies them itself."""

from __future__ import annotations

from shared.errors import Misconfigured
from shared.oidc import keys
from shared.oidc.policy import ALGORITHMS, OidcPolicy
from shared.settings.variables.granting import BucketVariables
from shared.settings.variables.oidc import OidcVariables
from shared.settings.variables.reading import Environ, checked, listed, variables

_SECURE = r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?"
_ANY = r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?"


def oidc_policy(environ: Environ, *, claims: tuple[str, ...]) -> OidcPolicy:
    """Return what is taken; raises ``Misconfigured``."""
    read = variables(OidcVariables, environ)
    is_insecure = variables(BucketVariables, environ).allow_insecure_endpoints
    issuer, audience, algorithms = _issuer(read, is_insecure), listed(read.oidc_audience), _algorithms(read)
    if not audience:
        raise Misconfigured(
            "OIDC_AUDIENCE", "required beside IDENTITY_SOURCE=oidc: any token of the issuer would do"
        )
    return OidcPolicy(
        issuer=issuer,
        audience=audience,
        algorithms=algorithms,
        jwks_url=_jwks_url(read, is_insecure),
        jwks=_jwks(read, algorithms),
        binds_sessions=read.oidc_bind_sessions,
        claims=claims,
    )


def _issuer(read: OidcVariables, is_insecure: bool) -> str:
    if read.oidc_issuer is None:
        raise Misconfigured("OIDC_ISSUER", "required beside IDENTITY_SOURCE=oidc")
    if read.oidc_jwks_url is None and read.oidc_jwks is None:
        # Only discovery reads it as an address.
        return checked(
            "OIDC_ISSUER", read.oidc_issuer, _ANY if is_insecure else _SECURE, "an https URL, for discovery"
        )
    return read.oidc_issuer


def _algorithms(read: OidcVariables) -> tuple[str, ...]:
    named = listed(read.oidc_algorithms)
    if not named or not set(named) <= set(ALGORITHMS):
        raise Misconfigured("OIDC_ALGORITHMS", f"of {', '.join(ALGORITHMS)}; never none or HS*")
    return named


def _jwks_url(read: OidcVariables, is_insecure: bool) -> str | None:
    if read.oidc_jwks_url is None:
        return None
    if read.oidc_jwks is not None:
        raise Misconfigured("OIDC_JWKS", "the key set or its address (OIDC_JWKS_URL), not both")
    return checked("OIDC_JWKS_URL", read.oidc_jwks_url, _ANY if is_insecure else _SECURE, "an https URL")


def _jwks(read: OidcVariables, algorithms: tuple[str, ...]) -> str | None:
    if read.oidc_jwks is None:
        return None
    try:
        if not keys.read(read.oidc_jwks, algorithms=algorithms):
            raise keys.NoKeys("no key of it can verify what OIDC_ALGORITHMS lists")
    except keys.NoKeys as error:
        raise Misconfigured("OIDC_JWKS", str(error)) from None
    return read.oidc_jwks
