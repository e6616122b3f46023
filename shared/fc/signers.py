"""Signers of URLs: the function's own role, or a session of ``SIGNING_ROLE_ARN`` whose end is known."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from shared.fc.frame import Call
from shared.grants.claims import VerifiedClaims
from shared.grants.scopes import GrantScope
from shared.settings.bucket.settings import BucketSettings
from shared.settings.signers import LinkSettings
from shared.signing import Credentials


class SignsUrls(Protocol):
    """Settings of a function that signs URLs."""

    @property
    def bucket(self) -> BucketSettings: ...

    @property
    def links(self) -> LinkSettings: ...


def signing_credentials(
    call: Call[SignsUrls], scope: GrantScope, *, claims: VerifiedClaims, good_for: timedelta
) -> Credentials:
    """Return what signs within ``scope`` for this caller, good for ``good_for`` where that can be had."""
    links = call.settings.links
    if links.signing_role is None:
        return call.credentials
    # A function that signs as itself starts without all that asks STS.
    from shared.fc.role_sessions import role_sessions, signing_session

    sessions = role_sessions(links.signing_role, call)
    whose = claims if links.signing_session == "caller" else None
    secure = call.settings.bucket.secure_transport
    return signing_session(sessions, scope, claims=whose, good_for=good_for, secure_transport=secure)
