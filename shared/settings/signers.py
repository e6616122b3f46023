"""Signers of a deployment: how long URLs live, and the roles whose sessions sign or are handed out."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from shared.errors import Misconfigured
from shared.grants.decision import TtlPolicy
from shared.grants.objects.prefixes import PrefixTemplate
from shared.grants.scopes import Scopes
from shared.sessions.port import AssumableRole, StsEndpoint, refuse_sdk_debug, regional_endpoint
from shared.settings.bucket.cdn import cdn_settings
from shared.settings.bucket.endpoints import check_sts_host
from shared.settings.variables.granting import BucketVariables, LinkVariables, SessionVariables
from shared.settings.variables.reading import Environ, capped_default, checked, url, variables
from shared.signing.cdn import Cdn
from shared.values import value

SigningSession = Literal["caller", "deployment", "function"]

_MINUTE = timedelta(minutes=1)
_ROLE_ARN = r"acs:ram::[0-9]+:role/[A-Za-z0-9.-]{1,64}"
_EXTERNAL_ID = r"(?a:[\w+=,.@:/-]{2,1224})"


@value
class LinkSettings:
    """How long URLs live, and what signs them: a role's sessions, the function's own role, a CDN's key."""

    ttl_policy: TtlPolicy
    signing_role: AssumableRole | None
    signing_session: SigningSession
    cdn: Cdn | None = None
    reads_by_cdn: bool = False


def link_settings(environ: Environ, *, scopes: Scopes) -> LinkSettings:
    """Return how URLs of these grant scopes are signed; raises ``Misconfigured``."""
    read = variables(LinkVariables, environ)
    default, maximum = capped_default(
        read.ttl_default_seconds, 1200, read.ttl_max_seconds, variable="TTL_DEFAULT_SECONDS"
    )
    templates = [template for scope in scopes.values() for template in scope.templates()]
    session, role = _signing_session(read, templates), None
    cdn = cdn_settings(environ)
    if cdn is not None and cdn.signing == "b" and default < _MINUTE:
        raise Misconfigured(
            "TTL_DEFAULT_SECONDS", "60 or more beside CDN_SIGNING=b, whose URLs end with a minute"
        )
    if session != "function":
        role = assumable_role(environ, variable="SIGNING_ROLE_ARN", arn=read.signing_role_arn)
    ttl_policy = TtlPolicy(default=default, maximum=maximum)
    return LinkSettings(
        ttl_policy=ttl_policy,
        signing_role=role,
        signing_session=session,
        cdn=cdn,
        reads_by_cdn=bool(environ.get("READ_ENDPOINT")),
    )


def _signing_session(read: LinkVariables, templates: list[PrefixTemplate]) -> SigningSession:
    """Return whose session signs: OSS follows links that callers write, so the caller's where it can be."""
    has_claim = any(template.claims() for template in templates)
    session = read.signing_session or _default_session(has_claim, has_role=read.signing_role_arn is not None)
    if session != "function" and read.signing_role_arn is None:
        raise Misconfigured(
            "SIGNING_ROLE_ARN", f"required where SIGNING_SESSION is {session!r}, the default beside claims"
        )
    if session == "deployment" and any(t.claims() and not t.opened() for t in templates):
        raise Misconfigured(
            "SIGNING_SESSION", "'deployment' would open the whole bucket: a prefix begins with a claim"
        )
    return session


def _default_session(has_claim: bool, *, has_role: bool) -> SigningSession:
    if has_claim:
        return "caller"
    return "deployment" if has_role else "function"


def assumable_role(environ: Environ, *, variable: str, arn: str | None) -> AssumableRole:
    """Return the role that ``variable`` names and how STS is reached; raises ``Misconfigured``."""
    refuse_sdk_debug(environ)
    read = variables(SessionVariables, environ)
    bucket = variables(BucketVariables, environ)
    default, maximum = capped_default(
        read.sts_default_duration_seconds,
        3600,
        read.sts_max_duration_seconds,
        variable="STS_DEFAULT_DURATION_SECONDS",
    )
    return AssumableRole(
        arn=_role_arn(arn or "", variable=variable),
        endpoint=_sts_endpoint(read, bucket),
        default_duration=default,
        max_duration=maximum,
        external_id=read.sts_external_id,
        sends_source_identity=read.sts_source_identity,
    )


def _role_arn(arn: str, *, variable: str) -> str:
    """Return ``arn`` if it names a RAM role."""
    return checked(variable, arn, _ROLE_ARN, "a role ARN such as 'acs:ram::123456789012:role/name'")


def _sts_endpoint(read: SessionVariables, bucket: BucketVariables) -> StsEndpoint:
    """Return where STS is called: the region's own host, unless overridden."""
    if read.sts_external_id is not None:
        checked(
            "STS_EXTERNAL_ID",
            read.sts_external_id,
            _EXTERNAL_ID,
            "2 to 1,224 of A-Z a-z 0-9 _ + = , . @ : / -",
        )
    if read.sts_endpoint is None:
        return regional_endpoint(bucket.oss_region, network=read.sts_network)
    scheme, host = url("STS_ENDPOINT", read.sts_endpoint, allow_insecure=bucket.allow_insecure_endpoints)
    check_sts_host(host)
    return StsEndpoint(host=host, scheme=scheme)
