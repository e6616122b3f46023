"""Presigned URLs: all that OSS checks is in the URL and in the headers that go with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.credentials import Credentials
from shared.signing.endpoints import Endpoint
from shared.signing.lifetime import LimitedBy, lifetime
from shared.signing.object_request import ObjectRequest

PART_NUMBER = "{partNumber}"
SIGNATURE = "{signature}"

_OURS = {
    "x-oss-signature-version",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-credential",
    "x-oss-security-token",
    "x-oss-additional-headers",
    "x-oss-signature",
}

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


class PartSignatures(NamedTuple):
    """Part URLs of one upload: ``url`` with ``{partNumber}`` and ``{signature}``, and a signature each."""

    url: str
    signatures: list[str]
    headers: Mapping[str, str]
    expires_at: datetime
    limited_by: LimitedBy


class _Occasion(NamedTuple):
    """What all URLs of one call share: who signs, when, for how long, for which host."""

    endpoint: Endpoint
    stamp: str
    scope: v4.CredentialScope
    sign: Callable[[str], str]
    parameters: v4.Pairs
    expires_at: datetime
    limited_by: LimitedBy


class _Frame(NamedTuple):
    """What all URLs with the same headers share; ``parameters`` are in the order of the URL."""

    headers: Mapping[str, str]
    signed: Mapping[str, str]
    additional: Sequence[str]
    parameters: v4.Pairs
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
    occasion = _occasion(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    return _url(request, occasion, _frame(request, occasion))


def presign_many(
    requests: Iterable[ObjectRequest],
    *,
    endpoint: Endpoint,
    credentials: Credentials,
    expires_in: timedelta,
    now: datetime,
) -> list[PresignedUrl]:
    """Return what ``presign`` returns for each of ``requests``, in their order."""
    occasion = _occasion(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    bare = _frame(_BARE, occasion)
    return [
        _url(request, occasion, _frame(request, occasion) if request.headers else bare)
        for request in requests
    ]


def presign_parts(
    request: ObjectRequest,
    part_numbers: Sequence[int],
    *,
    endpoint: Endpoint,
    credentials: Credentials,
    expires_in: timedelta,
    now: datetime,
) -> PartSignatures:
    """Return one URL with placeholders, and the signature of each part, for an UploadPart ``request``."""
    occasion = _occasion(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    frame = _frame(request, occasion)
    part = replace(request, query={"partNumber": "0", **request.query})
    # An encoded key holds no '=', so the first match is the parameter.
    before, name, after = _canonical(part, frame).partition("partNumber=")
    return PartSignatures(
        url=_written(part, occasion, frame, SIGNATURE).replace(
            "partNumber=0", f"partNumber={PART_NUMBER}", 1
        ),
        signatures=[_signature(f"{before}{name}{number}{after[1:]}", occasion) for number in part_numbers],
        headers=frame.headers,
        expires_at=occasion.expires_at,
        limited_by=occasion.limited_by,
    )


def _occasion(
    *, endpoint: Endpoint, credentials: Credentials, expires_in: timedelta, now: datetime
) -> _Occasion:
    expires_at, limited_by = lifetime(expires_in, credentials=credentials, now=now)
    stamp, scope = v4.timestamp(now), v4.scope_at(now, region=endpoint.region, product=endpoint.product)
    seconds = int((expires_at - v4.whole_second(now)).total_seconds())
    parameters = [
        ("x-oss-signature-version", f"x-oss-signature-version={v4.ALGORITHM}"),
        ("x-oss-date", f"x-oss-date={stamp}"),
        ("x-oss-expires", f"x-oss-expires={seconds}"),
        ("x-oss-credential", f"x-oss-credential={v4.encode(f'{credentials.access_key_id}/{scope}')}"),
    ]
    if credentials.security_token is not None:
        parameters.append(("x-oss-security-token", _token_parameter(credentials.security_token)))
    sign = v4.signer(credentials.access_key_secret, scope)
    return _Occasion(endpoint, stamp, scope, sign, parameters, expires_at, limited_by)


@lru_cache(maxsize=64)
def _token_parameter(security_token: str) -> str:
    # A token is long and serves many URLs: encoding it costs more than signing one.
    return f"x-oss-security-token={v4.encode(security_token)}"


def _frame(request: ObjectRequest, occasion: _Occasion) -> _Frame:
    additional = v4.additional_headers(request.additional_headers, headers=request.headers)
    signed = v4.signed_headers(request.headers, additional=additional)
    parameters = occasion.parameters
    if additional:
        named = f"x-oss-additional-headers={v4.encode(';'.join(additional))}"
        parameters = [*parameters, ("x-oss-additional-headers", named)]
    headers = {name: value for name, value in request.headers.items() if name.lower() in signed}
    return _Frame(headers, signed, additional, parameters, "&".join([text for _, text in parameters]))


def _url(request: ObjectRequest, occasion: _Occasion, frame: _Frame) -> PresignedUrl:
    signature = _signature(_canonical(request, frame), occasion)
    url = _written(request, occasion, frame, signature)
    return PresignedUrl(url, request.method, frame.headers, occasion.expires_at, occasion.limited_by)


def _canonical(request: ObjectRequest, frame: _Frame) -> str:
    if not _OURS.isdisjoint(request.query):
        raise InvalidRequest("query: the parameters of the signature itself are not the caller's")
    return v4.canonical_request(
        method=request.method,
        uri=v4.canonical_uri(request.bucket, request.key),
        query=v4.canonical_query([*v4.query_pairs(request.query), *frame.parameters]),
        headers=frame.signed,
        additional=frame.additional,
    )


def _signature(canonical: str, occasion: _Occasion) -> str:
    return occasion.sign(v4.string_to_sign(stamp=occasion.stamp, scope=occasion.scope, canonical=canonical))


def _written(request: ObjectRequest, occasion: _Occasion, frame: _Frame, signature: str) -> str:
    own = "".join([f"{text}&" for _, text in v4.query_pairs(request.query)])
    root = occasion.endpoint.root(request.bucket)
    return f"{root}{v4.encode_path(request.key or '')}?{own}{frame.query}&x-oss-signature={signature}"
