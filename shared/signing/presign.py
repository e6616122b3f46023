"""Presigned URLs: all that OSS checks is in the URL and in the headers that go with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

from shared.signing import prepared, v4
from shared.signing.credentials import Credentials
from shared.signing.endpoints import Endpoint
from shared.signing.lifetime import LimitedBy, lifetime
from shared.signing.object_request import ObjectRequest, canonical_opening, own_parameters
from shared.signing.percent import encode, encode_path

_VERSION = ("x-oss-signature-version", f"x-oss-signature-version={v4.ALGORITHM}")
_NO_HEADERS = v4.canonical_end({})


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
    """What all URLs of one call share: who signs, when, for how long, for which host.

    Each string to sign begins with ``to_sign``, which is empty where ``sign`` has its start taken in already.
    """

    endpoint: Endpoint
    states: prepared.HmacStates
    sign: prepared.Signer
    to_sign: bytes
    parameters: v4.Pairs
    expires_at: datetime
    limited_by: LimitedBy


class Frame(NamedTuple):
    """What URLs share that differ in the key alone.

    The key goes between ``opening`` and ``closing`` of the canonical request, both prepared for hashing, and
    between ``root`` and ``query`` of the URL, which the signature ends.
    """

    method: str
    headers: Mapping[str, str]
    opening: prepared.Hash
    closing: bytes
    root: str
    query: str


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
    return _url(request.key, frame_of(request, occasion, own=own_parameters(request)), occasion)


def presign_many(
    requests: Iterable[ObjectRequest],
    *,
    endpoint: Endpoint,
    credentials: Credentials,
    expires_in: timedelta,
    now: datetime,
) -> list[PresignedUrl]:
    """Return what ``presign`` returns for each of ``requests``, in their order."""
    occasion = for_many(
        occasion_of(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    )

    @lru_cache(maxsize=64)
    def plain(method: str, bucket: str) -> Frame:
        return frame_of(ObjectRequest(method=method, bucket=bucket, key=None), occasion, own=[])

    return [
        _url(
            each.key,
            frame_of(each, occasion, own=own_parameters(each))
            if each.headers or each.query or each.bucket is None
            else plain(each.method, each.bucket),
            occasion,
        )
        for each in requests
    ]


def occasion_of(
    *, endpoint: Endpoint, credentials: Credentials, expires_in: timedelta, now: datetime
) -> Occasion:
    """Return what is prepared once for all URLs that one call signs."""
    begins = v4.whole_second(now)
    expires_at, limited_by = lifetime(expires_in, credentials=credentials, now=begins)
    life = expires_at - begins
    stamp = v4.timestamp(begins)
    day = _day(
        credentials.access_key_id,
        credentials.access_key_secret,
        stamp[:8],
        endpoint.region,
        endpoint.product,
    )
    parameters = [
        _VERSION,
        ("x-oss-date", f"x-oss-date={stamp}"),
        ("x-oss-expires", f"x-oss-expires={life.days * 86_400 + life.seconds}"),
        day.parameter,
    ]
    if credentials.security_token is not None:
        parameters.append(("x-oss-security-token", _token_parameter(credentials.security_token)))
    to_sign = v4.string_to_sign_start(stamp, day.scope).encode()
    return Occasion(endpoint, day.states, day.sign, to_sign, parameters, expires_at, limited_by)


def for_many(occasion: Occasion) -> Occasion:
    """Return the same occasion with the start of all strings to sign taken in."""
    return occasion._replace(sign=prepared.signer(occasion.states, start=occasion.to_sign), to_sign=b"")


@lru_cache(maxsize=64)
def _token_parameter(security_token: str) -> str:
    # A token is long and serves many URLs: encoding it costs more than signing one.
    return f"x-oss-security-token={encode(security_token)}"


class _Day(NamedTuple):
    """What an AccessKey signs with in one scope; made once a day."""

    scope: str
    parameter: tuple[str, str]
    states: prepared.HmacStates
    sign: prepared.Signer


@lru_cache(maxsize=64)
def _day(access_key_id: str, access_key_secret: str, date: str, region: str, product: str) -> _Day:
    scope = v4.CredentialScope(date, region, product)
    credential = encode(f"{access_key_id}/{scope}")
    parameter = ("x-oss-credential", f"x-oss-credential={credential}")
    states = v4.day_states(access_key_secret, scope)
    return _Day(str(scope), parameter, states, prepared.signer(states))


def frame_of(request: ObjectRequest, occasion: Occasion, *, own: v4.Pairs) -> Frame:
    """Return all of a URL but key and signature; ``own`` are the request's encoded parameters."""
    headers, additional, end = _headers(request) if request.headers else ({}, [], _NO_HEADERS)
    parameters = [*own, *occasion.parameters, *additional]
    return Frame(
        request.method,
        headers,
        prepared.begun(canonical_opening(request)),
        f"\n{v4.canonical_query(parameters)}\n{end}".encode(),
        occasion.endpoint.root(request.bucket),
        f"?{'&'.join([text for _, text in parameters])}&x-oss-signature=",
    )


def _headers(request: ObjectRequest) -> tuple[dict[str, str], v4.Pairs, str]:
    """Return the headers to send, the parameter that names additional ones, and the canonical end."""
    names = v4.additional_headers(request.additional_headers, headers=request.headers)
    signed = v4.signed_headers(request.headers, additional=names)
    send = {name: signed[name.lower()] for name in request.headers if name.lower() in signed}
    additional = v4.query_pairs({"x-oss-additional-headers": ";".join(names)}) if names else []
    return send, additional, v4.canonical_end(signed, additional=names)


def _url(key: str | None, frame: Frame, occasion: Occasion) -> PresignedUrl:
    path = encode_path(key) if key else ""
    hashed = prepared.hashed(frame.opening, path.encode(), frame.closing)
    url = f"{frame.root}{path}{frame.query}{occasion.sign(occasion.to_sign + hashed)}"
    return _presigned((url, frame.method, frame.headers, occasion.expires_at, occasion.limited_by))


# What PresignedUrl(…) does, without the function that takes its values by name.
_presigned = partial(tuple.__new__, PresignedUrl)
