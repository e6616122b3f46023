"""What a function may do, read once from its environment and proved before anything is signed.

Every failure is ``Misconfigured``: it names the variable and the rule, never the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from shared.errors import Misconfigured
from shared.fc.identity import IdentityPolicy
from shared.grants.content_rules import ContentRules
from shared.grants.decision import GrantScope, TtlPolicy
from shared.sessions.port import AssumableRole, refuse_sdk_debug
from shared.settings.environment import (
    Environ,
    content_rules,
    cors_origins,
    endpoints,
    identity_policy,
    prefix_templates,
    role_arn,
    sts_endpoint,
    variables,
)
from shared.settings.variables import (
    BucketVariables,
    CallerVariables,
    IssuingVariables,
    LinkVariables,
    SessionVariables,
)
from shared.signing import Endpoint

Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsPolicy:
    """Which web origins may read answers; none means no CORS headers at all."""

    origins: tuple[str, ...] = ()
    max_age_seconds: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """What every function knows: hosts, scope, and whether plain http is let through (local demo)."""

    endpoints: Mapping[str, Endpoint]
    grant_scope: GrantScope
    secure_transport: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """How long URLs live, and whose session signs them; None means the function's own role."""

    ttl_policy: TtlPolicy
    signing_role: AssumableRole | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSettings:
    """Who may call over HTTP, and from which web pages."""

    identity: IdentityPolicy
    cors: CorsPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignSettings:
    """All that the function ``presign`` needs to know."""

    bucket: BucketSettings
    links: LinkSettings
    caller: CallerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class StsSettings:
    """All that the function ``sts`` needs to know."""

    bucket: BucketSettings
    caller: CallerSettings
    role: AssumableRole
    default_permission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresignOnEventSettings:
    """All that the function ``presign_on_event`` needs to know."""

    bucket: BucketSettings
    links: LinkSettings


def once(load: Callable[[Environ], Settings]) -> Callable[[Environ], Settings]:
    """Return ``load`` that keeps its first result: the environment of an instance does not change."""
    kept: list[Settings] = []

    def load_once(environ: Environ) -> Settings:
        if not kept:
            kept.append(load(environ))
        return kept[0]

    return load_once


def presign_settings(environ: Environ) -> PresignSettings:
    """Return the settings of ``presign``; raises ``Misconfigured``."""
    caller = _caller(environ)
    return PresignSettings(
        bucket=_bucket(environ, claims=caller.identity.claims, content=content_rules(environ)),
        links=_links(environ),
        caller=caller,
    )


def sts_settings(environ: Environ) -> StsSettings:
    """Return the settings of ``sts``; raises ``Misconfigured``."""
    caller = _caller(environ)
    issuing = variables(IssuingVariables, environ)
    return StsSettings(
        bucket=_bucket(environ, claims=caller.identity.claims),
        caller=caller,
        role=_role(environ, variable="STS_ROLE_ARN", arn=issuing.sts_role_arn),
        default_permission=issuing.sts_default_permission,
    )


def presign_on_event_settings(environ: Environ) -> PresignOnEventSettings:
    """Return the settings of ``presign_on_event``: prefixes hold no claims; raises ``Misconfigured``."""
    return PresignOnEventSettings(bucket=_bucket(environ, claims=()), links=_links(environ))


def _bucket(
    environ: Environ, *, claims: tuple[str, ...], content: ContentRules | None = None
) -> BucketSettings:
    read = variables(BucketVariables, environ)
    return BucketSettings(
        endpoints=endpoints(read),
        grant_scope=GrantScope(
            bucket=read.oss_bucket,
            prefixes=prefix_templates(read, claims=claims),
            content=content or ContentRules(),
        ),
        secure_transport=not read.allow_insecure_endpoints,
    )


def _caller(environ: Environ) -> CallerSettings:
    read = variables(CallerVariables, environ)
    cors = CorsPolicy(origins=cors_origins(read), max_age_seconds=read.cors_max_age_seconds)
    return CallerSettings(identity=identity_policy(read), cors=cors)


def _links(environ: Environ) -> LinkSettings:
    read = variables(LinkVariables, environ)
    default, maximum = _capped_default(
        read.ttl_default_seconds, 1200, read.ttl_max_seconds, variable="TTL_DEFAULT_SECONDS"
    )
    arn = read.signing_role_arn
    return LinkSettings(
        ttl_policy=TtlPolicy(default=default, maximum=maximum),
        signing_role=None if arn is None else _role(environ, variable="SIGNING_ROLE_ARN", arn=arn),
    )


def _role(environ: Environ, *, variable: str, arn: str) -> AssumableRole:
    refuse_sdk_debug(environ)
    read = variables(SessionVariables, environ)
    bucket = variables(BucketVariables, environ)
    default, maximum = _capped_default(
        read.sts_default_duration_seconds,
        3600,
        read.sts_max_duration_seconds,
        variable="STS_DEFAULT_DURATION_SECONDS",
    )
    return AssumableRole(
        arn=role_arn(arn, variable=variable),
        endpoint=sts_endpoint(read, bucket),
        default_duration=default,
        max_duration=maximum,
        external_id=read.sts_external_id,
    )


def _capped_default(
    asked: int | None, usual: int, maximum: int, *, variable: str
) -> tuple[timedelta, timedelta]:
    default = min(usual, maximum) if asked is None else asked
    if default > maximum:
        raise Misconfigured(variable, f"not above the maximum, {maximum} s")
    return timedelta(seconds=default), timedelta(seconds=maximum)
