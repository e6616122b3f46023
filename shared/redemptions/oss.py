"""Redemptions as empty objects: OSS creates each key once, whoever else tries (OSS, x-oss-forbid-overwrite).

``<prefix><id>/1`` … ``<prefix><id>/<uses>`` are uses, ``<prefix><id>/revoked`` calls a ticket back. A bucket
that keeps, or has kept, versions overwrites whatever is asked: an answer that names a version counts nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from shared.errors import StoreUnavailable
from shared.https import Answer
from shared.oss import Reached
from shared.redemptions.port import OssPlace
from shared.signing import Credentials
from shared.values import value

_ONE_REQUEST = timedelta(seconds=2)
_ALL_REQUESTS = timedelta(seconds=6)
_ONCE = {"x-oss-forbid-overwrite": "true", "Content-Length": "0"}
_FEW = 3
"""Up to so many uses are tried one after the other; of more, the first that is free is looked for."""


@value
class OssRedemptions:
    """A store of redemptions in a bucket."""

    place: OssPlace
    credentials: Credentials
    now: datetime

    def take(self, ticket: str, *, uses: int, ends_at: datetime) -> bool:
        """Create the first of so many objects that is not there; tell whether one was left."""
        over_at = _over_at()
        first = 1
        if uses > _FEW:
            # They are created in order: what is there comes before what is free.
            numbers = range(1, uses + 1)
            first += bisect_left(numbers, 1, key=lambda n: not self._exists(f"{ticket}/{n}", over_at))
        return any(self._create(f"{ticket}/{n}", ends_at, over_at) for n in range(first, uses + 1))

    def revoke(self, ticket: str, *, ends_at: datetime) -> None:
        """Create the object that calls the ticket back, unless it is there."""
        self._create(f"{ticket}/revoked", ends_at, _over_at())

    def is_revoked(self, ticket: str) -> bool:
        """Tell whether the object is there that calls the ticket back."""
        return self._exists(f"{ticket}/revoked", _over_at())

    def _create(self, name: str, ends_at: datetime, over_at: float) -> bool:
        """Tell whether this very call created the object; its metadata say until when it is needed."""
        headers = {**_ONCE, "x-oss-meta-needed-until": ends_at.isoformat()}
        answer = self._send("PUT", name, over_at, headers=headers, body=b"")
        if answer.status == 409 and b"FileAlreadyExists" in answer.body:
            return False
        if answer.status != 200:
            raise StoreUnavailable(reason=f"PUT: {answer.status}")
        if "x-oss-version-id" in answer.headers:
            raise StoreUnavailable(
                reason="PUT: the bucket of TICKET_CLAIMS keeps versions, and so overwrites"
            )
        return True

    def _exists(self, name: str, over_at: float) -> bool:
        answer = self._send("HEAD", name, over_at)
        if answer.status not in (200, 404):
            raise StoreUnavailable(reason=f"HEAD: {answer.status}")
        return answer.status == 200

    def _send(self, method: str, name: str, over_at: float, **sent: Any) -> Answer:
        place, left = self.place, timedelta(seconds=over_at - monotonic())
        if left <= timedelta(0):
            raise StoreUnavailable(reason="deadline")
        reached = Reached(
            bucket=place.bucket, endpoint=place.endpoint, credentials=self.credentials, now=self.now
        )
        return reached.send(method, f"{place.prefix}{name}", timeout=min(left, _ONE_REQUEST), **sent)


def _over_at() -> float:
    return monotonic() + _ALL_REQUESTS.total_seconds()
