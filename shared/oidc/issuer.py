"""The key set of an issuer: fetched when it is needed, kept, and served on while the issuer fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from shared import https, strict_json
from shared.errors import IssuerUnavailable
from shared.oidc.keys import MAX_BYTES, KeySet, NoKeys, read
from shared.oidc.policy import OidcPolicy

KEPT = timedelta(minutes=10)
"""How long a key set is not asked for again, unless a token names a key that is not in it."""

SERVED_STALE = timedelta(hours=24)
"""How long one serves on while the issuer does not answer."""

BETWEEN_TRIES = timedelta(seconds=30)
"""An issuer is asked at most this often once it has failed, and for key ids that strangers make up."""

TIMEOUT = timedelta(seconds=2)
"""For each request, from the name lookup to the last byte."""

_DISCOVERY = "/.well-known/openid-configuration"

Fetch = Callable[[str], str]
"""Returns the text under a URL; raises ``NoKeys`` where none comes within the bounds."""


def over_https(url: str) -> str:
    """Return the text under ``url``: no redirect, no proxy, 2 s and 64 KiB at most."""
    split = urlsplit(url)
    target = f"{split.path or '/'}{'?' + split.query if split.query else ''}"
    request = https.Request(
        method="GET",
        host=split.netloc,
        target=target,
        scheme="http" if split.scheme == "http" else "https",
        headers={"Accept": "application/json"},
    )
    try:
        answer = https.send(request, timeout=TIMEOUT, limit_bytes=MAX_BYTES)
        if answer.status != 200:
            raise NoKeys(f"status {answer.status}")
        return answer.body.decode()
    except (https.HttpsFailed, UnicodeDecodeError) as error:
        raise NoKeys(str(error)) from None


class Issuer:
    """The keys of one issuer for the life of an instance; safe to share between threads."""

    def __init__(self, policy: OidcPolicy, *, fetch: Fetch = over_https) -> None:
        self._policy, self._fetch = policy, fetch
        self._lock = Lock()
        self._held: tuple[KeySet, datetime] | None = None
        self._tried_at: datetime | None = None
        self._failed = False
        self._renewed_at: datetime | None = None
        """When an unknown key id last made us ask."""
        self._inline = None if policy.jwks is None else read(policy.jwks, algorithms=policy.algorithms)

    def keys(self, *, now: datetime, without: KeySet | None = None) -> KeySet:
        """Return the keys to verify with; ``without`` is a set that lacked what was looked for.

        Raises ``IssuerUnavailable`` where there are none, or none younger than a day.
        """
        if self._inline is not None:
            return self._inline
        held = self._held
        lacks = held is not None and held[0] is without
        if held is not None and not lacks and now - held[1] < KEPT:
            return held[0]
        if held is not None and not lacks and self._lock.locked() and now - held[1] < SERVED_STALE:
            # Somebody asks already: nobody else waits for an issuer that may be slow.
            return held[0]
        # One thread asks; those that wait find what came of it, or that it is too early to ask again.
        with self._lock:
            if self._held is held and self._may_try(now, lacks=lacks):
                self._tried_at = now
                self._renewed_at = now if lacks else self._renewed_at
                self._refresh(now)
            return self._serving(now)

    def _may_try(self, now: datetime, *, lacks: bool) -> bool:
        """Tell whether to ask: not soon after a failure, nor soon again for key ids that strangers make up.

        A key set that has just come is no reason to wait: a key may have followed it the moment after.
        """
        if self._failed and _is_soon(self._tried_at, now):
            return False
        return not (lacks and _is_soon(self._renewed_at, now))

    def _refresh(self, now: datetime) -> None:
        self._failed = True
        try:
            text = self._fetch(self._policy.jwks_url or self._discovered())
            self._held, self._failed = (read(text, algorithms=self._policy.algorithms), now), False
        except NoKeys:
            # The set that is held serves on; without one the caller hears of it.
            return

    def _discovered(self) -> str:
        """Return the address of the key set as the issuer says it (OpenID Connect Discovery, section 4)."""
        text = self._fetch(self._policy.issuer.rstrip("/") + _DISCOVERY)
        try:
            document = strict_json.read(text, name="the discovery document")
        except strict_json.NotStrict as error:
            raise NoKeys(str(error)) from None
        address = document.get("jwks_uri") if isinstance(document, dict) else None
        if not isinstance(address, str) or document.get("issuer") != self._policy.issuer:
            raise NoKeys("the discovery document names another issuer, or no key set")
        # No weaker than the issuer's own address.
        if urlsplit(address).scheme not in ("https", urlsplit(self._policy.issuer).scheme):
            raise NoKeys("the key set is not served over https")
        return address

    def _serving(self, now: datetime) -> KeySet:
        if self._held is not None and now - self._held[1] < SERVED_STALE:
            return self._held[0]
        since = max(timedelta(), now - (self._tried_at or now))
        raise IssuerUnavailable(retry_after=max(timedelta(seconds=1), BETWEEN_TRIES - since))


def _is_soon(before: datetime | None, now: datetime) -> bool:
    return before is not None and before <= now < before + BETWEEN_TRIES
