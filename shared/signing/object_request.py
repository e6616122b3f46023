"""A request to OSS before it is signed, and what can be read in one way only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.values import NOTHING, value

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_BUCKET = re.compile("[A-Za-z0-9._-]+")
OF_THE_SIGNATURE = frozenset(
    {
        "x-oss-signature-version",
        "x-oss-date",
        "x-oss-expires",
        "x-oss-credential",
        "x-oss-security-token",
        "x-oss-additional-headers",
        "x-oss-signature",
    }
)
"""Parameters that signing adds to a URL."""


@value
class ObjectRequest:
    """One request to OSS; a ``query`` value of ``""`` writes the name alone; ``key`` is raw, not encoded."""

    method: str
    bucket: str | None
    key: str | None
    headers: Mapping[str, str] = NOTHING
    query: Mapping[str, str] = NOTHING
    additional_headers: Sequence[str] = ()


def canonical_opening(request: ObjectRequest) -> str:
    """Return the canonical request up to the key: method, and bucket where there is one."""
    if request.bucket is None and request.key is not None:
        raise InvalidRequest("key: only in a bucket")
    return _opening(request.method, request.bucket)


@lru_cache(maxsize=64)
def _opening(method: str, bucket: str | None) -> str:
    if method not in _METHODS:
        raise InvalidRequest("method: GET, HEAD, PUT, POST or DELETE")
    if bucket is not None:
        check_bucket(bucket)
    return f"{method}\n{v4.canonical_uri(bucket, None)}"


def check_bucket(bucket: str) -> None:
    """Refuse a bucket that would move the border between host, bucket and key."""
    if not _BUCKET.fullmatch(bucket):
        raise InvalidRequest("bucket: letters, digits, hyphens, dots and underscores")


def own_parameters(request: ObjectRequest) -> v4.Pairs:
    """Return the encoded parameters of the request itself, in its order."""
    if not request.query:
        return []
    if not OF_THE_SIGNATURE.isdisjoint(request.query):
        raise InvalidRequest("query: the parameters of the signature itself are not the caller's")
    return v4.query_pairs(request.query)
