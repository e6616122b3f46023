"""Presigned URLs, signed step by step: all that OSS checks is in the URL and in the headers that go with it.

The steps are those of the specification (OSS V4, signature in a URL), each a function of ``v4``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from shared.signing import v4
from shared.signing.credentials import Credentials, LimitedBy, lifetime
from shared.signing.endpoints import Endpoint
from shared.signing.object_request import ObjectRequest, check_request, own_parameters
from shared.signing.percent import encode, encode_path
from shared.values import NOTHING


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


class Headers(NamedTuple):
    """The headers of a request: to send, by the caller's names; as signed; and which are additional ones."""

    send: Mapping[str, str]
    signed: Mapping[str, str]
    additional: Sequence[str]


_NO_HEADERS = Headers(NOTHING, NOTHING, ())


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
    check_request(request)
    begins = v4.whole_second(now)
    expires_at, limited_by = lifetime(expires_in, credentials=credentials, now=begins)
    stamp = v4.timestamp(begins)
    scope = v4.scope_of(stamp, region=endpoint.region, product=endpoint.product)
    headers = headers_of(request)
    parameters = [
        *own_parameters(request),
        *signature_parameters(credentials, scope=scope, stamp=stamp, life=expires_at - begins),
        *additional_parameter(headers.additional),
    ]
    canonical = v4.canonical_request(
        method=request.method,
        uri=v4.canonical_uri(request.bucket, request.key),
        query=v4.canonical_query(parameters),
        headers=headers.signed,
        additional=headers.additional,
    )
    to_sign = v4.string_to_sign(stamp=stamp, scope=scope, canonical=canonical)
    key = v4.signing_key(credentials.access_key_secret, scope=scope)
    signature = v4.signature(key, to_sign)
    address = f"{endpoint.root(request.bucket)}{encode_path(request.key or '')}"
    url = f"{address}?{v4.query_string(parameters)}&x-oss-signature={signature}"
    return PresignedUrl(url, request.method, headers.send, expires_at, limited_by)


def signature_parameters(
    credentials: Credentials, *, scope: v4.CredentialScope, stamp: str, life: timedelta
) -> v4.Pairs:
    """Return the encoded parameters of the signature itself, in the order of the Python SDK v2."""
    parameters = [
        ("x-oss-signature-version", f"x-oss-signature-version={v4.ALGORITHM}"),
        ("x-oss-date", f"x-oss-date={stamp}"),
        ("x-oss-expires", f"x-oss-expires={life.days * 86_400 + life.seconds}"),
        _day_parameter(credentials.access_key_id, scope),
    ]
    if credentials.security_token is not None:
        parameters.append(_token_parameter(credentials.security_token))
    return parameters


@lru_cache(maxsize=64)
def _day_parameter(access_key_id: str, scope: v4.CredentialScope) -> tuple[str, str]:
    return "x-oss-credential", f"x-oss-credential={encode(f'{access_key_id}/{scope}')}"


@lru_cache(maxsize=64)
def _token_parameter(security_token: str) -> tuple[str, str]:
    # A token is long and serves many URLs: encoding it costs more than signing one.
    return "x-oss-security-token", f"x-oss-security-token={encode(security_token)}"


def additional_parameter(additional: Sequence[str]) -> v4.Pairs:
    """Return the parameter that names headers which are signed on request only, where there are any."""
    return v4.query_pairs({"x-oss-additional-headers": ";".join(additional)}) if additional else []


def headers_of(request: ObjectRequest) -> Headers:
    """Return which headers of a request are signed, and so have to be sent."""
    if not request.headers:
        return _NO_HEADERS
    additional = v4.additional_headers(request.additional_headers, headers=request.headers)
    signed = v4.signed_headers(request.headers, additional=additional)
    send = {name: signed[name.lower()] for name in request.headers if name.lower() in signed}
    return Headers(send, signed, additional)
