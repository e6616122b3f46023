"""The operation of ``presign``: from fields to URLs, forms and part URLs, each with its true end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from shared.errors import InvalidRequest, ServiceError
from shared.fc.frame import Call
from shared.fc.http import STATUS, Reply, code_and_message
from shared.fc.identity import Caller, caller_of, take_stated_claims, trail_of
from shared.fc.invocation import Invocation, check_method, fields_of
from shared.grants.decision import Grant, authorize
from shared.grants.keys import ENTROPY_BYTES, check_key
from shared.grants.operations import PresignRequest
from shared.grants.scopes import GrantScope, scope_of
from shared.presign.answers import answer, answer_bytes, parts_as_json, refuse_beyond, url_count
from shared.presign.callbacks import ID_BYTES, check_reference, with_callback
from shared.presign.payload import batch_item, batch_items, presign_query, presign_request, take_redirect
from shared.presign.signers import CdnSigner, OssSigner, Signer, place, signer_of
from shared.settings.bucket import BucketSettings
from shared.settings.functions import PresignSettings
from shared.signing.credentials import lifetime

METHODS = ("GET", "POST")

PresignCall = Call[PresignSettings]

MAX_LOCATION_BYTES = 7 * 1024
"""Below the 8 KB that all headers of an answer may take (Function Compute, limits)."""


def operate(invocation: Invocation, call: PresignCall) -> Reply:
    """Return the answer of one invocation: one URL or form, many part URLs, or a batch."""
    fields: dict[str, Any] = {}
    known: list[Caller] = []
    try:
        check_method(invocation, allow=METHODS)
        if invocation.method == "GET":
            fields = dict(invocation.unverified_query)
            return _answer_get(fields, invocation, call, known)
        fields = fields_of(invocation)
        return _answer_post(fields, invocation, call, known)
    except ServiceError as error:
        trail_of(known, call).refused(error, **_asked_for(fields))
        raise


def _answer_get(
    fields: dict[str, Any], invocation: Invocation, call: PresignCall, known: list[Caller]
) -> Reply:
    redirect = take_redirect(fields)
    asked = presign_query(fields)
    document = _grant(asked, caller=_caller(invocation, call, known, stated=None), call=call)
    if not redirect or asked.dry_run:
        return Reply(document=document)
    if len(document["url"]) > MAX_LOCATION_BYTES:
        raise InvalidRequest("redirect: this URL is too long for a header; ask without redirect")
    return Reply(status=302, text="", headers={"Location": document["url"]})


def _answer_post(
    fields: dict[str, Any], invocation: Invocation, call: PresignCall, known: list[Caller]
) -> Reply:
    stated = take_stated_claims(fields, policy=call.settings.caller.identity)
    items = batch_items(fields)
    if items is None:
        asked = presign_request(fields)
        caller = _caller(invocation, call, known, stated=stated)
        return Reply(document=_grant(asked, caller=caller, call=call), writers={"parts": parts_as_json})
    read = [_read_item(item) for item in items]
    caller = _caller(invocation, call, known, stated=stated)
    answers, size = [], 0
    for each, item in zip(read, items, strict=True):
        answers.append(_answer_item(each, item, caller=caller, call=call))
        size += answer_bytes(answers[-1])
        refuse_beyond(size)
    return Reply(document={"items": answers})


def _caller(
    invocation: Invocation, call: PresignCall, known: list[Caller], *, stated: Mapping[str, Any] | None
) -> Caller:
    """Return who calls, noted in ``known``; one whose token leaves no second gets no URL (401)."""
    caller = caller_of(invocation, call, stated=stated)
    known.append(caller)
    caller.life_left(call.now)
    return caller


def _read_item(item: Any) -> PresignRequest | ServiceError:
    try:
        return batch_item(item)
    except InvalidRequest as error:
        return error


def _answer_item(
    read: PresignRequest | ServiceError, item: Any, *, caller: Caller, call: PresignCall
) -> dict[str, Any]:
    """Return an item's answer or refusal; what no item can help (STS down) ends the batch."""
    try:
        if isinstance(read, ServiceError):
            raise read
        return _grant(read, caller=caller, call=call)
    except ServiceError as error:
        if STATUS.get(type(error), 500) >= 429:
            raise
        trail_of([caller], call).refused(error, **_asked_for(item))
        return {"error": code_and_message(error)}


def _grant(asked: PresignRequest, *, caller: Caller, call: PresignCall) -> dict[str, Any]:
    """Decide, then sign, then say so: in the answer and in the audit trail."""
    bucket, links = call.settings.bucket, call.settings.links
    check_reference(asked, call.settings.completion)
    where = place(asked, call.settings)
    scope = _scope(asked, bucket)
    grant = authorize(
        asked,
        claims=caller.claims,
        grant_scope=scope,
        ttl_policy=links.ttl_policy,
        entropy=os.urandom(ENTROPY_BYTES) if asked.key is None else b"",
        at_most=caller.life_left(call.now),
    )
    signer = signer_of(grant, where, scope, claims=caller.claims, call=call)
    document = answer(_completed(grant, signer, scope, caller=caller, call=call), signer=signer)
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


def _completed(
    grant: Grant, signer: Signer, scope: GrantScope, *, caller: Caller, call: PresignCall
) -> Grant:
    """Return the grant with what tells us of the finished upload, where this deployment wants to know."""
    if call.settings.completion is None or isinstance(signer, CdnSigner):
        return grant
    ends_at, _ = lifetime(grant.expires_in, credentials=signer.credentials, now=call.now)
    return with_callback(
        grant,
        call.settings.completion,
        claims=caller.claims,
        rules=scope.content,
        ends_at=ends_at,
        entropy=os.urandom(ID_BYTES),
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


def _asked_for(fields: Any) -> dict[str, Any]:
    """Return what an audit line of a refusal says was asked for; unverified."""
    known = fields if isinstance(fields, dict) else {}
    names = ("operation", "profile", "key", "filename", "expires_in", "endpoint")
    return {name: known[name] for name in names if name in known}
