"""Redemptions in Redis or Tair: one key a ticket and kind, changed by one script, which Redis runs alone.

Only the first ``uses`` calls of the script answer 1, whoever else tries (Redis, EVAL). Keys end an hour after
their ticket. No command is sent twice by itself: an answer that is lost may cost a use, and never gives one.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from shared.errors import StoreUnavailable
from shared.redemptions.port import RedisPlace
from shared.values import value

_WAIT_SECONDS = 2.0
_KEPT_ON = 3600
"""Seconds after the ticket's end: instances differ about the time, and none may find the key gone."""

_TAKE = """
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
if taken >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], taken + 1, 'EX', ARGV[2])
return 1
"""


@value
class RedisRedemptions:
    """A store of redemptions in Redis."""

    place: RedisPlace
    now: datetime

    def take(self, ticket: str, *, uses: int, ends_at: datetime) -> bool:
        """Count one more use, unless all are taken; tell whether one was left."""
        taken: int = self._asked("eval", _TAKE, 1, _key(ticket, "uses"), uses, self._kept(ends_at))
        return taken == 1

    def revoke(self, ticket: str, *, ends_at: datetime) -> None:
        """Write down that the ticket is called back."""
        self._asked("set", _key(ticket, "revoked"), "1", ex=self._kept(ends_at))

    def is_revoked(self, ticket: str) -> bool:
        """Tell whether that is written down."""
        found: int = self._asked("exists", _key(ticket, "revoked"))
        return found == 1

    def _kept(self, ends_at: datetime) -> int:
        # Seconds from now, as the function sees it: Redis may think that it is another time.
        return max(0, int((ends_at - self.now).total_seconds())) + _KEPT_ON

    def _asked(self, command: str, *arguments: Any, **options: Any) -> Any:
        from redis.exceptions import RedisError

        try:
            return getattr(_client(self.place.url), command)(*arguments, **options)
        except (RedisError, OSError) as error:
            raise StoreUnavailable(reason=f"Redis: {type(error).__name__}") from error


@cache
def _client(url: str) -> Any:
    """Return the client of an instance, which keeps connections, and makes new ones for those that ended."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        url,
        socket_timeout=_WAIT_SECONDS,
        socket_connect_timeout=_WAIT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        max_connections=64,
    )


def _key(ticket: str, kind: str) -> str:
    return f"oss-access-grants:{ticket}:{kind}"
