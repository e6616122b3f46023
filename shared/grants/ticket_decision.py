"""The decision on tickets: what a caller may pass on, for how long, and what a ticket narrows.

A ticket goes through ``authorize`` for each operation that it allows: what its caller may not ask for, it
cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.errors import AccessDenied, InvalidRequest
from shared.grants.claims import VerifiedClaims
from shared.grants.credentials import held_prefixes
from shared.grants.decision import LimitedBy, TtlPolicy, authorize, granted_life
from shared.grants.objects.keys import check_key, is_plain
from shared.grants.operations import OPERATIONS, PresignRequest
from shared.grants.scopes import GrantScope
from shared.grants.session_policy import is_plain_prefix
from shared.grants.tickets import Ticket, TicketRequest
from shared.signing.v4 import whole_second
from shared.values import replaced, value

_LINK = ["GetObject"]


@value
class TicketGrant:
    """One permitted ticket, and which limit decided its end; comes from ``authorize_ticket`` only."""

    ticket: Ticket
    expires_in: timedelta
    limited_by: LimitedBy


def authorize_ticket(
    asked: TicketRequest,
    *,
    claims: VerifiedClaims,
    grant_scope: GrantScope,
    ttl_policy: TtlPolicy,
    longest_link: timedelta,
    now: datetime,
    id: str,
    at_most: timedelta | None = None,
) -> TicketGrant:
    """Return the ticket for what is ``asked``, or raise the first refusal.

    A ticket for one key with GetObject alone lives at most ``longest_link``; any other as long as a URL may.
    """
    _check_form(asked)
    policy = ttl_policy.within(grant_scope.longest)
    if _is_link(asked):
        longest = longest_link if grant_scope.longest is None else min(longest_link, grant_scope.longest)
        policy = TtlPolicy(default=min(policy.default, longest), maximum=longest)
    expires_in, limited_by = granted_life(asked.expires_in, ttl_policy=policy, at_most=at_most)
    ticket = _ticket(asked, claims=claims, id=id, ends_at=whole_second(now) + expires_in)
    _authorize_each(ticket, grant_scope=grant_scope, ttl_policy=ttl_policy)
    return TicketGrant(ticket=ticket, expires_in=expires_in, limited_by=limited_by)


def narrowed(grant_scope: GrantScope, ticket: Ticket) -> GrantScope:
    """Return the scope as it is within a ticket: fewer operations, and perhaps a lower ceiling."""
    operations = frozenset(each for each in ticket.allow if grant_scope.lets(each))
    ceilings = [size for size in (grant_scope.content.ceiling, ticket.max_size) if size is not None]
    content = replaced(grant_scope.content, ceiling=min(ceilings, default=None))
    return replaced(grant_scope, operations=operations, content=content)


def _ticket(asked: TicketRequest, *, claims: VerifiedClaims, id: str, ends_at: datetime) -> Ticket:
    return Ticket(
        id=id,
        claims=claims,
        ends_at=ends_at,
        allow=tuple(asked.allow or ()),
        permission=asked.permission,
        key=asked.key,
        prefix=asked.prefix,
        profile=asked.profile,
        max_size=asked.max_size,
        content_type=asked.content_type,
        download_as=asked.download_as,
        uses=asked.uses,
        is_direct=asked.direct,
        is_revocable=asked.revocable,
    )


def _authorize_each(ticket: Ticket, *, grant_scope: GrantScope, ttl_policy: TtlPolicy) -> None:
    """Raise the first refusal of what a ticket would allow."""
    if ticket.permission is not None:
        held_prefixes(ticket.permission, claims=ticket.claims, grant_scope=grant_scope, below=ticket.prefix)
        return
    scope = narrowed(grant_scope, ticket)
    if ticket.max_size is not None and ticket.max_size > grant_scope.content.max_size:
        raise AccessDenied(f"max_size: at most {grant_scope.content.max_size} bytes are granted")
    if ticket.content_type is None:
        # Each upload will name its own, which is held against the scope then.
        scope = replaced(scope, content=replaced(scope.content, content_types=()))
    for each in _examples(ticket):
        authorize(each, claims=ticket.claims, grant_scope=scope, ttl_policy=ttl_policy)


def _examples(ticket: Ticket) -> Iterator[PresignRequest]:
    """Yield a request for each operation that a ticket allows, as its holder will make them."""
    for operation in ticket.allow:
        belonging = OPERATIONS[operation].fields
        fields: dict[str, Any] = {
            "content_type": ticket.content_type,
            "content_length": 1,
            "download_as": ticket.download_as,
            "upload_id": "0",
            "part_number": 1,
        }
        yield PresignRequest(
            operation=operation,  # type: ignore[arg-type]  # one of the model's own
            key=ticket.key or f"{ticket.prefix}x",
            profile=ticket.profile,
            **{name: field for name, field in fields.items() if name in belonging},
        )


def _is_link(asked: TicketRequest) -> bool:
    return asked.allow == _LINK and asked.key is not None


def _check_form(asked: TicketRequest) -> None:
    """Raise ``InvalidRequest`` for members that do not go together."""
    if (asked.allow is None) == (asked.permission is None):
        raise InvalidRequest("allow: operations, or permission in its place for credentials")
    if asked.allow is None:
        _check_credentials(asked)
    else:
        _check_operations(asked, asked.allow)
    if asked.prefix is not None:
        if not asked.prefix.endswith("/"):
            raise InvalidRequest("prefix: ends in '/'")
        check_key(f"{asked.prefix}x")
    if asked.uses is not None and not _is_link(asked):
        raise InvalidRequest('uses: goes with allow ["GetObject"] and key')
    if asked.direct and asked.uses is None:
        raise InvalidRequest("direct: goes with uses")


def _check_credentials(asked: TicketRequest) -> None:
    given = [name for name in ("key", "max_size", "content_type", "download_as") if getattr(asked, name)]
    if given:
        raise InvalidRequest(f"{given[0]}: does not go with permission")
    if asked.prefix is not None and not is_plain_prefix(asked.prefix):
        raise InvalidRequest("prefix: beside permission without * ? $ { } and quotes, which RAM would read")


def _check_operations(asked: TicketRequest, allow: Sequence[str]) -> None:
    if len(set(allow)) != len(allow):
        raise InvalidRequest("allow: distinct")
    if (asked.key is None) == (asked.prefix is None):
        raise InvalidRequest("key: one of key and prefix")
    belonging = frozenset[str]().union(*(OPERATIONS[each].fields for each in allow))
    uploads = any(OPERATIONS[each].permission == "write" for each in allow)
    if asked.max_size is not None and not uploads:
        raise InvalidRequest("max_size: goes with operations that upload")
    for name in ("content_type", "download_as"):
        if getattr(asked, name) is not None and name not in belonging:
            raise InvalidRequest(f"{name}: does not belong to what is allowed")
    if asked.download_as is not None and not is_plain(asked.download_as):
        raise InvalidRequest("download_as: no control, bidirectional or invisible characters, no line breaks")
