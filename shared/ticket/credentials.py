"""Credentials by ticket: the document of ``/sts``, for clients that are given nothing but an address."""

from __future__ import annotations

from shared.errors import InvalidRequest, Misconfigured
from shared.fc.http import Reply
from shared.fc.invocation import Invocation
from shared.fc.role_sessions import role_sessions
from shared.sessions.port import SHORTEST_SESSION
from shared.sts.documents import reply
from shared.sts.operation import issue
from shared.sts.payload import sts_request
from shared.ticket.opening import Opened
from shared.validation import shown_name
from shared.values import replaced

_FIELDS = frozenset({"format", "duration_seconds"})


def credentials(opened: Opened, invocation: Invocation) -> Reply:
    """Return a session that is narrowed to the ticket's prefix, and ends with it where STS lets it.

    STS issues nothing shorter than 900 s, so that a session may outlive its ticket by less than that.
    """
    fields, settings = invocation.unverified_query, opened.call.settings.sts
    foreign = sorted(fields.keys() - _FIELDS)
    if foreign:
        raise InvalidRequest(f"{shown_name(foreign[0])}: does not belong to a ticket for credentials")
    if settings is None:
        raise Misconfigured("STS_ROLE_ARN", "required where tickets give credentials")
    ticket, call = opened.ticket, opened.call.handed_on(settings)
    asked = replaced(
        sts_request(fields, read_text=True), permission=ticket.permission, profile=ticket.profile
    )
    issued = issue(
        asked,
        role_sessions(settings.role, call),
        caller=opened.caller,
        call=call,
        below=ticket.prefix,
        at_most=max(ticket.life_left(call.now), SHORTEST_SESSION),
    )
    return reply(issued, shape=asked.format)
