"""One JWT, from text to what it says (RFC 7519, RFC 7515; the rules of RFC 8725).

The library verifies the signature and nothing else: form, times, issuer and audience are judged here.
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, NamedTuple

from shared import strict_json
from shared.oidc.keys import Key, KeySet
from shared.oidc.policy import OidcPolicy, VerifiedToken, refused

MAX_BYTES = 8 * 1024
LEEWAY = timedelta(seconds=30)
"""By how much clocks may differ."""
MAX_JTI = 256
"""Characters of a token's id that are kept for the audit line."""

_PART = re.compile(r"[A-Za-z0-9_-]+")

KeysFor = Callable[[KeySet | None], KeySet]
"""Returns the keys to look in; given a set, other ones if there can be any."""


class _Parts(NamedTuple):
    """A token taken apart: nothing of it is verified."""

    header: Mapping[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes


def verified(token: str, *, policy: OidcPolicy, keys: KeysFor, now: datetime) -> VerifiedToken:
    """Return what a token says; raises ``Unauthenticated`` where it does not hold, and what ``keys`` raises.

    In this order: size, three parts, algorithm and key, signature, times, issuer, audience.
    """
    parts = _taken_apart(token)
    algorithm = parts.header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in policy.algorithms:
        raise refused("signed by an algorithm that this deployment does not take")
    if "crit" in parts.header:
        raise refused("names critical extensions, and none is known")
    _check_signature(parts, algorithm, candidates=_candidates(parts.header, algorithm, keys))
    claims = _object(parts.payload)
    begins, ends_at = _times(claims, now=now)
    _check_names(claims, policy)
    facts = {"issuer": policy.issuer}
    if isinstance(claims.get("jti"), str):
        facts["jti"] = claims["jti"][:MAX_JTI]
    wanted = {name: claims[name] for name in policy.claims if isinstance(claims.get(name), str)}
    return VerifiedToken(claims=wanted, begins=begins, ends_at=ends_at, facts=facts)


def _taken_apart(token: str) -> _Parts:
    if len(token) > MAX_BYTES:
        raise refused(f"takes more than {MAX_BYTES} bytes")
    texts = token.split(".")
    if len(texts) != 3 or not all(map(_PART.fullmatch, texts)):
        raise refused("not three parts in base64url, without padding")
    header, payload, signature = map(_decoded, texts)
    return _Parts(_object(header), payload, token.rpartition(".")[0].encode(), signature)


def _decoded(text: str) -> bytes:
    try:
        octets = binascii.a2b_base64(text.translate(_FROM_URL) + "=" * (-len(text) % 4))
    except binascii.Error:
        raise refused("not base64url") from None
    # Bits beyond the last byte would let one signature stand in two texts.
    if binascii.b2a_base64(octets, newline=False).rstrip(b"=").decode() != text.translate(_FROM_URL):
        raise refused("not base64url")
    return octets


_FROM_URL = str.maketrans("-_", "+/")


def _object(octets: bytes) -> dict[str, Any]:
    try:
        members = strict_json.read(octets.decode(), name="a part")
    except (strict_json.NotStrict, UnicodeDecodeError):
        raise refused("a part is no JSON, or names a member twice") from None
    if not isinstance(members, dict):
        raise refused("a part is no JSON object")
    return members


def _candidates(header: Mapping[str, Any], algorithm: str, keys: KeysFor) -> list[Key]:
    """Return the keys that may have signed; where none has the id that is named, the issuer is asked anew."""
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise refused("kid is a text")
    known = keys(None)
    named = _named(known, kid, algorithm)
    if kid is not None and all(key.kid != kid for key in known):
        named = _named(keys(known), kid, algorithm)
    if not named:
        raise refused("no key of the issuer is the one that signed")
    return named


def _named(keys: KeySet, kid: str | None, algorithm: str) -> list[Key]:
    """Return the keys of that id that fit the algorithm; without an id, the only one that fits."""
    fitting = [key for key in keys if algorithm in key.algorithms]
    if kid is None:
        return fitting if len(fitting) == 1 else []
    return [key for key in fitting if key.kid == kid]


def _check_signature(parts: _Parts, algorithm: str, *, candidates: list[Key]) -> None:
    verify = _algorithms()[algorithm].verify
    if not any(verify(parts.signed, key.public, parts.signature) for key in candidates):
        raise refused("the signature does not hold")


@cache
def _algorithms() -> Mapping[str, Any]:
    from jwt.algorithms import get_default_algorithms

    return get_default_algorithms()


def _times(claims: Mapping[str, Any], *, now: datetime) -> tuple[float, datetime]:
    """Return when a token begins and ends; raises for one that is over, not valid yet, or says no end."""
    at, leeway = now.timestamp(), int(LEEWAY.total_seconds())
    ends, begins, issued = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
    if ends is None:
        raise refused("says no end (exp)")
    if at >= ends + leeway:
        raise refused("is over (exp)")
    begins = max(begins or 0, issued or 0)
    if begins > at + leeway:
        raise refused("is not valid yet (nbf, iat)")
    try:
        return begins, datetime.fromtimestamp(ends, timezone.utc)
    except (OverflowError, ValueError, OSError):
        raise refused("exp is no moment") from None


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    if name not in claims:
        return None
    moment = claims[name]
    if type(moment) is int or (type(moment) is float and math.isfinite(moment)):
        return moment
    raise refused(f"{name} is a number of seconds")


def _check_names(claims: Mapping[str, Any], policy: OidcPolicy) -> None:
    if claims.get("iss") != policy.issuer:
        raise refused("of another issuer")
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise refused("says no audience")
    if not set(named) & set(policy.audience):
        raise refused("for another audience")
