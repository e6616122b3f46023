"""P1 to P4: how close signing comes to the hash itself, and how far official SDKs stay behind."""

from __future__ import annotations

import hashlib
import random
import string
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import alibabacloud_oss_v2 as oss

from shared.signing import (
    Credentials,
    Endpoint,
    ObjectRequest,
    presign,
    presign_many,
    presign_parts,
    v4,
)
from shared.signing.v4 import hmac_of
from shared.values import replaced
from tests.benchmarks.measure import Row, interleaved

COUNT = 10_000
PEER_COUNT = 400
NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
LIFE = timedelta(seconds=600)
TOKEN = "".join(random.Random(1).choices(string.ascii_letters + string.digits + "+/", k=699)) + "="  # data
KEY = Credentials(access_key_id="STS.NUexample", access_key_secret="s" * 44, security_token=TOKEN)
HANGZHOU = Endpoint.public("cn-hangzhou")


def requests_for(name: Callable[[int], str], count: int = COUNT) -> list[ObjectRequest]:
    """Return GET requests of distinct keys."""
    return [ObjectRequest(method="GET", bucket="examplebucket", key=name(n)) for n in range(count)]


ASCII = requests_for(lambda n: f"users/alice/photos/2026/11/23/im-{n:06d}.j")
CHINESE = requests_for(
    lambda n: (
        f"\u7528\u6237/\u7167\u7247/{n:06d}/\u4e8c\u96f6\u4e8c\u516d\u5e74\u5341\u4e00\u6708\u7167\u7247\u6587\u4ef6.png"
    )
)
UPLOAD = ObjectRequest(
    method="PUT",
    bucket="examplebucket",
    key="users/alice/film.mp4",
    query={"uploadId": "0004B9894A22E5B1888A1E29F823"},
)


def hash_cost(request: ObjectRequest) -> Callable[[], None]:
    """Return what hashes the same canonical request, once with SHA-256, and a prepared HMAC: ``COUNT`` times."""
    canonical, to_sign = canonical_of(request), "y" * 150
    sign = hmac_of(b"k" * 32)

    def run() -> None:
        for _ in range(COUNT):
            hashlib.sha256(canonical.encode()).hexdigest()
            sign(to_sign.encode())

    return run


def canonical_of(request: ObjectRequest) -> str:
    """Return what is hashed for a request without headers, read back from its URL."""
    url = presign(request, endpoint=HANGZHOU, credentials=KEY, expires_in=LIFE, now=NOW).url
    path, _, query = url.removeprefix(HANGZHOU.root("examplebucket")).partition("?")
    parts = [part for part in query.split("&") if not part.startswith("x-oss-signature=")]
    return f"{request.method}\n/examplebucket/{path}\n{'&'.join(sorted(parts))}\n\n\n{v4.UNSIGNED_PAYLOAD}"


def many(requests: list[ObjectRequest]) -> None:
    """Sign all of them in one call."""
    presign_many(requests, endpoint=HANGZHOU, credentials=KEY, expires_in=LIFE, now=NOW)


def parts(count: int = COUNT) -> None:
    """Make the full URL of each part of one upload."""
    numbers = range(1, count + 1)
    presign_parts(UPLOAD, numbers, endpoint=HANGZHOU, credentials=KEY, expires_in=LIFE, now=NOW).urls()


def one_by_one() -> None:
    """Sign each in a call and a second of its own."""
    for number, request in enumerate(ASCII):
        moment = NOW + timedelta(seconds=number)
        presign(request, endpoint=HANGZHOU, credentials=KEY, expires_in=LIFE, now=moment)


def official_sdk() -> None:
    """Let the official Python SDK v2 sign ``PEER_COUNT`` URLs."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        KEY.access_key_id, KEY.access_key_secret, KEY.security_token
    )
    config.region = "cn-hangzhou"
    client = oss.Client(config)
    for request in ASCII[:PEER_COUNT]:
        client.presign(oss.GetObjectRequest(bucket="examplebucket", key=request.key), expires=LIFE)


def rows() -> Iterator[Row]:
    """Yield the rows on signing."""
    taken = interleaved(
        {
            "hash": hash_cost(ASCII[0]),
            "hash of a part": hash_cost(replaced(UPLOAD, query={**UPLOAD.query, "partNumber": "1"})),
            "hash of Chinese": hash_cost(CHINESE[0]),
            "P1": lambda: many(ASCII),
            "P2": parts,
            "P3": one_by_one,
            "P4": lambda: many(CHINESE),
            "peer": official_sdk,
        }
    )
    peer = taken["peer"] / PEER_COUNT * COUNT
    for name, what, floor, target in (
        ("P1", "10,000 URLs, 40-character keys, 700-character token", "hash", 2.5),
        ("P2", "10,000 part URLs of one upload", "hash of a part", 2.5),
        ("P3", "one URL a call, each in a new second", "hash", 6.0),
        ("P4", "P1 with Chinese keys", "hash of Chinese", 3.3),
    ):
        yield Row(name, what, taken[name] / taken[floor], target, "x hash cost")
    for name, target in (("P1", 25.0), ("P2", 25.0), ("P3", 8.0)):
        yield Row(name, "speed over alibabacloud-oss-v2", peer / taken[name], target, "x its speed", True)
