"""Many URLs in one call: what they share is encoded and hashed once; each is equal to that of ``presign``.

SHA-256 states are fed the bytes that many requests share; copy a state before updating it.
"""

from __future__ import annotations

from binascii import b2a_hex
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from shared.errors import InvalidRequest
from shared.signing import v4
from shared.signing.credentials import Credentials, LimitedBy, lifetime
from shared.signing.endpoints import Endpoint
from shared.signing.object_request import ObjectRequest, check_request, own_parameters
from shared.signing.percent import encode_path
from shared.signing.presign import PresignedUrl, additional_parameter, headers_of, signature_parameters

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

PART_NUMBER, SIGNATURE = "{partNumber}", "{signature}"


class PartSignatures(NamedTuple):
    """Part URLs of one upload: ``url`` with ``{partNumber}`` and ``{signature}``, and a signature each."""

    url: str
    part_numbers: Sequence[int]
    signatures: Sequence[str]
    headers: Mapping[str, str]
    expires_at: datetime
    limited_by: LimitedBy

    def urls(self) -> list[str]:
        """Return the URL of each part in full."""
        start, _, rest = self.url.partition(PART_NUMBER)
        end = rest.removesuffix(SIGNATURE)
        pairs = zip(self.part_numbers, self.signatures, strict=True)
        return [f"{start}{number}{end}{signature}" for number, signature in pairs]


class Occasion(NamedTuple):
    """What all URLs of one call share: the host, the signature's own parameters, the end, and who signs."""

    endpoint: Endpoint
    parameters: v4.Pairs
    sign: Callable[[bytes], str]
    expires_at: datetime
    limited_by: LimitedBy


class Frame(NamedTuple):
    """What URLs share that differ in the key alone.

    The key goes between ``opening`` and ``closing`` of the canonical request, and between ``root`` and
    ``query`` of the URL, which the signature ends.
    """

    method: str
    headers: Mapping[str, str]
    opening: str
    closing: str
    root: str
    query: str


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

    @lru_cache(maxsize=64)
    def plain(method: str, bucket: str | None) -> tuple[Frame, Hash, bytes]:
        return _prepared(_frame(ObjectRequest(method=method, bucket=bucket, key=None), occasion, own=[]))

    return [
        _url(
            each,
            plain(each.method, each.bucket)
            if not each.headers and not each.query and each.bucket is not None
            else _prepared(_frame(each, occasion, own=own_parameters(each))),
            occasion,
        )
        for each in requests
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
    if "partNumber" in request.query:
        raise InvalidRequest("query: part numbers are named apart from the request")
    occasion = _occasion(endpoint=endpoint, credentials=credentials, expires_in=expires_in, now=now)
    own = [("partNumber", f"partNumber={PART_NUMBER}"), *own_parameters(request)]
    frame, path = _frame(request, occasion, own=own), encode_path(request.key or "")
    # Encoded text holds no braces, and the query comes before the headers.
    start, end = f"{frame.opening}{path}{frame.closing}".split(PART_NUMBER, 1)
    begun, rest = sha256(start.encode()), end.encode()
    return PartSignatures(
        url=f"{frame.root}{path}{frame.query}{SIGNATURE}",
        part_numbers=part_numbers,
        signatures=[occasion.sign(_hashed(begun, b"%d" % number, rest)) for number in part_numbers],
        headers=frame.headers,
        expires_at=occasion.expires_at,
        limited_by=occasion.limited_by,
    )


def _occasion(
    *, endpoint: Endpoint, credentials: Credentials, expires_in: timedelta, now: datetime
) -> Occasion:
    begins = v4.whole_second(now)
    expires_at, limited_by = lifetime(expires_in, credentials=credentials, now=begins)
    stamp = v4.timestamp(begins)
    scope = v4.scope_of(stamp, region=endpoint.region, product=endpoint.product)
    parameters = signature_parameters(credentials, scope=scope, stamp=stamp, life=expires_at - begins)
    key = v4.signing_key(credentials.access_key_secret, scope=scope)
    sign = v4.hmac_of(key, start=v4.opening_of_string_to_sign(stamp, scope).encode())
    return Occasion(endpoint, parameters, sign, expires_at, limited_by)


def _frame(request: ObjectRequest, occasion: Occasion, *, own: v4.Pairs) -> Frame:
    """Return all of a URL but key and signature; ``own`` are the request's encoded parameters."""
    check_request(request)
    headers = headers_of(request)
    parameters = [*own, *occasion.parameters, *additional_parameter(headers.additional)]
    end = v4.canonical_end(headers.signed, additional=headers.additional)
    return Frame(
        request.method,
        headers.send,
        f"{request.method}\n{v4.canonical_uri(request.bucket, None)}",
        f"\n{v4.canonical_query(parameters)}\n{end}",
        occasion.endpoint.root(request.bucket),
        f"?{v4.query_string(parameters)}&x-oss-signature=",
    )


def _prepared(frame: Frame) -> tuple[Frame, Hash, bytes]:
    return frame, sha256(frame.opening.encode()), frame.closing.encode()


def _url(request: ObjectRequest, prepared: tuple[Frame, Hash, bytes], occasion: Occasion) -> PresignedUrl:
    frame, opening, closing = prepared
    path = encode_path(request.key) if request.key else ""
    signature = occasion.sign(_hashed(opening, path.encode(), closing))
    url = f"{frame.root}{path}{frame.query}{signature}"
    return _presigned((url, frame.method, frame.headers, occasion.expires_at, occasion.limited_by))


# What PresignedUrl(…) does, without the function that takes its values by name.
_presigned = partial(tuple.__new__, PresignedUrl)


def _hashed(start: Hash, between: bytes, end: bytes) -> bytes:
    """Return the hash of a canonical request in lower-case hex; ``start`` was fed already."""
    state = start.copy()
    state.update(between)
    state.update(end)
    return b2a_hex(state.digest())
