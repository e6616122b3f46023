"""What a presign answer says: where to send what, until when it works, and which limit decided that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.grants import Grant, LimitedBy
from shared.operations import OPERATIONS, PresignRequest
from shared.signing import (
    Credentials,
    Endpoint,
    ObjectRequest,
    PostPolicy,
    presign,
    presign_parts,
    sign_post_policy,
)
from shared.signing.lifetime import lifetime

_REFRESH_MARGIN = timedelta(seconds=60)
_BODIES = {"PutObject", "UploadPart", "PostObject"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """What a grant is signed with, for and when."""

    endpoint: Endpoint
    credentials: Credentials
    now: datetime


def answer(grant: Grant, *, signer: Signer) -> dict[str, Any]:
    """Return the document that answers a grant; a dry run's has everything but the signature."""
    asked, now = grant.asked, signer.now
    expires_at, cut = lifetime(grant.expires_in, credentials=signer.credentials, now=now)
    document = {
        "operation": asked.operation,
        "method": OPERATIONS[asked.operation].method,
        **({} if asked.dry_run else _signed(grant, signer)),
        "headers": {} if isinstance(grant.signable, PostPolicy) else dict(grant.signable.headers),
        "bucket": grant.bucket,
        "key": grant.key,
        **times(expires_at, limited_by="credentials" if cut == "credentials" else grant.limited_by, now=now),
    }
    if asked.operation in _BODIES:
        document["size_enforced_by"] = _size_enforced_by(asked)
    return document


def times(expires_at: datetime, *, limited_by: LimitedBy, now: datetime) -> dict[str, Any]:
    """Return the members of an answer that speak of time; RFC 3339, UTC, whole seconds."""
    whole_now = now.replace(microsecond=0)
    life = expires_at - whole_now
    refresh_after = max(expires_at - max(life / 10, _REFRESH_MARGIN), whole_now)
    return {
        "expires_at": timestamp(expires_at),
        "expires_in": int(life.total_seconds()),
        "limited_by": limited_by,
        "refresh_after": timestamp(refresh_after),
        "server_time": timestamp(whole_now),
    }


def timestamp(moment: datetime) -> str:
    """Return ``YYYY-MM-DDTHH:MM:SSZ`` for an aware UTC moment."""
    return moment.isoformat()[:19] + "Z"


def url_count(asked: PresignRequest) -> int:
    """Return how many URLs the answer will hold in full."""
    return len(asked.part_numbers) if asked.part_numbers and not asked.compact else 1


def _signed(grant: Grant, signer: Signer) -> dict[str, Any]:
    """Return the members of an answer that only a signature can make."""
    endpoint, credentials, now = signer.endpoint, signer.credentials, signer.now
    if isinstance(grant.signable, PostPolicy):
        form = sign_post_policy(grant.signable, endpoint=endpoint, credentials=credentials, now=now)
        return {"url": form.url, "fields": dict(form.fields)}
    if grant.asked.part_numbers is not None:
        return _parts(grant.signable, grant.asked.part_numbers, grant, signer)
    url = presign(
        grant.signable, endpoint=endpoint, credentials=credentials, expires_in=grant.expires_in, now=now
    )
    return {"url": url.url}


def _parts(request: ObjectRequest, numbers: list[int], grant: Grant, signer: Signer) -> dict[str, Any]:
    parts = presign_parts(
        request,
        numbers,
        endpoint=signer.endpoint,
        credentials=signer.credentials,
        expires_in=grant.expires_in,
        now=signer.now,
    )
    if grant.asked.compact:
        return {"url_template": parts.url, "signatures": parts.signatures}
    return {"parts": [{"part_number": n, "url": url} for n, url in zip(numbers, parts.urls(), strict=True)]}


def _size_enforced_by(asked: PresignRequest) -> str:
    """Say who refuses a body of another size: a form's range, the signed Content-Length, or nobody."""
    if asked.operation == "PostObject":
        return "storage"
    return "nothing" if asked.content_length is None else "signature"
