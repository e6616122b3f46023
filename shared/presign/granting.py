"""Granting: decide, then sign, then say so, in the answer and in the audit trail."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from shared.fc.frame import Call
from shared.fc.identity import Caller
from shared.grants.decision import Grant, Permit, authorize, grant_of
from shared.grants.objects.keys import ENTROPY_BYTES, check_key
from shared.grants.operations import PresignRequest
from shared.grants.scopes import GrantScope, scope_of
from shared.presign.answers import answer, url_count
from shared.presign.callbacks import ID_BYTES, callback_of, check_reference, reports_back
from shared.presign.signers import CdnSigner, OssSigner, Signer, place, signer_of
from shared.settings.bucket.settings import BucketSettings
from shared.settings.functions import PresignSettings
from shared.signing.credentials import lifetime

PresignCall = Call[PresignSettings]


def _uncounted() -> None:
    """Let everything pass: only some tickets are counted."""


def granted(
    asked: PresignRequest, *, caller: Caller, call: PresignCall, count: Callable[[], None] = _uncounted
) -> dict[str, Any]:
    """Return the document that answers what is asked, or raise the first refusal.

    ``count`` is called for each answer that is signed, before anybody gets it; what it raises is the refusal.
    """
    grant, signer = decided(asked, caller=caller, call=call)
    document = answer(grant, signer=signer)
    if not asked.dry_run:
        count()
    call.trail.granted(
        caller=caller.claims,
        **caller.facts,
        operation=asked.operation,
        **({} if asked.profile is None else {"profile": asked.profile}),
        bucket=grant.bucket,
        key=grant.key,
        expires_at=document["expires_at"],
        limited_by=document["limited_by"],
        **_signed_by(signer),
        urls=0 if asked.dry_run else url_count(asked),
    )
    return document


def decided(asked: PresignRequest, *, caller: Caller, call: PresignCall) -> tuple[Grant, Signer]:
    """Return the grant for what is asked, complete, and what signs it; or raise the first refusal."""
    bucket, links = call.settings.bucket, call.settings.links
    check_reference(asked, call.settings.completion)
    where = place(asked, call.settings)
    scope = _scope(asked, bucket)
    permitted = authorize(
        asked,
        claims=caller.claims,
        grant_scope=scope,
        ttl_policy=links.ttl_policy,
        entropy=os.urandom(ENTROPY_BYTES) if asked.key is None else b"",
        at_most=caller.life_left(call.now),
    )
    signer = signer_of(permitted, where, claims=caller.claims, call=call)
    return grant_of(permitted, callback=_callback(permitted, signer, caller=caller, call=call)), signer


def _callback(permitted: Permit, signer: Signer, *, caller: Caller, call: PresignCall) -> str | None:
    """Return what tells us of a finished upload, where this deployment wants to know."""
    completion = call.settings.completion
    if completion is None or isinstance(signer, CdnSigner) or not reports_back(permitted.asked):
        return None
    ends_at, _ = lifetime(permitted.expires_in, credentials=signer.credentials, now=call.now)
    return callback_of(
        permitted, completion, claims=caller.claims, ends_at=ends_at, entropy=os.urandom(ID_BYTES)
    )


def _signed_by(signer: Signer) -> dict[str, str]:
    if isinstance(signer, OssSigner):
        return {"access_key_id": signer.credentials.access_key_id}
    return {"cdn": signer.cdn.domain}


def _scope(asked: PresignRequest, bucket: BucketSettings) -> GrantScope:
    """Return the scope that is asked for; a malformed key is refused before a profile that is not there."""
    if asked.profile not in bucket.scopes and asked.key is not None:
        check_key(asked.key)
    return scope_of(asked.profile, bucket.scopes)
