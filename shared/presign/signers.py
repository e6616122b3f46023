"""What a grant is signed with, for and when: credentials for an endpoint of OSS, or the key of a CDN."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from shared.errors import InvalidRequest
from shared.fc.frame import Call
from shared.fc.signers import signing_credentials
from shared.grants.claims import VerifiedClaims
from shared.grants.decision import Permit
from shared.grants.operations import PresignRequest
from shared.settings.functions import PresignSettings
from shared.signing import Credentials, Endpoint
from shared.signing.cdn import Cdn

_READS = ("GetObject", "HeadObject")
_UNSIGNABLE = ("response", "download_as", "process", "version_id", "traffic_limit")


class OssSigner(NamedTuple):
    """Credentials that sign for an endpoint of OSS."""

    endpoint: Endpoint
    credentials: Credentials
    now: datetime


class CdnSigner(NamedTuple):
    """A CDN whose key signs; no session is needed."""

    cdn: Cdn
    now: datetime


Signer = OssSigner | CdnSigner


def place(asked: PresignRequest, settings: PresignSettings) -> Endpoint | Cdn:
    """Return what is signed for; raises ``InvalidRequest`` for what this deployment, or a CDN, cannot do."""
    bucket, links = settings.bucket, settings.links
    if asked.endpoint == "cdn" and links.cdn is not None:
        refusal = _unsignable(asked)
        if refusal is not None:
            raise InvalidRequest(refusal)
        return links.cdn
    if asked.endpoint is None and links.reads_by_cdn and links.cdn and _unsignable(asked) is None:
        return links.cdn
    name = asked.endpoint or bucket.default_endpoint
    if name not in bucket.endpoints:
        raise InvalidRequest("endpoint: this deployment does not have it")
    return bucket.endpoints[name]


def _unsignable(asked: PresignRequest) -> str | None:
    """Return why a CDN cannot serve a request, or None: it signs nothing but the path."""
    if asked.operation not in _READS:
        return f"endpoint: cdn serves {' and '.join(_READS)} only"
    given = [field for field in _UNSIGNABLE if getattr(asked, field) is not None]
    return f"{given[0]}: cannot be signed for the CDN; ask for another endpoint" if given else None


def signer_of(
    permitted: Permit,
    where: Endpoint | Cdn,
    *,
    claims: VerifiedClaims,
    call: Call[PresignSettings],
) -> Signer:
    """Return what signs what was permitted; for OSS, a session that can do no more than this caller."""
    if isinstance(where, Cdn):
        return CdnSigner(cdn=where, now=call.now)
    credentials = signing_credentials(
        call, permitted.grant_scope, claims=claims, good_for=permitted.expires_in
    )
    return OssSigner(endpoint=where, credentials=credentials, now=call.now)
