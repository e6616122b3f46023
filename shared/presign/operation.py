"""The operation of ``presign``: from fields to URLs, forms, part URLs and tickets, each with its true end."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.errors import InvalidRequest, ServiceError
from shared.fc.http import Reply
from shared.fc.identity import Caller, caller_of, take_stated_claims, trail_of
from shared.fc.invocation import Invocation, check_method, fields_of
from shared.grants.operations import PresignRequest
from shared.presign.bodies import answered, asked_for, read_body
from shared.presign.granting import PresignCall, granted
from shared.presign.payload import presign_query, presign_request, take_redirect

if TYPE_CHECKING:
    from shared.presign.tickets import TicketAsked

METHODS = ("GET", "POST")

MAX_LOCATION_BYTES = 7 * 1024
"""Below the 8 KB that all headers of an answer may take (Function Compute, limits)."""

_ABOUT_TICKETS = ("Ticket", "RevokeTicket")


def operate(invocation: Invocation, call: PresignCall) -> Reply:
    """Return the answer of one invocation: one URL, form or ticket, many part URLs, or a batch."""
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
        trail_of(known, call).refused(error, **asked_for(fields))
        raise


def _answer_get(
    fields: dict[str, Any], invocation: Invocation, call: PresignCall, known: list[Caller]
) -> Reply:
    redirect = take_redirect(fields)
    asked = presign_query(fields)
    document = granted(asked, caller=_caller(invocation, call, known, stated=None), call=call)
    if not redirect or asked.dry_run:
        return Reply(document=document)
    return redirected(document)


def redirected(document: Mapping[str, Any], *, status: int = 302) -> Reply:
    """Return the answer that sends a client on to the URL of ``document``."""
    if len(document["url"]) > MAX_LOCATION_BYTES:
        raise InvalidRequest("redirect: this URL is too long for a header; ask without redirect")
    return Reply(status=status, text="", headers={"Location": document["url"]})


def _answer_post(
    fields: dict[str, Any], invocation: Invocation, call: PresignCall, known: list[Caller]
) -> Reply:
    stated = take_stated_claims(fields, policy=call.settings.caller.identity)
    body = read_body(fields, read=_read)
    caller = _caller(invocation, call, known, stated=stated)
    return answered(body, grant=partial(_answer, caller=caller, call=call), caller=caller, call=call)


def _read(fields: Mapping[str, Any]) -> PresignRequest | TicketAsked:
    if fields.get("operation") not in _ABOUT_TICKETS:
        return presign_request(fields)
    # Most calls are about URLs, and start without what is about tickets.
    from shared.presign.tickets import ticket_asked

    return ticket_asked(fields)


def _answer(asked: PresignRequest | TicketAsked, *, caller: Caller, call: PresignCall) -> dict[str, Any]:
    if isinstance(asked, PresignRequest):
        return granted(asked, caller=caller, call=call)
    from shared.presign.tickets import ticket_answer

    return ticket_answer(asked, caller=caller, call=call)


def _caller(
    invocation: Invocation, call: PresignCall, known: list[Caller], *, stated: Mapping[str, Any] | None
) -> Caller:
    """Return who calls, noted in ``known``; one whose token leaves no second gets no URL (401)."""
    caller = caller_of(invocation, call, stated=stated)
    known.append(caller)
    caller.life_left(call.now)
    return caller
