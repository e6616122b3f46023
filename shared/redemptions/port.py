"""The port to stores of redemptions, and where a deployment's own is."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.signing import Endpoint
from shared.values import value

MOST_USES_IN_OSS = 20
"""Each use is an object: more of them would take too many requests to find the next one."""

MOST_USES_IN_REDIS = 1_000_000


class Redemptions(Protocol):
    """A store of redemptions; every method raises ``StoreUnavailable`` where it has no certain answer."""

    def take(self, ticket: str, *, uses: int, ends_at: datetime) -> bool:
        """Count one more of so many uses of the ticket with this id; tell whether one was left."""
        ...

    def revoke(self, ticket: str, *, ends_at: datetime) -> None:
        """Call the ticket with this id back, for good; doing so again changes nothing."""
        ...

    def is_revoked(self, ticket: str) -> bool:
        """Tell whether the ticket with this id was called back."""
        ...


@value
class OssPlace:
    """Objects below a prefix of a bucket without versions."""

    bucket: str
    prefix: str
    endpoint: Endpoint

    most_uses = MOST_USES_IN_OSS


@value
class RedisPlace:
    """A database of Redis or Tair; its address may hold a password."""

    url: str

    most_uses = MOST_USES_IN_REDIS

    def __repr__(self) -> str:
        return "RedisPlace()"


Place = OssPlace | RedisPlace
