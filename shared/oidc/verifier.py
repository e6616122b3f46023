"""Tokens of callers for the life of an instance: verified once, and remembered until they end."""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import datetime
from hashlib import sha256
from threading import Lock

from shared.errors import Unauthenticated
from shared.oidc.issuer import Fetch, Issuer, over_https
from shared.oidc.policy import ABSENT, OidcPolicy, VerifiedToken, refused
from shared.oidc.tokens import LEEWAY, MAX_BYTES, verified

REMEMBERED = 16_384
"""Tokens that an instance remembers at most; the least recently used goes first."""

_BEARER = re.compile(r"bearer +([!-+\--~]+) *", re.I)
"""The scheme in any case, and one token: a comma would be two values joined (RFC 9110, section 5.3)."""


def _bearer(authorization: str) -> str:
    """Return the one token of a header."""
    bearer = _BEARER.fullmatch(authorization)
    if bearer is None:
        raise refused("not one token of the scheme Bearer")
    return bearer[1]


class Verifier:
    """Verifies tokens by one policy; safe to share between threads."""

    def __init__(self, policy: OidcPolicy, *, fetch: Fetch = over_https) -> None:
        self._policy, self._issuer = policy, Issuer(policy, fetch=fetch)
        self._lock = Lock()
        self._remembered: OrderedDict[bytes, VerifiedToken] = OrderedDict()

    def token(self, authorization: str | None, *, now: datetime) -> VerifiedToken:
        """Return what the bearer token of an ``Authorization`` header says.

        Raises ``Unauthenticated``, with the challenge to answer, and ``IssuerUnavailable``.
        """
        if authorization is None:
            raise Unauthenticated("token: none came; send Authorization: Bearer", challenge=ABSENT)
        if len(authorization) > MAX_BYTES + len("Bearer "):
            raise refused(f"takes more than {MAX_BYTES} bytes")
        digest = sha256(authorization.encode("utf-8", "surrogatepass")).digest()
        known = self._known(digest, now)
        return known or self._kept(digest, self._verified(_bearer(authorization), now))

    def _verified(self, token: str, now: datetime) -> VerifiedToken:
        return verified(
            token,
            policy=self._policy,
            keys=lambda lacking: self._issuer.keys(now=now, without=lacking),
            now=now,
        )

    def _known(self, digest: bytes, now: datetime) -> VerifiedToken | None:
        with self._lock:
            known = self._remembered.get(digest)
            if known is None:
                return None
            if now >= known.ends_at + LEEWAY:
                del self._remembered[digest]
                return None
            # The clock of an invocation may lie before that of the one that verified.
            if known.begins > (now + LEEWAY).timestamp():
                return None
            self._remembered.move_to_end(digest)
            return known

    def _kept(self, digest: bytes, token: VerifiedToken) -> VerifiedToken:
        with self._lock:
            self._remembered[digest] = token
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return token
