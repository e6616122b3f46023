"""The store at the place that a deployment names."""

from __future__ import annotations

from datetime import datetime

from shared.redemptions.port import Place, Redemptions, RedisPlace
from shared.signing import Credentials


def store_at(place: Place, *, credentials: Credentials, now: datetime) -> Redemptions:
    """Return the store at a place, as a function with these credentials reaches it."""
    # Each adapter is loaded where it is named only.
    if isinstance(place, RedisPlace):
        from shared.redemptions.redis import RedisRedemptions

        return RedisRedemptions(place=place, now=now)
    from shared.redemptions.oss import OssRedemptions

    return OssRedemptions(place=place, credentials=credentials, now=now)
