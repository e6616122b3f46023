"""Tickets: a narrowed grant under a seal, for clients that send nothing but a URL.

A ticket names its caller's claims and what it allows, and nothing that a deployment decides: the grant scope
is asked again whenever a ticket is redeemed. Its document is compact JSON, because it stands in URLs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal

from shared.grants.claims import VerifiedClaims
from shared.grants.operations import Bytes, OperationName, ShortText, StsPermission
from shared.seals.keys import SealKeys
from shared.seals.sealing import BrokenSeal, seal, unseal
from shared.validation import Between, Length, model
from shared.values import value

MAX_TICKET_CHARACTERS = 1024
ID_BYTES = 12
"""96 random bits name a ticket."""
MOST_USES = 1_000_000

_LETTERS: Mapping[str, str] = {
    "GetObject": "g",
    "HeadObject": "h",
    "PutObject": "p",
    "DeleteObject": "d",
    "PostObject": "f",
    "InitiateMultipartUpload": "i",
    "UploadPart": "u",
    "CompleteMultipartUpload": "c",
    "AbortMultipartUpload": "a",
    "ListParts": "l",
}
"""Operations as a ticket writes them."""

_OPERATIONS = {letter: operation for operation, letter in _LETTERS.items()}


@model
class TicketRequest:
    """One ticket, as a client asks for it."""

    operation: Literal["Ticket"]
    """`Ticket`."""
    allow: Annotated[list[OperationName], Length(1, 10)] | None = None
    """Operations that the ticket allows, distinct; for credentials `permission` in its place."""
    permission: StsPermission | None = None
    """What the credentials may do that the ticket gives."""
    key: str | None = None
    """The one object key that the ticket is for; or in its place,"""
    prefix: str | None = None
    """the key prefix that it is for, ending in `/`; beside `permission` it narrows the credentials."""
    profile: Annotated[str, Length(1, 32)] | None = None
    """A named grant scope of the deployment; its own scope where absent."""
    max_size: Annotated[int, Between(1, 5 * 1024**3)] | None = None
    """Ceiling in bytes of every upload by this ticket."""
    content_type: ShortText | None = None
    """The one media type that uploads by this ticket have."""
    download_as: ShortText | None = None
    """File name, in any script, under which a browser saves what it downloads by this ticket."""
    uses: Annotated[int, Between(1, MOST_USES)] | None = None
    """How many times a link works, where the deployment counts; unset: until its end."""
    direct: bool = False
    """`true`: a counted link answers a GET with the redirect; unset: with a page, since previews GET too."""
    revocable: bool = False
    """`true`: the ticket can be called back, where the deployment keeps what was."""
    expires_in: Annotated[int, Between(1, 10**9)] | None = None
    """Lifetime in seconds; the deployment's default where absent."""
    dry_run: bool = False
    """Everything but the ticket."""


@value
class Ticket:
    """What a ticket says: whose grants it passes on, until when, and how far it narrows them."""

    id: str
    claims: VerifiedClaims
    ends_at: datetime
    allow: tuple[str, ...] = ()
    permission: str | None = None
    key: str | None = None
    prefix: str | None = None
    profile: str | None = None
    max_size: Bytes | None = None
    content_type: str | None = None
    download_as: str | None = None
    uses: int | None = None
    is_direct: bool = False
    is_revocable: bool = False

    @property
    def needs_store(self) -> bool:
        """Whether what has become of it is kept in a store."""
        return self.uses is not None or self.is_revocable

    def life_left(self, now: datetime) -> timedelta:
        """Return how long it is good."""
        return self.ends_at - now

    def sealed(self, keys: SealKeys) -> str:
        """Return the ticket as the text that stands in URLs."""
        facts = {
            "i": self.id,
            "c": dict(self.claims),
            "e": int(self.ends_at.timestamp()),
            "o": "".join(_LETTERS[operation] for operation in self.allow),
            "q": self.permission,
            "k": self.key,
            "p": self.prefix,
            "f": self.profile,
            "m": self.max_size,
            "t": self.content_type,
            "d": self.download_as,
            "n": self.uses,
            "s": int(self.is_direct),
            "r": int(self.is_revocable),
        }
        said = {name: fact for name, fact in facts.items() if fact not in (None, "", 0)}
        return seal(said, purpose="ticket", keys=keys)


def opened(unverified_text: str, *, keys: SealKeys, now: datetime) -> Ticket:
    """Return the ticket that was sealed here and is not over; raises ``BrokenSeal``, whatever is wrong."""
    if len(unverified_text) > MAX_TICKET_CHARACTERS:
        raise BrokenSeal
    ticket = _read(unseal(unverified_text, purpose="ticket", keys=keys))
    if ticket.ends_at <= now:
        raise BrokenSeal
    return ticket


def _read(facts: Mapping[str, Any]) -> Ticket:
    """Return what a document of ours says: a seal of ours vouches for it."""
    return Ticket(
        id=facts["i"],
        claims=VerifiedClaims(facts.get("c", {})),
        ends_at=datetime.fromtimestamp(facts["e"], timezone.utc),
        allow=tuple(_OPERATIONS[letter] for letter in facts.get("o", "")),
        permission=facts.get("q"),
        key=facts.get("k"),
        prefix=facts.get("p"),
        profile=facts.get("f"),
        max_size=facts.get("m"),
        content_type=facts.get("t"),
        download_as=facts.get("d"),
        uses=facts.get("n"),
        is_direct=bool(facts.get("s")),
        is_revocable=bool(facts.get("r")),
    )
