"""Presigned URLs: all that OSS checks is in the URL and in the headers that go with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.credentials import Credentials
from shared.signing.endpoints import Endpoint
from shared.signing.lifetime import LimitedBy, lifetime
from shared.signing.object_request import ObjectRequest

_OURS = {
    "x-oss-signature-version",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-credential",
    "x-oss-security-token",
    "x-oss-additional-headers",
    "x-oss-signature",
}

_VERSION = ("x-oss-signature-version", f"x-oss-signature-version={v4.ALGORITHM}")
_NO_HEADERS = v4.canonical_end({})
_BARE = ObjectRequest(method="GET", bucket=None, key=None)


class PresignedUrl(NamedTuple):
    """A URL, how to use it, and the first instant (whole seconds, UTC) at which OSS refuses it.

    ``headers`` are all that the client must send: they are signed, and so is the absence of other ``x-oss-*``
    headers and of a ``Content-Type``.
    """

    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime
    limited_by: LimitedBy


class Occasion(NamedTuple):
    """What all URLs of one call share: who signs, when, for how long, for which host."""

    endpoint: Endpoint
    start: str
    sign: Callable[[str], str]
    parameters: v4.Pairs
    expires_at: datetime
    limited_by: LimitedBy


class Frame(NamedTuple):
    """What all URLs with the same headers share; ``parameters`` are in the order of the URL."""

    headers: Mapping[str, str]
    parameters: v4.Pairs
    written: str
    canonical_query: str
    canonical_end: str


def presign(
    request: ObjectRequest,
    *,
    endpoint: Endpoint,
    credentials: Credentials,
    expires_in: timedelta,
    now: datetime,
) -> PresignedUrl:
    """Return a URL that OSS accepts for ``request`` until ``expires_in`` or the session is over.

    Raises ``InvalidRequest`` for what cannot be signed without ambiguity, and where the session is over.
    """
    occasion = occasion_of(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    return _url(request, occasion, frame_of(request, occasion))


def presign_many(
    requests: Iterable[ObjectRequest],
    *,
    endpoint: Endpoint,
    credentials: Credentials,
    expires_in: timedelta,
    now: datetime,
) -> list[PresignedUrl]:
    """Return what ``presign`` returns for each of ``requests``, in their order."""
    occasion = occasion_of(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    bare = frame_of(_BARE, occasion)
    return [
        _url(request, occasion, frame_of(request, occasion) if request.headers else bare)
        for request in requests
    ]


def occasion_of(
    *, endpoint: Endpoint, credentials: Credentials, expires_in: timedelta, now: datetime
) -> Occasion:
    begins = v4.whole_second(now)
    expires_at, limited_by = lifetime(expires_in, credentials=credentials, now=begins)
    life = expires_at - begins
    stamp = v4.timestamp(begins)
    day = _day(
        credentials.access_key_id,
        credentials.access_key_secret,
        v4.scope_of(stamp, region=endpoint.region, product=endpoint.product),
    )
    parameters = [
        _VERSION,
        ("x-oss-date", f"x-oss-date={stamp}"),
        ("x-oss-expires", f"x-oss-expires={life.days * 86_400 + life.seconds}"),
        day.parameter,
    ]
    if credentials.security_token is not None:
        parameters.append(("x-oss-security-token", _token_parameter(credentials.security_token)))
    start = v4.string_to_sign_start(stamp, day.scope)
    return Occasion(endpoint, start, day.sign, parameters, expires_at, limited_by)


@lru_cache(maxsize=64)
def _token_parameter(security_token: str) -> str:
    # A token is long and serves many URLs: encoding it costs more than signing one.
    return f"x-oss-security-token={v4.encode(security_token)}"


class _Day(NamedTuple):
    """What an AccessKey signs with in one scope; made once a day."""

    scope: str
    parameter: tuple[str, str]
    sign: Callable[[str], str]


@lru_cache(maxsize=64)
def _day(access_key_id: str, access_key_secret: str, scope: v4.CredentialScope) -> _Day:
    credential = v4.encode(f"{access_key_id}/{scope}")
    parameter = ("x-oss-credential", f"x-oss-credential={credential}")
    return _Day(str(scope), parameter, v4.signer(access_key_secret, scope))


def frame_of(request: ObjectRequest, occasion: Occasion) -> Frame:
    if not request.headers:
        return _framed({}, occasion.parameters, _NO_HEADERS)
    additional = v4.additional_headers(request.additional_headers, headers=request.headers)
    signed = v4.signed_headers(request.headers, additional=additional)
    parameters = occasion.parameters
    if additional:
        named = f"x-oss-additional-headers={v4.encode(';'.join(additional))}"
        parameters = [*parameters, ("x-oss-additional-headers", named)]
    headers = {name: value for name, value in request.headers.items() if name.lower() in signed}
    return _framed(headers, parameters, v4.canonical_end(signed, additional=additional))


def _framed(headers: Mapping[str, str], parameters: v4.Pairs, canonical_end: str) -> Frame:
    written = "&".join([text for _, text in parameters])
    return Frame(headers, parameters, written, v4.canonical_query(parameters), canonical_end)


def _url(request: ObjectRequest, occasion: Occasion, frame: Frame) -> PresignedUrl:
    canonical, written = target_of(request, occasion, frame)
    signature = sign_canonical(canonical, occasion)
    return PresignedUrl(
        f"{written}{signature}", request.method, frame.headers, occasion.expires_at, occasion.limited_by
    )


def target_of(request: ObjectRequest, occasion: Occasion, frame: Frame) -> tuple[str, str]:
    """Return the canonical request, and the URL up to its signature."""
    uri = v4.canonical_uri(request.bucket, request.key)
    path = uri.split("/", 2)[2]
    query, own = frame.canonical_query, ""
    if request.query:
        pairs = _own_pairs(request.query)
        query = v4.canonical_query([*pairs, *frame.parameters])
        own = "".join([f"{text}&" for _, text in pairs])
    return (
        f"{request.method}\n{uri}\n{query}\n{frame.canonical_end}",
        f"{occasion.endpoint.root(request.bucket)}{path}?{own}{frame.written}&x-oss-signature=",
    )


def _own_pairs(query: Mapping[str, str]) -> v4.Pairs:
    if not _OURS.isdisjoint(query):
        raise InvalidRequest("query: the parameters of the signature itself are not the caller's")
    return v4.query_pairs(query)


def sign_canonical(canonical: str, occasion: Occasion) -> str:
    return occasion.sign(f"{occasion.start}{sha256(canonical.encode()).hexdigest()}")
