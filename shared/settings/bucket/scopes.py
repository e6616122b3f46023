"""Grant scopes of a deployment: prefixes, operations and content rules, proved together with its profiles."""

from __future__ import annotations

from typing import get_args

from shared.errors import Misconfigured
from shared.grants.objects import prefixes
from shared.grants.objects.content import ContentRules
from shared.grants.objects.media_types import check_type_pattern
from shared.grants.operations import MAX_OBJECT_BYTES, PERMISSIONS, OperationName, Permission
from shared.grants.scopes import GrantScope, Scopes
from shared.settings.variables.granting import (
    BucketVariables,
    DownloadVariables,
    LimitVariables,
    OfferVariables,
    PrefixVariables,
)
from shared.settings.variables.reading import Environ, checked, listed, variables
from shared.settings.variables.uploads import UploadVariables
from shared.values import replaced

# Few deployments set all of them: re compiles each pattern when it is first used.
_STYLE_NAME = r"[A-Za-z0-9._-]{1,64}"
_PREFIXES = "GRANT_READ_PREFIXES, GRANT_WRITE_PREFIXES, GRANT_DELETE_PREFIXES, GRANT_PROFILES"


def grant_scopes(
    environ: Environ,
    read: BucketVariables,
    *,
    claims: tuple[str, ...],
    content: ContentRules,
    profiles: bool,
) -> Scopes:
    """Return the deployment's scope and its profiles; raises ``Misconfigured`` unless callers stay apart."""
    limits = variables(LimitVariables, environ) if profiles else LimitVariables()
    own = GrantScope(
        bucket=read.oss_bucket,
        prefixes=_own_prefixes(variables(PrefixVariables, environ), claims),
        content=content,
        operations=_operations(limits),
    )
    scopes: dict[str | None, GrantScope] = {None: own}
    if limits.grant_profiles is not None:
        # A deployment without profiles starts without their model.
        from shared.settings.bucket.profiles import profiles as named

        scopes.update(named(limits, own, environ, claims=claims))
    try:
        prefixes.prove_disjoint(template for scope in scopes.values() for template in scope.templates())
    except prefixes.UnsafePrefix as error:
        raise Misconfigured(_PREFIXES, str(error)) from None
    return scopes


def _own_prefixes(
    read: PrefixVariables, claims: tuple[str, ...]
) -> dict[Permission, tuple[prefixes.PrefixTemplate, ...]]:
    by_permission: dict[Permission, tuple[prefixes.PrefixTemplate, ...]] = {}
    for permission in PERMISSIONS:
        variable = f"GRANT_{permission.upper()}_PREFIXES"
        try:
            by_permission[permission] = tuple(
                prefixes.parse(text, known_claims=claims) for text in listed(getattr(read, variable.lower()))
            )
        except prefixes.UnsafePrefix as error:
            raise Misconfigured(variable, str(error)) from None
    return by_permission


def _operations(limits: LimitVariables) -> frozenset[str] | None:
    named = listed(limits.grant_operations)
    if not set(named) <= set(get_args(OperationName)):
        raise Misconfigured("GRANT_OPERATIONS", "names of operations, such as 'GetObject,PutObject'")
    return frozenset(named) if named else None


def content_rules(environ: Environ) -> ContentRules:
    """Return what URLs and forms may carry, and how downloads show; raises ``Misconfigured``."""
    read = variables(OfferVariables, environ)
    styles = listed(read.grant_process_styles)
    for style in styles:
        checked("GRANT_PROCESS_STYLES", style, _STYLE_NAME, "names of image styles")
    try:
        content_types = tuple(map(check_type_pattern, listed(read.grant_content_types)))
    except ValueError as error:
        raise Misconfigured("GRANT_CONTENT_TYPES", str(error)) from None
    return replaced(
        session_rules(environ),
        content_types=content_types,
        forbid_overwrite=read.grant_forbid_overwrite,
        process_styles=styles,
        versions=read.grant_versions,
        checks_uploads=variables(UploadVariables, environ).on_upload_refused == "delete",
        downloads=variables(DownloadVariables, environ).grant_downloads,
    )


def session_rules(environ: Environ) -> ContentRules:
    """Return the rules that bind sessions too."""
    limits = variables(LimitVariables, environ)
    size = limits.grant_max_size_bytes
    return ContentRules(
        ceiling=None if size is None or size >= MAX_OBJECT_BYTES else size, tagging=limits.grant_tagging
    )


def download_rules(environ: Environ) -> ContentRules:
    """Return the rules for links to objects."""
    return ContentRules(downloads=variables(DownloadVariables, environ).grant_downloads)
