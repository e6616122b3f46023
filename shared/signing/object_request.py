"""Requests to OSS before they are signed; one that could be read in two ways is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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


def check_request(request: ObjectRequest) -> None:
    """Refuse a request whose method, bucket and key could be read in two ways."""
    if request.bucket is None and request.key is not None:
        raise InvalidRequest("key: only in a bucket")
    if request.method not in _METHODS:
        raise InvalidRequest("method: GET, HEAD, PUT, POST or DELETE")
    if request.bucket is not None:
        check_bucket(request.bucket)


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
