"""The bucket of a deployment: its hosts, the keys that are granted, and the rules for content."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import Misconfigured
from shared.grants import prefixes
from shared.grants.content import ContentRules, check_type_pattern
from shared.grants.decision import GrantScope
from shared.grants.operations import Permission
from shared.settings.endpoints import default_endpoint, endpoints
from shared.settings.reading import Environ, checked, listed, variables
from shared.settings.variables import BucketVariables, OfferVariables
from shared.signing import Endpoint
from shared.values import value

# Few deployments set all of them: re compiles each pattern when it is first used.
_STYLE_NAME = r"[A-Za-z0-9._-]{1,64}"


@value
class BucketSettings:
    """What every function knows: hosts, scope, and whether plain http is let through (local demo)."""

    endpoints: Mapping[str, Endpoint]
    default_endpoint: str
    grant_scope: GrantScope
    secure_transport: bool

    @property
    def endpoint(self) -> Endpoint:
        """Where requests, forms, links and sessions go that name no endpoint."""
        return self.endpoints[self.default_endpoint]


def bucket_settings(
    environ: Environ, *, claims: tuple[str, ...], content: ContentRules | None = None
) -> BucketSettings:
    """Return hosts and grant scope of the bucket; raises ``Misconfigured``."""
    read = variables(BucketVariables, environ)
    known = endpoints(read)
    return BucketSettings(
        endpoints=known,
        default_endpoint=default_endpoint(read, known),
        grant_scope=GrantScope(
            bucket=read.oss_bucket,
            prefixes=prefix_templates(read, claims=claims),
            content=content or ContentRules(),
        ),
        secure_transport=not read.allow_insecure_endpoints,
    )


def prefix_templates(
    read: BucketVariables, *, claims: tuple[str, ...]
) -> dict[Permission, tuple[prefixes.PrefixTemplate, ...]]:
    """Return the proved templates by permission; see ``prefixes.prove_disjoint``."""
    by_permission: dict[Permission, tuple[prefixes.PrefixTemplate, ...]] = {}
    for permission in ("read", "write", "delete"):
        variable = f"GRANT_{permission.upper()}_PREFIXES"
        texts = listed(getattr(read, variable.lower()))
        by_permission[permission] = tuple(_template(text, variable, claims) for text in texts)
    try:
        prefixes.prove_disjoint(template for group in by_permission.values() for template in group)
    except prefixes.UnsafePrefix as error:
        raise Misconfigured(
            "GRANT_READ_PREFIXES, GRANT_WRITE_PREFIXES, GRANT_DELETE_PREFIXES", str(error)
        ) from None
    return by_permission


def _template(text: str, variable: str, claims: tuple[str, ...]) -> prefixes.PrefixTemplate:
    try:
        return prefixes.parse(text, known_claims=claims)
    except prefixes.UnsafePrefix as error:
        raise Misconfigured(variable, str(error)) from None


def content_rules(environ: Environ) -> ContentRules:
    """Return what may be uploaded and shown."""
    read = variables(OfferVariables, environ)
    styles = listed(read.grant_process_styles)
    for style in styles:
        checked("GRANT_PROCESS_STYLES", style, _STYLE_NAME, "names of image styles")
    try:
        content_types = tuple(map(check_type_pattern, listed(read.grant_content_types)))
    except ValueError as error:
        raise Misconfigured("GRANT_CONTENT_TYPES", str(error)) from None
    return ContentRules(
        content_types=content_types,
        max_size=read.grant_max_size_bytes,
        forbid_overwrite=read.grant_forbid_overwrite,
        process_styles=styles,
        versions=read.grant_versions,
    )
