"""The operation of ``presign_on_event``: a download link for each new object that the grant scope allows.

Events are delivered at least once. The same event gives the same link while that is fresh and the same
credentials sign: a link is signed as of its event's time as long as that leaves at least half of its life.

The result goes to the asynchronous destination. A link takes about 2 KB there with a security token, so that
a queue, whose messages end at 64 KB in base64, takes 20: let no batch or payload name more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.errors import AccessDenied, InvalidRequest
from shared.fc.audit import Trail
from shared.fc.frame import Call
from shared.fc.signers import signing_credentials
from shared.fc.times import timestamp
from shared.grants.claims import VerifiedClaims
from shared.grants.decision import Grant, authorize, grant_of
from shared.grants.operations import PresignRequest
from shared.presign_on_event.events import Unreadable, records
from shared.presign_on_event.records import ObjectRecord
from shared.settings.functions import PresignOnEventSettings
from shared.signing import PresignedUrl, presign
from shared.signing.cdn import sign_for_cdn

EventCall = Call[PresignOnEventSettings]

NOBODY = VerifiedClaims({})
"""No caller stands behind an event, so no claims fill a prefix."""


def links(event: bytes, call: EventCall) -> dict[str, list[dict[str, Any]]]:
    """Return links, what was skipped, and what could not be read; nothing else is swallowed.

    Raises ``UnknownEvent`` for an event of no known shape, and what STS or the settings raise, so that the
    platform tries again and then delivers to ``onFailure``.
    """
    result: dict[str, list[dict[str, Any]]] = {"links": [], "skipped": [], "failed": []}
    for record in records(event, request_id=call.trail.request_id):
        if isinstance(record, Unreadable):
            result["failed"].append(_failed(record, trail=call.trail))
            continue
        try:
            grant = _granted(record, call)
        except (AccessDenied, InvalidRequest) as refusal:
            result["skipped"].append(_skipped(record, reason=str(refusal), trail=call.trail))
        else:
            result["links"].append(_link(record, grant, call))
    return result


def _granted(record: ObjectRecord, call: EventCall) -> Grant:
    """Return the grant to download the object; raises ``AccessDenied`` or ``InvalidRequest``."""
    settings = call.settings
    _check_origin(record, bucket=settings.bucket.grant_scope.bucket, account_id=call.runtime.account_id)
    permitted = authorize(
        PresignRequest(operation="GetObject", key=record.key),
        claims=NOBODY,
        grant_scope=settings.bucket.grant_scope,
        ttl_policy=settings.links.ttl_policy,
    )
    return grant_of(permitted)


def _failed(record: Unreadable, *, trail: Trail) -> dict[str, Any]:
    # Not every call has a destination that keeps the result: the log says it too.
    trail.refused(record.error, index=record.index)
    return {"index": record.index, "Code": record.error.code, "Message": str(record.error)}


def _skipped(record: ObjectRecord, *, reason: str, trail: Trail) -> dict[str, Any]:
    trail.skipped(reason, event_id=record.event_id, key=record.key, bucket=record.bucket)
    return {"event_id": record.event_id, "key": record.key, "reason": reason}


def _link(record: ObjectRecord, grant: Grant, call: EventCall) -> dict[str, Any]:
    signed, signed_by = _signed(record, grant, call)
    expires_at = timestamp(signed.expires_at)
    call.trail.granted(
        operation="GetObject",
        event_id=record.event_id,
        bucket=grant.bucket,
        key=grant.key,
        expires_at=expires_at,
        limited_by=signed.limited_by,
        **signed_by,
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


def _signed(record: ObjectRecord, grant: Grant, call: EventCall) -> tuple[PresignedUrl, dict[str, str]]:
    """Return the link, and what signed it."""
    settings, life = call.settings, grant.expires_in
    now = signing_time(record.time, life=life, now=call.now)
    if settings.links.reads_by_cdn and settings.links.cdn is not None:
        cdn = settings.links.cdn
        link = sign_for_cdn(grant.key, cdn=cdn, method="GET", expires_in=life, now=now)
        return link, {"cdn": cdn.domain}
    credentials = signing_credentials(call, settings.bucket.grant_scope, claims=NOBODY, good_for=life)
    link = presign(
        grant.object_request,
        endpoint=settings.bucket.endpoint,
        credentials=credentials,
        expires_in=life,
        now=now,
    )
    return link, {"access_key_id": credentials.access_key_id}


def signing_time(event_time: datetime | None, *, life: timedelta, now: datetime) -> datetime:
    """Return the event's time if a link of that ``life`` still has half of it left; else ``now``."""
    if event_time is None or not event_time <= now <= event_time + life / 2:
        return now
    return event_time


def _check_origin(record: ObjectRecord, *, bucket: str, account_id: str) -> None:
    if not record.names_an_object:
        raise InvalidRequest("event: not about a new object")
    if record.bucket not in (None, bucket):
        raise AccessDenied("event: about another bucket")
    if record.account_id is not None and account_id and record.account_id != account_id:
        raise AccessDenied("event: about another account")
