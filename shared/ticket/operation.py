"""The operation of ``ticket``: whoever bears a ticket gets what it allows, by the path behind it.

Answers and log lines never hold a ticket: its id stands for it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from shared.errors import InvalidRequest, MethodNotAllowed, NotFound, ServiceError, Unauthenticated
from shared.fc.http import Reply, code_and_message, refusal
from shared.fc.identity import Caller, trail_of
from shared.fc.invocation import Invocation, check_method, fields_of
from shared.presign.bodies import answered, asked_for, read_body
from shared.presign.tickets import called_back
from shared.strict_json import write
from shared.sts.operation import refuse as refuse_credentials
from shared.ticket.credentials import credentials
from shared.ticket.links import follow, look
from shared.ticket.opening import Opened, TicketCall, check_standing, open_ticket
from shared.ticket.page import asking, refusing
from shared.ticket.within import granted_within, request_of

METHODS = ("GET", "HEAD", "POST", "DELETE")

_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""The address is the permission: it goes to no other site, and into no index."""


def operate(invocation: Invocation, call: TicketCall) -> Reply:
    """Return the answer of one invocation."""
    fields: dict[str, Any] = {}
    known: list[Caller] = []
    try:
        check_method(invocation, allow=METHODS)
        opened = open_ticket(invocation, call)
        known.append(opened.caller)
        check_standing(opened)
        return _private(_answer(opened, invocation, fields))
    except ServiceError as error:
        trail_of(known, call).refused(error, **asked_for(fields))
        raise


def refuse(error: ServiceError, invocation: Invocation, request_id: str) -> Reply:
    """Return the answer for a refused request; ``format=mobile`` reads failures from HTTP 200 only."""
    chosen = refuse_credentials if invocation.method == "GET" else refusal
    reply = chosen(error, invocation, request_id)
    if "/s3/" in invocation.unverified_path and not isinstance(error, Unauthenticated):
        # Companion's name for the text; whatever is wrong with a ticket is one answer on all paths.
        reply = reply._replace(document={**reply.document, "error": code_and_message(error)["Message"]})
    reply = refusing(reply, invocation)
    return _private(reply._replace(text="") if invocation.method == "HEAD" else reply)


def _private(reply: Reply) -> Reply:
    return reply._replace(headers={**reply.headers, **_PRIVATE})


def _answer(opened: Opened, invocation: Invocation, fields: dict[str, Any]) -> Reply:
    if opened.path == "":
        return _open(opened, invocation)
    if opened.path == "/presign":
        return _presign(opened, invocation, fields)
    if opened.path.startswith("/s3/"):
        return _companion(opened, invocation)
    raise NotFound("nothing is answered at this path")


def _companion(opened: Opened, invocation: Invocation) -> Reply:
    # Most tickets are links: they open without what Uppy needs.
    from shared.ticket.companion import companion

    answer = companion(opened, invocation)
    return Reply(document=answer) if isinstance(answer, dict) else Reply(text=write(answer))


def _open(opened: Opened, invocation: Invocation) -> Reply:
    if invocation.method == "DELETE":
        return Reply(document=called_back(opened.ticket, caller=opened.caller, call=opened.deployment))
    if opened.ticket.permission is None:
        if invocation.method == "HEAD":
            return look(opened)
        if invocation.method == "GET" and opened.ticket.uses is not None and not opened.ticket.is_direct:
            look(opened)
            return asking(opened.ticket, invocation)
        # 303 has the browser that POSTed GET what it is sent to.
        return follow(opened, status=303 if invocation.method == "POST" else 302)
    check_method(invocation, allow=("GET", "HEAD", "DELETE"))
    return Reply(text="") if invocation.method == "HEAD" else credentials(opened, invocation)


def _presign(opened: Opened, invocation: Invocation, fields: dict[str, Any]) -> Reply:
    """Return what ``/presign`` would, within the ticket."""
    if invocation.method != "POST":
        raise MethodNotAllowed(allow=("POST",))
    fields.update(fields_of(invocation))
    if opened.ticket.uses is not None and "items" in fields:
        raise InvalidRequest("items: a ticket that is counted answers one request at a time")
    body = read_body(fields, read=partial(request_of, ticket=opened.ticket))
    return answered(
        body, grant=partial(granted_within, opened=opened), caller=opened.caller, call=opened.call
    )
