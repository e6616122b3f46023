"""URLs of a CDN in front of a bucket: MD5 over path, time and key (Alibaba Cloud CDN, URL signing).

The time in such a URL is its beginning: it ends when the validity that the CDN's console says has passed.
Neither method nor query is signed.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from hashlib import md5
from typing import Literal

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.percent import encode_path
from shared.signing.presign import PresignedUrl
from shared.values import NOTHING, value

CdnSigning = Literal["a", "b", "c"]

_BEIJING = timezone(timedelta(hours=8))


@value
class Cdn:
    """A domain of Alibaba Cloud CDN: how its URLs are signed, with which key, and how long one is valid."""

    domain: str
    signing: CdnSigning
    key: str
    validity: timedelta

    def __repr__(self) -> str:
        return f"Cdn(domain={self.domain!r}, signing={self.signing!r}, validity={self.validity!r})"


def sign_for_cdn(key: str, *, cdn: Cdn, method: str, expires_in: timedelta, now: datetime) -> PresignedUrl:
    """Return the URL under which the CDN serves the object ``key`` until ``expires_in`` is over.

    Type B counts minutes, so that its URLs end up to a minute earlier. Raises ``InvalidRequest`` where no
    life is left then.
    """
    begins = v4.whole_second(now) + expires_in - cdn.validity
    if cdn.signing == "b":
        begins = begins.replace(second=0)
    ends = begins + cdn.validity
    if ends <= v4.whole_second(now):
        raise InvalidRequest("expires_in: a URL of this CDN ends with a minute, and none would be left")
    address = signed_address(f"/{encode_path(key)}", cdn=cdn, begins=begins)
    return PresignedUrl(f"https://{cdn.domain}{address}", method, NOTHING, ends, "request")


def signed_address(path: str, *, cdn: Cdn, begins: datetime) -> str:
    """Return path and query that the CDN accepts for a percent-encoded ``path`` (URL signing)."""
    seconds = int(begins.timestamp())
    if cdn.signing == "a":
        # Neither the random number nor the user id is used by the CDN.
        return f"{path}?auth_key={seconds}-0-0-{_md5(f'{path}-{seconds}-0-0-{cdn.key}')}"
    if cdn.signing == "b":
        minute = begins.astimezone(_BEIJING).strftime("%Y%m%d%H%M")
        return f"/{minute}/{_md5(f'{cdn.key}{minute}{path}')}{path}"
    stamp = f"{seconds:X}"
    return f"/{_md5(f'{cdn.key}{path}{stamp}')}/{stamp}{path}"


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
