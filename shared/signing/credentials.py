"""Credentials that do not print or pickle, and until when what they sign is good."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal, NoReturn

from shared.errors import InvalidRequest
from shared.signing import v4

MAX_EXPIRES = timedelta(days=7)
"""The longest life that OSS accepts in ``x-oss-expires``; the TTL policy above is stricter."""

LimitedBy = Literal["request", "credentials"]

_SECOND = timedelta(seconds=1)

# Commas and slashes end the id where a signature states it.
_ID = re.compile("[!-+.0-~-]+")
_SIGNABLE = re.compile(r"[^\ud800-\udfff]+")


class Credentials:
    """One AccessKey pair: long-lived, or issued by STS with a security token and an end.

    ``expires_at`` is aware, and None where nobody knows it. The secret and the token leave this object
    through their properties only.
    """

    __slots__ = ("_access_key_id", "_access_key_secret", "_expires_at", "_security_token")

    def __init__(
        self,
        *,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        if not _ID.fullmatch(access_key_id) or not _SIGNABLE.fullmatch(access_key_secret):
            raise InvalidRequest("credentials: an access key id and its secret")
        if security_token is not None and not _SIGNABLE.fullmatch(security_token):
            raise InvalidRequest("credentials: security_token is a text or None, not empty")
        if expires_at is not None and expires_at.tzinfo is None:
            raise InvalidRequest("credentials: expires_at is an aware datetime")
        self._access_key_id, self._access_key_secret = access_key_id, access_key_secret
        self._security_token, self._expires_at = security_token, expires_at

    @property
    def access_key_id(self) -> str:
        """The public half of the pair."""
        return self._access_key_id

    @property
    def access_key_secret(self) -> str:
        """The secret half of the pair: never log it."""
        return self._access_key_secret

    @property
    def security_token(self) -> str | None:
        """What proves a session; goes into every URL and request signed with it."""
        return self._security_token

    @property
    def expires_at(self) -> datetime | None:
        """The first instant at which the session is over."""
        return self._expires_at

    def __repr__(self) -> str:
        return f"Credentials(access_key_id={self._access_key_id!r}, expires_at={self._expires_at!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credentials) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def _values(self) -> tuple[str, str, str | None, datetime | None]:
        return self._access_key_id, self._access_key_secret, self._security_token, self._expires_at

    def __getstate__(self) -> NoReturn:
        self.__reduce__()

    def __reduce__(self) -> NoReturn:
        raise TypeError("Credentials are not pickled or copied: hand the object itself on")


def lifetime(expires_in: timedelta, *, credentials: Credentials, now: datetime) -> tuple[datetime, LimitedBy]:
    """Return the first instant (whole seconds, UTC) at which OSS refuses, and which limit decided it."""
    if not _SECOND <= expires_in <= MAX_EXPIRES:
        raise InvalidRequest(f"expires_in: 1 to {MAX_EXPIRES.total_seconds():.0f} s")
    start, over = v4.whole_second(now), credentials.expires_at
    end = v4.whole_second(start + expires_in)
    if over is None or over >= end:
        return end, "request"
    refuse_ended(credentials, now=start)
    return v4.whole_second(over), "credentials"


def refuse_ended(credentials: Credentials, *, now: datetime) -> None:
    """Raise where less than a second of the session is left; ``now`` is a whole second."""
    if credentials.expires_at is not None and credentials.expires_at < now + _SECOND:
        raise InvalidRequest("credentials: the session is over, nothing that it signs would be accepted")
