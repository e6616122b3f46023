"""Opening: from the path of a request to what a ticket says, and to the call as it is within that ticket."""

from __future__ import annotations

from shared.errors import Gone, Unauthenticated
from shared.fc.frame import Call
from shared.fc.identity import Caller
from shared.fc.invocation import Invocation
from shared.grants.claims import VerifiedClaims
from shared.grants.scopes import scope_of
from shared.grants.ticket_decision import narrowed
from shared.grants.tickets import Ticket, opened
from shared.presign.granting import PresignCall
from shared.presign.tickets import store_of
from shared.seals.sealing import BrokenSeal
from shared.settings.functions import TicketSettings
from shared.values import replaced, value

TicketCall = Call[TicketSettings]

FAULT = "ticket: none that this deployment made, or over"
"""The one text for whatever is wrong with a ticket."""


@value
class Opened:
    """An opened ticket: whose grants it passes on, and what the request wants of it."""

    ticket: Ticket
    caller: Caller
    path: str
    """What follows the ticket in the path: empty, or ``/…``, percent-encoded."""
    call: TicketCall

    @property
    def deployment(self) -> PresignCall:
        """The call as ``presign`` has it, whatever the ticket allows."""
        return self.call.handed_on(self.call.settings.presign)

    @property
    def presign(self) -> PresignCall:
        """The call as ``presign`` has it, whose scope grants nothing beyond the ticket's operations."""
        settings, profile = self.call.settings.presign, self.ticket.profile
        scopes = {profile: narrowed(scope_of(profile, settings.bucket.scopes), self.ticket)}
        bucket = replaced(settings.bucket, scopes=scopes)
        return self.call.handed_on(replaced(settings, bucket=bucket))


def open_ticket(invocation: Invocation, call: TicketCall) -> Opened:
    """Return what the ticket in the path says; raises ``Unauthenticated``, one text, unless it is good."""
    policy = call.settings.tickets
    before, unverified_ticket, path = _parted(
        invocation.unverified_path, "" if policy is None else policy.path
    )
    if policy is None or not before:
        raise Unauthenticated(FAULT)
    try:
        ticket = opened(unverified_ticket, keys=policy.keys, now=call.now)
    except BrokenSeal:
        raise Unauthenticated(FAULT) from None
    wanted = call.settings.caller.identity.claims
    # One that was made before a further claim was wanted says too little about its caller.
    if not ticket.claims.keys() >= set(wanted):
        raise Unauthenticated(FAULT)
    claims = VerifiedClaims({name: ticket.claims[name] for name in wanted})
    caller = Caller(claims=claims, ends_at=ticket.ends_at, facts={"ticket": ticket.id})
    return Opened(ticket=ticket, caller=caller, path=path, call=call)


def check_standing(opened: Opened) -> None:
    """Raise ``Gone`` for a ticket that was called back; one that needs a store needs it to be there."""
    if not opened.ticket.needs_store:
        return
    store = store_of(opened.deployment)
    if opened.ticket.is_revocable and store.is_revoked(opened.ticket.id):
        raise Gone("ticket: called back")


def _parted(path: str, before: str) -> tuple[bool, str, str]:
    """Return whether a path is below that of ``TICKET_URL``, the text in a ticket's place, and the rest."""
    text, slash, rest = path.removeprefix(f"{before}/").partition("/")
    return path.startswith(f"{before}/"), text, slash + rest
