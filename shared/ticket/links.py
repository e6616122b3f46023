"""Links: tickets for one object, which send whoever opens them on to it."""

from __future__ import annotations

from shared.errors import AccessDenied
from shared.fc.http import Reply
from shared.grants.operations import PresignRequest
from shared.grants.scopes import scope_of
from shared.presign.operation import redirected
from shared.ticket.opening import Opened
from shared.ticket.within import granted_as_asked

MAX_URL_SECONDS = 60
"""Life of the URL that a link leads to: it is followed at once."""


def follow(opened: Opened, *, status: int) -> Reply:
    """Return the redirect to a URL that reads the object; raises ``AccessDenied`` where none is granted."""
    return redirected(granted_as_asked(_read(opened), opened), status=status)


def look(opened: Opened) -> Reply:
    """Return what a HEAD gets: whether the link works, and not where it leads."""
    granted_as_asked(_read(opened, dry_run=True), opened)
    return Reply(text="")


def _read(opened: Opened, *, dry_run: bool = False) -> PresignRequest:
    if opened.ticket.key is None or "GetObject" not in opened.ticket.allow:
        raise AccessDenied("GetObject: this ticket is no link; POST to it, with /presign behind it")
    presign, profile = opened.call.settings.presign, opened.ticket.profile
    longest = presign.links.ttl_policy.within(scope_of(profile, presign.bucket.scopes).longest).maximum
    cdn = presign.links.cdn
    return PresignRequest(
        operation="GetObject",
        key=opened.ticket.key,
        profile=profile,
        download_as=opened.ticket.download_as,
        expires_in=min(MAX_URL_SECONDS, int(longest.total_seconds())),
        # URLs of type B end with a minute: of a life so short nothing might be left.
        endpoint=presign.bucket.default_endpoint if cdn is not None and cdn.signing == "b" else None,  # type: ignore[arg-type]  # a name of the model's
        dry_run=dry_run,
    )
