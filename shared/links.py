"""The operation of ``presign_on_event``: a download link for each new object that the grant scope allows.

The same event gives the same link while that is fresh: events are delivered at least once, and a link is
signed as of its event's time as long as that leaves at least half of its life.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.answers import timestamp
from shared.audit import Trail
from shared.errors import AccessDenied, InvalidRequest
from shared.events import CREATED, Malformed, ObjectRecord, records
from shared.grants import authorize
from shared.operations import PresignRequest
from shared.prefixes import VerifiedClaims
from shared.settings import PresignOnEventSettings
from shared.signing import Credentials, presign

NOBODY = VerifiedClaims({})
"""No caller stands behind an event, so no claims fill a prefix."""

_MALFORMED = "InvalidArgument"

CredentialsFor = Callable[[VerifiedClaims, timedelta], Credentials]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is known of one delivery of an event."""

    settings: PresignOnEventSettings
    credentials_for: CredentialsFor
    account_id: str
    trail: Trail
    now: datetime


def links(event: bytes, delivery: Delivery) -> dict[str, list[dict[str, Any]]]:
    """Return links, what was skipped, and what could not be read; nothing else is swallowed.

    Raises ``UnknownEvent`` for an event of no known shape, and what STS or the settings raise, so that the
    platform tries again and then delivers to ``onFailure``.
    """
    result: dict[str, list[dict[str, Any]]] = {"links": [], "skipped": [], "failed": []}
    for record in records(event):
        if isinstance(record, Malformed):
            result["failed"].append({"index": record.index, "Code": _MALFORMED, "Message": record.rule})
            continue
        try:
            result["links"].append(_link(record, delivery))
        except (AccessDenied, InvalidRequest) as refusal:
            reason = str(refusal)
            delivery.trail.skipped(reason, event_id=record.event_id, key=record.key, bucket=record.bucket)
            result["skipped"].append({"event_id": record.event_id, "key": record.key, "reason": reason})
    return result


def _link(record: ObjectRecord, delivery: Delivery) -> dict[str, Any]:
    bucket, ttl_policy = delivery.settings.bucket, delivery.settings.links.ttl_policy
    _check_origin(record, bucket=bucket.grant_scope.bucket, account_id=delivery.account_id)
    grant = authorize(
        PresignRequest(operation="GetObject", key=record.key),
        claims=NOBODY,
        grant_scope=bucket.grant_scope,
        ttl_policy=ttl_policy,
    )
    credentials = delivery.credentials_for(NOBODY, grant.expires_in)
    signed = presign(
        grant.object_request,
        endpoint=bucket.endpoints["public"],
        credentials=credentials,
        expires_in=grant.expires_in,
        now=signing_time(record.time, life=grant.expires_in, now=delivery.now),
    )
    expires_at = timestamp(signed.expires_at)
    delivery.trail.granted(
        operation="GetObject",
        event_id=record.event_id,
        bucket=grant.bucket,
        key=grant.key,
        expires_at=expires_at,
        limited_by=signed.limited_by,
        access_key_id=credentials.access_key_id,
    )
    return {
        "event_id": record.event_id,
        "bucket": grant.bucket,
        "key": grant.key,
        "size": record.size,
        "etag": record.etag,
        "method": signed.method,
        "url": signed.url,
        "expires_at": expires_at,
    }


def signing_time(event_time: datetime | None, *, life: timedelta, now: datetime) -> datetime:
    """Return the event's time if a link of that ``life`` still has half of it left; else ``now``."""
    if event_time is None or not event_time <= now <= event_time + life / 2:
        return now
    return event_time


def _check_origin(record: ObjectRecord, *, bucket: str, account_id: str) -> None:
    if not record.name.startswith(CREATED):
        raise InvalidRequest("event: not about a new object")
    if record.bucket not in (None, bucket):
        raise AccessDenied("event: about another bucket")
    if record.account_id is not None and account_id and record.account_id != account_id:
        raise AccessDenied("event: about another account")
