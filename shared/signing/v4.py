"""The OSS V4 signature, step by step in the order of the specification (OSS, signature version 4).

Text goes in, text comes out: no clock, no environment, no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timezone
from functools import lru_cache
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import NamedTuple

from shared.errors import InvalidRequest
from shared.signing.percent import encode, encode_path

ALGORITHM = "OSS4-HMAC-SHA256"
TERMINATOR = "aliyun_v4_request"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

Pairs = list[tuple[str, str]]
"""Encoded parameter names, and the text that a query writes for each: ``name=value``, or ``name`` alone."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SENDABLE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
_ALWAYS_SIGNED = ("content-type", "content-md5")


class CredentialScope(NamedTuple):
    """What a signing key is good for: one day, region and product (OSS V4, credential scope)."""

    date: str
    region: str
    product: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.product}/{TERMINATOR}"


def whole_second(moment: datetime) -> datetime:
    """Return an aware ``moment`` without its fraction, in UTC: what a signature can say."""
    if moment.tzinfo is None:
        raise InvalidRequest("now: an aware datetime, such as datetime.now(timezone.utc)")
    if moment.tzinfo is not timezone.utc:
        moment = moment.astimezone(timezone.utc)
    return moment.replace(microsecond=0) if moment.microsecond else moment


def timestamp(now: datetime) -> str:
    """Return ``YYYYMMDDTHHMMSSZ`` for an aware moment."""
    at = now if now.tzinfo is timezone.utc else whole_second(now)
    return f"{_day(at.date())}T{TWO_DIGITS[at.hour]}{TWO_DIGITS[at.minute]}{TWO_DIGITS[at.second]}Z"


# Looked up, not formatted: formatting a time costs a fifth of signing with it.
TWO_DIGITS = [f"{number:02}" for number in range(60)]


@lru_cache(maxsize=4)
def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def scope_of(stamp: str, *, region: str, product: str) -> CredentialScope:
    """Return the credential scope of the day that ``stamp`` names."""
    return CredentialScope(stamp[:8], region, product)


def canonical_uri(bucket: str | None, key: str | None) -> str:
    """Return the encoded ``/bucket/key``, bucket included whatever the host (OSS V4, canonical URI)."""
    return "/" if bucket is None else encode_path(f"/{bucket}/{key or ''}")


def query_pairs(query: Mapping[str, str]) -> Pairs:
    """Return the encoded parameters of ``query`` in its order; an empty value leaves the name alone."""
    return [_pair(encode(name), value) for name, value in query.items()]


def _pair(name: str, value: str) -> tuple[str, str]:
    return name, f"{name}={encode(value)}" if value else name


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return encoded parameters sorted by their encoded names, joined by ``&`` (OSS V4, canonical query)."""
    return "&".join([text for _, text in sorted(pairs)])


def query_string(pairs: Iterable[tuple[str, str]]) -> str:
    """Return encoded parameters in their order, joined by ``&``, as a URL has them."""
    return "&".join([text for _, text in pairs])


def signed_headers(headers: Mapping[str, str], *, additional: Sequence[str] = ()) -> dict[str, str]:
    """Return the headers that a signature covers: lower-case, sorted, trimmed (OSS V4, canonical headers).

    Always: ``content-type``, ``content-md5`` and every ``x-oss-*``; others where ``additional`` names them.
    """
    lower = {name.lower(): value.strip(" \t") for name, value in headers.items()}
    if len(lower) != len(headers):
        raise InvalidRequest("headers: names are distinct whatever their case")
    if not all(map(_HEADER_NAME.fullmatch, headers)) or not all(map(_SENDABLE.fullmatch, lower.values())):
        raise InvalidRequest("headers: no separators in names, no line breaks, controls or lone surrogates")
    return {name: lower[name] for name in sorted(lower) if _is_always_signed(name) or name in additional}


def additional_headers(names: Iterable[str], *, headers: Mapping[str, str]) -> list[str]:
    """Return those ``names`` in ``headers`` that are signed on request only (OSS V4, additional headers).

    Lower-case, sorted.
    """
    present = {name.lower() for name in headers}
    return sorted({n for n in map(str.lower, names) if n in present and not _is_always_signed(n)})


def _is_always_signed(name: str) -> bool:
    return name in _ALWAYS_SIGNED or name.startswith("x-oss-")


def canonical_request(
    *,
    method: str,
    uri: str,
    query: str,
    headers: Mapping[str, str],
    additional: Sequence[str] = (),
) -> str:
    """Return the six parts that are hashed (OSS V4, canonical request).

    ``uri``, ``query`` and ``headers`` are canonical already.
    """
    return f"{method}\n{uri}\n{query}\n{canonical_end(headers, additional=additional)}"


def canonical_end(headers: Mapping[str, str], *, additional: Sequence[str] = ()) -> str:
    """Return the last three parts: signed headers, names of the additional ones, and the payload hash."""
    lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
    return f"{lines}\n{';'.join(additional)}\n{headers.get('x-oss-content-sha256', UNSIGNED_PAYLOAD)}"


def string_to_sign(*, stamp: str, scope: CredentialScope, canonical: str) -> str:
    """Return the four lines that are signed (OSS V4, string to sign).

    They are algorithm, timestamp, credential scope and the hash of the canonical request.
    """
    return f"{opening_of_string_to_sign(stamp, scope)}{sha256(canonical.encode()).hexdigest()}"


def opening_of_string_to_sign(stamp: str, scope: CredentialScope | str) -> str:
    """Return the first three lines, which all signatures of a second and a scope share."""
    return f"{ALGORITHM}\n{stamp}\n{scope}\n"


@lru_cache(maxsize=64)
def signing_key(secret: str, *, scope: CredentialScope) -> bytes:
    """Return the key for one day, region and product (OSS V4, signing key); kept, for it serves a day.

    Four HMAC-SHA256, each keyed by the digest before it.
    """
    key = f"aliyun_v4{secret}".encode()
    for message in (*scope, TERMINATOR):
        key = hmac_digest(key, message.encode(), "sha256")
    return key


def signature(key: bytes, text: str) -> str:
    """Return the lower-case hex HMAC-SHA256 of a string to sign (OSS V4, signature)."""
    return hmac_of(key)(text.encode())


@lru_cache(maxsize=64)
def hmac_of(key: bytes, *, start: bytes = b"") -> Callable[[bytes], str]:
    """Return what gives the lower-case hex HMAC-SHA256 of ``start`` and what follows (RFC 2104, section 2).

    A key of at most 64 bytes: both hashes are fed the padded key once, and the inner one ``start``.
    """
    inner, outer = (sha256(bytes(byte ^ pad for byte in key.ljust(64, b"\0"))) for pad in (0x36, 0x5C))
    inner.update(start)

    def hexadecimal(rest: bytes) -> str:
        within, without = inner.copy(), outer.copy()
        within.update(rest)
        without.update(within.digest())
        return without.hexdigest()

    return hexadecimal
