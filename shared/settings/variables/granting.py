"""Environment variables of each function, in groups, as models: names, units, defaults.

A field is the variable of the same name in upper case. What the values mean together is decided in
``shared.settings.functions``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from shared.grants.operations import StsPermission
from shared.settings.variables.caller import ClaimVariables, CorsVariables, IdentityVariables
from shared.settings.variables.oidc import OidcVariables
from shared.settings.variables.tickets import TicketVariables
from shared.settings.variables.uploads import CallbackVariables, UploadVariables
from shared.validation import Between, model

MAX_SECONDS = 32_400
"""The longest life of a URL, by this product's documentation."""
TtlSeconds = Annotated[int, Between(1, MAX_SECONDS)]
DurationSeconds = Annotated[int, Between(900, 43_200)]


@model
class BucketVariables:
    """Which bucket a function serves, and through which hosts."""

    oss_region: str
    """Region id of the bucket, such as `cn-hangzhou`."""
    oss_bucket: str
    """The one bucket that this function serves."""
    oss_endpoint: str | None = None
    """URL in place of the region's public endpoint; https under `aliyuncs.com`."""
    oss_internal_endpoint: str | None = None
    """URL in place of the region's internal endpoint, that `endpoint: internal` signs for."""
    oss_custom_domain: str | None = None
    """Host name, bound to the bucket, that `endpoint: custom` signs for; where set, the default."""
    oss_accelerate: bool = False
    """`true` makes `endpoint: accelerate` available; transfer acceleration is switched on in the bucket."""
    oss_default_endpoint: Literal["public", "custom", "accelerate", "internal"] | None = None
    """What serves whoever names no endpoint: `custom` where OSS_CUSTOM_DOMAIN is set, else `public`."""
    allow_insecure_endpoints: bool = False
    """`true` lets endpoints be plain http and any host: for the local demo only."""


@model
class PrefixVariables:
    """Which keys of the bucket are granted."""

    grant_read_prefixes: str | None = None
    """Comma-separated key prefixes to read; each ends in `/`, or is `*`; `{claim}` is a whole segment."""
    grant_write_prefixes: str | None = None
    """The same for uploads; the first is where server-chosen keys go."""
    grant_delete_prefixes: str | None = None
    """The same for DeleteObject."""


@model
class SessionVariables:
    """How STS is called, where it is."""

    sts_default_duration_seconds: DurationSeconds | None = None
    """Life of a session that does not ask for one; 3600, or the maximum where that is less."""
    sts_max_duration_seconds: DurationSeconds = 3600
    """Longest life of a session; not above the role's own maximum."""
    sts_external_id: str | None = None
    """External id that the role's trust policy asks for."""
    sts_endpoint: str | None = None
    """URL in place of the region's STS endpoint; https under `aliyuncs.com`."""
    sts_source_identity: bool = False
    """`true` sends the role session name as `SourceIdentity` too, which chained sessions keep."""
    sts_network: Literal["public", "vpc"] = "public"
    """`vpc` uses the region's STS endpoint for VPCs."""


@model
class LinkVariables:
    """How long links live, and with what they are signed."""

    ttl_default_seconds: TtlSeconds | None = None
    """Lifetime of a URL that does not ask for one; 1200, or the maximum where that is less."""
    ttl_max_seconds: TtlSeconds = 3600
    """Longest lifetime that may be asked for."""
    signing_role_arn: str | None = None
    """Role whose narrowed, cached sessions sign, in place of the function's own role."""
    signing_session: Literal["caller", "deployment", "function"] | None = None
    """Whose session signs: `caller`, narrowed to the caller's prefixes (default beside a claim in a prefix);
    `deployment`, one for all (default beside a role); `function`, the function's own role (else)."""


@model
class LimitVariables:
    """What bounds every grant, and further grant scopes by name."""

    grant_profiles: str | None = None
    """JSON object of further grant scopes by name: `{"avatars": {"write_prefixes": ["avatars/{sub}/"]}}`."""
    grant_operations: str | None = None
    """Comma-separated operations that may be asked for; unset: all that the prefixes grant."""
    grant_max_size_bytes: Annotated[int, Between(1, 10**15)] | None = None
    """Ceiling of every upload, by whatever way; unset: 5 GiB a request, which is OSS's own."""
    grant_tagging: bool = False
    """`true` lets `tagging` be asked for, and adds its permission to roles and sessions."""


@model
class CdnVariables:
    """A CDN in front of the bucket, for reads."""

    cdn_domain: str | None = None
    """Host name of Alibaba Cloud CDN in front of the bucket, that `endpoint: cdn` signs for."""
    cdn_signing: Literal["a", "b", "c"] | None = None
    """Type of its URL signing."""
    cdn_key: str | None = None
    """Key of its URL signing, 6 to 128 letters and digits; a secret."""
    cdn_validity_seconds: Annotated[int, Between(1, 31_536_000)] = 1800
    """Validity of signed URLs as the CDN's console says; with another value URLs end when nobody expects."""
    read_endpoint: Literal["cdn"] | None = None
    """`cdn` makes it the default of GetObject, HeadObject and event links."""


@model
class OfferVariables:
    """What may be asked of presigned requests beyond operation and key."""

    grant_content_types: str | None = None
    """Comma-separated media types, `image/*` style; unset: anything but active content."""
    grant_forbid_overwrite: bool = True
    """`true` signs `x-oss-forbid-overwrite` into every upload; void if the bucket keeps or kept versions."""
    grant_process_styles: str | None = None
    """Comma-separated names of image styles that `process` may ask for."""
    grant_versions: bool = False
    """`true` lets `version_id` be asked for."""


@model
class DownloadVariables:
    """How downloads show in a browser."""

    grant_downloads: Literal["safe", "typed", "as-stored"] = "safe"
    """`safe`: a download, not a page. `typed`: a passive type by the key's extension, else a download; OSS
    refuses it at its own endpoints. `as-stored`: as it was stored."""


@model
class IssuingVariables:
    """Whose sessions are issued, and what for."""

    sts_role_arn: str
    """Role that callers get a narrowed session of."""
    sts_default_permission: StsPermission = "read"
    """What a session may do that does not ask for a permission."""


_CALLERS = (ClaimVariables, IdentityVariables, CorsVariables, OidcVariables)
_PRESIGNING = (
    *(BucketVariables, PrefixVariables, LimitVariables, OfferVariables, UploadVariables, TicketVariables),
    *(DownloadVariables, LinkVariables, CdnVariables, SessionVariables),
)

FUNCTIONS: dict[str, tuple[type, ...]] = {
    "presign": (*_PRESIGNING, *_CALLERS),
    "sts": (
        *(BucketVariables, PrefixVariables, LimitVariables, IssuingVariables, SessionVariables),
        *_CALLERS,
    ),
    "presign_on_event": (
        *(BucketVariables, PrefixVariables, DownloadVariables),
        *(LinkVariables, CdnVariables, SessionVariables),
    ),
    "on_upload": (BucketVariables, UploadVariables, CallbackVariables),
    # A ticket says whose it is: this function verifies nobody.
    "ticket": (*_PRESIGNING, IssuingVariables, ClaimVariables, CorsVariables),
}
"""The variables that each function reads, by group."""
