"""Environment variables about tickets: where they are redeemed, and how long they may live."""

from __future__ import annotations

from typing import Annotated

from shared.validation import Between, model

LONGEST_TICKET_SECONDS = 2_592_000
"""30 days."""


@model
class TicketVariables:
    """Tickets: narrowed grants in URLs, for clients that cannot send headers."""

    ticket_url: str | None = None
    """https address of `ticket`, such as `https://grants.example.com/t`, no query; unset: no tickets."""
    ticket_claims: str | None = None
    """`oss://<bucket>/<prefix>/` or `rediss://…`: where uses and revocations are kept; a secret."""
    ticket_max_seconds: Annotated[int, Between(1, LONGEST_TICKET_SECONDS)] = LONGEST_TICKET_SECONDS
    """Longest life of a ticket for one key with GetObject alone; others live as long as a URL at most."""
