"""Environment variables one by one: each read, checked against its rule, and turned into a value.

Every failure is ``Misconfigured``: it names the variable and the rule, never the value. An empty variable
counts as unset.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, TypeVar

from shared.errors import Misconfigured
from shared.fc.identity import IdentityPolicy
from shared.grants import prefixes
from shared.grants.content import check_type_pattern
from shared.grants.content_rules import ContentRules
from shared.grants.operations import Permission
from shared.sessions.port import StsEndpoint, regional_endpoint
from shared.settings.variables import BucketVariables, CallerVariables, OfferVariables, SessionVariables
from shared.signing import Credentials, Endpoint
from shared.validation import InvalidValue, validate

Group = TypeVar("Group")
Environ = Mapping[str, str]

# Few deployments set all of them: re compiles each pattern when it is first used.
_REGION = r"(?!oss-)[a-z]{2,}(-[a-z0-9]+)+"
_BUCKET = r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"
_ROLE_ARN = r"acs:ram::[0-9]+:role/[A-Za-z0-9.-]{1,64}"
_EXTERNAL_ID = r"(?a:[\w+=,.@:/-]{2,1224})"
_CLAIM_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
_STYLE_NAME = r"[A-Za-z0-9._-]{1,64}"
_ORIGIN = r"https?://[a-z0-9.-]+(:[0-9]{1,5})?"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?"
_SECURE_URL = rf"(https)://((?:{_LABEL}\.)+aliyuncs\.com)/?"
_ANY_URL = r"(https?)://([A-Za-z0-9.-]+(?::[0-9]{1,5})?)/?"
_CREDENTIAL = r"""[!#-&(-~]+"""


def variables(group: type[Group], environ: Environ) -> Group:
    """Return one group of variables, typed; raises ``Misconfigured``."""
    names: tuple[str, ...] = group.__slots__  # type: ignore[attr-defined]  # a slotted dataclass
    given = {name: environ[name.upper()] for name in names if environ.get(name.upper())}
    try:
        return validate(group, given, read_text=True)
    except InvalidValue as error:
        problem = error.problems[0]
        raise Misconfigured(problem.path.upper(), problem.rule) from None


def endpoints(read: BucketVariables) -> dict[str, Endpoint]:
    """Return the hosts to sign for: ``public``, and where configured ``internal`` and ``custom``."""
    region = _checked(
        "OSS_REGION", read.oss_region, _REGION, "a region id such as 'cn-hangzhou', without 'oss-'"
    )
    _checked("OSS_BUCKET", read.oss_bucket, _BUCKET, "3 to 63 of a-z, 0-9 and '-', no '-' at either end")
    known = {"public": Endpoint.public(region)}
    for name, variable in (("public", "OSS_ENDPOINT"), ("internal", "OSS_INTERNAL_ENDPOINT")):
        url = getattr(read, variable.lower())
        if url is not None:
            scheme, host = _url(variable, url, allow_insecure=read.allow_insecure_endpoints)
            known[name] = Endpoint(region=region, host=host, scheme=scheme)
    if read.oss_custom_domain is not None:
        domain = read.oss_custom_domain.lower()
        _checked("OSS_CUSTOM_DOMAIN", domain, _HOST_NAME, "a bare host name such as 'img.example.com'")
        known["custom"] = Endpoint.custom_domain(domain, region=region)
    return known


def prefix_templates(
    read: BucketVariables, *, claims: tuple[str, ...]
) -> dict[Permission, tuple[prefixes.PrefixTemplate, ...]]:
    """Return the proved templates by permission; see ``prefixes.prove_disjoint``."""
    by_permission: dict[Permission, tuple[prefixes.PrefixTemplate, ...]] = {}
    for permission in ("read", "write", "delete"):
        variable = f"GRANT_{permission.upper()}_PREFIXES"
        listed = _listed(getattr(read, variable.lower()))
        by_permission[permission] = tuple(_template(text, variable, claims) for text in listed)
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
    styles = _listed(read.grant_process_styles)
    for style in styles:
        _checked("GRANT_PROCESS_STYLES", style, _STYLE_NAME, "names of image styles")
    try:
        content_types = tuple(map(check_type_pattern, _listed(read.grant_content_types)))
    except ValueError as error:
        raise Misconfigured("GRANT_CONTENT_TYPES", str(error)) from None
    return ContentRules(
        content_types=content_types,
        max_size=read.grant_max_size_bytes,
        forbid_overwrite=read.grant_forbid_overwrite,
        process_styles=styles,
        versions=read.grant_versions,
    )


def identity_policy(read: CallerVariables) -> IdentityPolicy:
    """Return the claims that are wanted; names differ whatever their case, as header names do."""
    claims = _listed(read.identity_claims)
    for claim in claims:
        _checked("IDENTITY_CLAIMS", claim, _CLAIM_NAME, "claim names of letters, digits, '_' and '-'")
    if len({claim.lower() for claim in claims}) != len(claims):
        raise Misconfigured("IDENTITY_CLAIMS", "claim names are distinct whatever their case")
    return IdentityPolicy(claims=claims, source=read.identity_source)


def cors_origins(read: CallerVariables) -> tuple[str, ...]:
    """Return the exact origins that may read answers."""
    origins = _listed(read.cors_allowed_origins)
    for origin in origins:
        _checked("CORS_ALLOWED_ORIGINS", origin, _ORIGIN, "exact origins such as 'https://app.example.com'")
    return origins


def role_arn(arn: str, *, variable: str) -> str:
    """Return ``arn`` if it names a RAM role."""
    return _checked(variable, arn, _ROLE_ARN, "a role ARN such as 'acs:ram::123456789012:role/name'")


def sts_endpoint(read: SessionVariables, bucket: BucketVariables) -> StsEndpoint:
    """Return where STS is called: the region's own host, unless overridden."""
    if read.sts_external_id is not None:
        _checked(
            "STS_EXTERNAL_ID",
            read.sts_external_id,
            _EXTERNAL_ID,
            "2 to 1,224 of A-Z a-z 0-9 _ + = , . @ : / -",
        )
    if read.sts_endpoint is None:
        return regional_endpoint(bucket.oss_region, network=read.sts_network)
    scheme, host = _url("STS_ENDPOINT", read.sts_endpoint, allow_insecure=bucket.allow_insecure_endpoints)
    return StsEndpoint(host=host, scheme=scheme)


def role_credentials(environ: Environ) -> Credentials:
    """Return the credentials of the function's role, as the platform set them for this invocation."""
    return _credentials(*map(environ.get, _OF_THE_ROLE))


_OF_THE_ROLE = [f"ALIBABA_CLOUD_{name}" for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")]


@lru_cache(maxsize=2)
def _credentials(key: str | None, secret: str | None, token: str | None) -> Credentials:
    # The platform renews them about once a day; checking a long token costs more than signing with it.
    key_name, secret_name, token_name = _OF_THE_ROLE
    access_key_id = _credential(key, key_name)
    has_token = access_key_id.startswith("STS.") or token
    return Credentials(
        access_key_id=access_key_id,
        access_key_secret=_credential(secret, secret_name),
        security_token=_credential(token, token_name) if has_token else None,
    )


def _credential(value: str | None, variable: str) -> str:
    if not value:
        raise Misconfigured(variable, "not set; give the function an execution role")
    return _checked(variable, value, _CREDENTIAL, "printable ASCII without spaces and quotes")


def _url(variable: str, url: str, *, allow_insecure: bool) -> tuple[Literal["http", "https"], str]:
    """Return (scheme, host) of an endpoint."""
    match = re.fullmatch(_ANY_URL if allow_insecure else _SECURE_URL, url)
    if match is None:
        rule = "http or https" if allow_insecure else "https, a host under aliyuncs.com"
        raise Misconfigured(variable, f"a URL ({rule}) without user info, path or query")
    return "https" if match[1] == "https" else "http", match[2]


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _checked(variable: str, value: str, pattern: str, rule: str) -> str:
    if not re.fullmatch(pattern, value):
        raise Misconfigured(variable, rule)
    return value
