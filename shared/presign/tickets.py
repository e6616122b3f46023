"""Tickets as ``presign`` makes them, for callers to pass on, and calls them back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from shared.errors import AccessDenied, InvalidRequest, StoreUnavailable
from shared.fc.identity import Caller
from shared.fc.times import timestamp
from shared.grants.scopes import check_profile_name, scope_of
from shared.grants.ticket_decision import TicketGrant, authorize_ticket
from shared.grants.tickets import ID_BYTES, MAX_TICKET_CHARACTERS, Ticket, TicketRequest, opened
from shared.presign.granting import PresignCall
from shared.redemptions.port import Redemptions
from shared.redemptions.stores import store_at
from shared.seals.keys import base64url
from shared.seals.sealing import BrokenSeal
from shared.settings.tickets import TicketPolicy
from shared.validation import checked_fields, model


@model
class RevokeRequest:
    """One ticket to call back, as a client asks for it."""

    operation: Literal["RevokeTicket"]
    """`RevokeTicket`."""
    ticket: str
    """The ticket, or its URL."""


TicketAsked = TicketRequest | RevokeRequest


def ticket_asked(fields: Mapping[str, Any]) -> TicketAsked:
    """Return which ticket a JSON object asks for, or asks to call back; raises ``InvalidRequest``."""
    if fields["operation"] == "RevokeTicket":
        return checked_fields(RevokeRequest, fields)
    asked = checked_fields(TicketRequest, fields)
    check_profile_name(asked.profile)
    return asked


def ticket_answer(asked: TicketAsked, *, caller: Caller, call: PresignCall) -> dict[str, Any]:
    """Return the document that answers what is asked about a ticket, or raise the first refusal."""
    policy = call.settings.tickets
    if policy is None:
        raise InvalidRequest("operation: this deployment makes no tickets")
    if isinstance(asked, TicketRequest):
        return _minted(asked, policy, caller=caller, call=call)
    return _revoked(asked, policy, caller=caller, call=call)


def _minted(
    asked: TicketRequest, policy: TicketPolicy, *, caller: Caller, call: PresignCall
) -> dict[str, Any]:
    _check_store(asked, policy)
    grant = authorize_ticket(
        asked,
        claims=caller.claims,
        grant_scope=scope_of(asked.profile, call.settings.bucket.scopes),
        ttl_policy=call.settings.links.ttl_policy,
        longest_link=policy.longest_link,
        now=call.now,
        id=base64url(os.urandom(ID_BYTES)),
        at_most=caller.life_left(call.now),
    )
    text = grant.ticket.sealed(policy.keys)
    if len(text) > MAX_TICKET_CHARACTERS:
        raise InvalidRequest(
            f"key: the ticket takes at most {MAX_TICKET_CHARACTERS} characters; shorten key, prefix or name"
        )
    document = _document(grant)
    call.trail.granted(caller=caller.claims, **caller.facts, **_facts(grant.ticket), **document)
    return document if asked.dry_run else {**document, "url": policy.url_of(text)}


def _check_store(asked: TicketRequest, policy: TicketPolicy) -> None:
    if asked.uses is None and not asked.revocable:
        return
    if policy.store is None:
        name = "revocable" if asked.uses is None else "uses"
        raise InvalidRequest(f"{name}: this deployment does not keep what has become of tickets")
    if (asked.uses or 0) > policy.store.most_uses:
        raise InvalidRequest(f"uses: at most {policy.store.most_uses}, where this deployment counts them")


def _document(grant: TicketGrant) -> dict[str, Any]:
    ticket = grant.ticket
    document = {
        "operation": "Ticket",
        "id": ticket.id,
        "expires_at": timestamp(ticket.ends_at),
        "expires_in": int(grant.expires_in.total_seconds()),
        "limited_by": grant.limited_by,
    }
    return document if ticket.uses is None else {**document, "uses": ticket.uses}


def _facts(ticket: Ticket) -> dict[str, Any]:
    """Return what the audit says that a ticket is for."""
    facts = {
        "allow": list(ticket.allow),
        "permission": ticket.permission,
        "profile": ticket.profile,
        "key": ticket.key,
        "prefix": ticket.prefix,
        "revocable": ticket.is_revocable,
    }
    return {name: fact for name, fact in facts.items() if fact}


def _revoked(
    asked: RevokeRequest, policy: TicketPolicy, *, caller: Caller, call: PresignCall
) -> dict[str, Any]:
    try:
        ticket = opened(asked.ticket.removeprefix(policy.url_of("")), keys=policy.keys, now=call.now)
    except BrokenSeal:
        raise InvalidRequest("ticket: none that this deployment made, or over") from None
    if ticket.claims != caller.claims:
        raise AccessDenied("ticket: made for another caller")
    return called_back(ticket, caller=caller, call=call)


def called_back(ticket: Ticket, *, caller: Caller, call: PresignCall) -> dict[str, Any]:
    """Return the document that says so, once the ticket is called back for good; or raise the refusal."""
    if not ticket.is_revocable:
        raise InvalidRequest("ticket: cannot be called back, as it was not minted with revocable")
    document = {"operation": "RevokeTicket", "id": ticket.id}
    store_of(call).revoke(ticket.id, ends_at=ticket.ends_at)
    call.trail.granted(caller=caller.claims, **caller.facts, **document)
    return document


def store_of(call: PresignCall) -> Redemptions:
    """Return what keeps the fate of tickets; raises ``StoreUnavailable`` where nothing does any longer."""
    policy = call.settings.tickets
    if policy is None or policy.store is None:
        raise StoreUnavailable(reason="TICKET_CLAIMS is not set")
    return store_at(policy.store, credentials=call.credentials, now=call.now)
