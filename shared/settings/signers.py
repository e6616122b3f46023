"""Signers of a deployment: how long URLs live, and the roles whose sessions sign or are handed out."""

from __future__ import annotations

from dataclasses import dataclass

from shared.grants.decision import TtlPolicy
from shared.sessions.port import AssumableRole, StsEndpoint, refuse_sdk_debug, regional_endpoint
from shared.settings.reading import Environ, capped_default, checked, url, variables
from shared.settings.variables import BucketVariables, LinkVariables, SessionVariables

_ROLE_ARN = r"acs:ram::[0-9]+:role/[A-Za-z0-9.-]{1,64}"
_EXTERNAL_ID = r"(?a:[\w+=,.@:/-]{2,1224})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """How long URLs live, and whose session signs them; None means the function's own role."""

    ttl_policy: TtlPolicy
    signing_role: AssumableRole | None


def link_settings(environ: Environ) -> LinkSettings:
    read = variables(LinkVariables, environ)
    default, maximum = capped_default(
        read.ttl_default_seconds, 1200, read.ttl_max_seconds, variable="TTL_DEFAULT_SECONDS"
    )
    arn = read.signing_role_arn
    return LinkSettings(
        ttl_policy=TtlPolicy(default=default, maximum=maximum),
        signing_role=None if arn is None else assumable_role(environ, variable="SIGNING_ROLE_ARN", arn=arn),
    )


def assumable_role(environ: Environ, *, variable: str, arn: str) -> AssumableRole:
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
        arn=_role_arn(arn, variable=variable),
        endpoint=_sts_endpoint(read, bucket),
        default_duration=default,
        max_duration=maximum,
        external_id=read.sts_external_id,
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
    return StsEndpoint(host=host, scheme=scheme)
