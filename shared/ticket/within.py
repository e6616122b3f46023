"""Requests within a ticket: what it decides is filled in, and what it does not allow is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from shared.errors import AccessDenied, Gone
from shared.grants.objects.keys import ENTROPY_BYTES, check_key, key_for_filename
from shared.grants.operations import OPERATIONS, PresignRequest
from shared.grants.tickets import Ticket
from shared.presign.granting import PresignCall, granted
from shared.presign.payload import presign_request
from shared.presign.tickets import store_of
from shared.ticket.opening import Opened
from shared.values import replaced


def request_of(fields: Mapping[str, Any], ticket: Ticket) -> PresignRequest:
    """Return what a JSON object asks for; a ticket for one key names it. Raises ``InvalidRequest``."""
    if fields.get("operation") in ("Ticket", "RevokeTicket"):
        raise AccessDenied("operation: a ticket makes no tickets, and calls none back")
    names_key = ticket.key is None or not fields.keys().isdisjoint(("key", "filename"))
    return presign_request(fields if names_key else {**fields, "key": ticket.key})


def granted_within(asked: PresignRequest, opened: Opened) -> dict[str, Any]:
    """Return the document that answers what is asked within a ticket, or raise the first refusal.

    Of a ticket that is counted each signed answer takes a use, and a refusal none.
    """
    return granted_as_asked(within(asked, opened.ticket), opened)


def granted_as_asked(asked: PresignRequest, opened: Opened) -> dict[str, Any]:
    """Return the same for a request that the ticket itself has filled in."""
    call = opened.presign
    return granted(
        asked,
        caller=opened.caller,
        call=call,
        count=partial(_count, opened.ticket, call),
    )


def _count(ticket: Ticket, call: PresignCall) -> None:
    if ticket.uses is not None and not store_of(call).take(
        ticket.id, uses=ticket.uses, ends_at=ticket.ends_at
    ):
        raise Gone("ticket: used up")


def within(asked: PresignRequest, ticket: Ticket) -> PresignRequest:
    """Return the request as the ticket has it; raises ``AccessDenied`` for what is beyond the ticket.

    Operations and sizes are held to the narrowed scope, lifetimes to the ticket's end.
    """
    if asked.profile not in (None, ticket.profile):
        raise AccessDenied("profile: not granted")
    if asked.version_id is not None:
        raise AccessDenied("version_id: a ticket is for the object as it is")
    return replaced(
        asked, profile=ticket.profile, key=_key(asked, ticket), filename=None, **_content(asked, ticket)
    )


def _key(asked: PresignRequest, ticket: Ticket) -> str:
    if asked.key is None:
        if ticket.prefix is None:
            raise AccessDenied("filename: the ticket is for one key")
        entropy = os.urandom(ENTROPY_BYTES)
        return key_for_filename(asked.filename or "", prefix=ticket.prefix, entropy=entropy)
    is_within = asked.key == ticket.key or (ticket.prefix is not None and asked.key.startswith(ticket.prefix))
    if not is_within:
        check_key(asked.key)
        raise AccessDenied("key: outside what the ticket is for")
    return asked.key


def _content(asked: PresignRequest, ticket: Ticket) -> dict[str, Any]:
    """Return type and name as the ticket decides them, where they belong to what is asked."""
    belonging = OPERATIONS[asked.operation].fields
    decided = {"content_type": ticket.content_type, "download_as": ticket.download_as}
    fields = {name: text for name, text in decided.items() if text is not None and name in belonging}
    for name, text in fields.items():
        if getattr(asked, name) not in (None, text):
            raise AccessDenied(f"{name}: the ticket names another one")
    if "download_as" in fields and asked.response and asked.response.content_disposition is not None:
        raise AccessDenied("response.content_disposition: the ticket names the file")
    return fields
