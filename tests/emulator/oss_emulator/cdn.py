"""A CDN in front of a bucket, for reads: it verifies its own URL signatures and reads as a role of its own.

Alibaba Cloud CDN, URL signing, types A, B and C. Written from its pages: the time in a URL is its beginning, and
the validity that the console says is added to it. What stands in the query beside the signature goes on to OSS,
which heeds it: nothing of it is signed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Literal

from .ram.identities import Principal
from .ram.policies import parse_policy

UTC_8 = timezone(timedelta(hours=8))

_A = re.compile(
    r"(?P<path>/[^?]*)\?(?:(?P<before>.*)&)?auth_key=(?P<time>[0-9]{1,12})-(?P<rand>[^-&]*)-(?P<uid>[^-&]*)-(?P<hash>[0-9a-f]{32})(?:&(?P<after>.*))?"
)
_B = re.compile(r"/(?P<time>[0-9]{12})/(?P<hash>[0-9a-f]{32})(?P<path>/[^?]*)(?:\?(?P<after>.*))?")
_C = re.compile(r"/(?P<hash>[0-9a-f]{32})/(?P<time>[0-9A-Fa-f]{1,10})(?P<path>/[^?]*)(?:\?(?P<after>.*))?")


class Denied(Exception):
    """The CDN refuses a request; the reason stands in a header of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdn:
    """A domain, how its URLs are signed, and how many seconds one is valid."""

    domain: str
    signing: Literal["a", "b", "c"]
    key: str = field(repr=False)
    validity_seconds: int = 1800
    bucket: str = ""

    def target(self, raw_target: str, *, now: datetime) -> str:
        """Return path and query of the request to the bucket; raises ``Denied``."""
        found = {"a": _A, "b": _B, "c": _C}[self.signing].fullmatch(raw_target)
        if found is None:
            raise Denied("no signature")
        path, time = found["path"], found["time"]
        signed = {
            "a": lambda: f"{path}-{time}-{found['rand']}-{found['uid']}-{self.key}",
            "b": lambda: f"{self.key}{time}{path}",
            "c": lambda: f"{self.key}{path}{time}",
        }[self.signing]()
        expected = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(expected, found["hash"]):
            raise Denied("invalid md5hash")
        if now >= self._begins(time) + timedelta(seconds=self.validity_seconds):
            raise Denied("expired timestamp")
        others = [found.groupdict().get("before"), found["after"]]
        query = "&".join(each for each in others if each)
        return f"{path}?{query}" if query else path

    def _begins(self, text: str) -> datetime:
        try:
            if self.signing == "b":
                return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC_8)
            return datetime.fromtimestamp(int(text, 16 if self.signing == "c" else 10), timezone.utc)
        except (ValueError, OverflowError, OSError):
            raise Denied("invalid timestamp") from None


def reader_of(cdn: Cdn) -> Principal:
    """Return the role with which a CDN reads its bucket: all of it, and through symbolic links."""
    resource = f"acs:oss:*:*:{cdn.bucket}/*"
    policy = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": resource}],
    }
    return Principal(
        kind="session",
        arn="acs:ram::*:role/aliyuncdnaccessingprivateossrole",
        access_key_id="STS.cdn",
        access_key_secret="",
        policies=tuple(parse_policy(policy)),
    )
