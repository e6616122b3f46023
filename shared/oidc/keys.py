"""Key sets of an issuer (RFC 7517): read from text, bounded, without the keys that may verify nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from shared import strict_json

MAX_BYTES, MAX_KEYS = 64 * 1024, 50
MIN_RSA_BITS = 2048
"""RFC 7518, section 3.3."""

_OF_ALGORITHM = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Type and curve of the key that an algorithm takes (RFC 7518, section 3.1; RFC 8037)."""


class NoKeys(Exception):
    """A text is no key set within its bounds; the message says why."""


class Key(NamedTuple):
    """One public key: its id if it has one, the algorithms that it may verify, and the library's object."""

    kid: str | None
    algorithms: frozenset[str]
    public: Any


KeySet = tuple[Key, ...]


def read(text: str, *, algorithms: tuple[str, ...]) -> KeySet:
    """Return the keys of a set that can verify one of ``algorithms``; raises ``NoKeys`` for no key set."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise NoKeys(f"a key set takes at most {MAX_BYTES} bytes")
    try:
        members = strict_json.read(text, name="the key set")
    except strict_json.NotStrict as error:
        raise NoKeys(str(error)) from None
    listed = members.get("keys") if isinstance(members, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise NoKeys("a key set is a JSON object with a list 'keys' of objects")
    if len(listed) > MAX_KEYS:
        raise NoKeys(f"a key set holds at most {MAX_KEYS} keys")
    return tuple(_usable(listed, frozenset(algorithms)))


def _usable(listed: list[Mapping[str, Any]], algorithms: frozenset[str]) -> Iterator[Key]:
    for jwk in listed:
        fitting = frozenset(each for each in algorithms if _fits(jwk, each))
        public = _public(jwk, min(fitting)) if fitting and _is_for_verifying(jwk) else None
        if public is not None:
            kid = jwk.get("kid")
            yield Key(kid if isinstance(kid, str) else None, fitting, public)


def _fits(jwk: Mapping[str, Any], algorithm: str) -> bool:
    kind, curve = _OF_ALGORITHM[algorithm]
    named = jwk.get("alg", algorithm)
    return named == algorithm and jwk.get("kty") == kind and (curve is None or jwk.get("crv") == curve)


def _is_for_verifying(jwk: Mapping[str, Any]) -> bool:
    """Tell whether a key may verify, by what it says of itself; one with a private half may nothing."""
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and "d" not in jwk
    )


def _public(jwk: Mapping[str, Any], algorithm: str) -> Any:
    """Return the library's object for a public key, None for one that is malformed or too weak."""
    import jwt

    members = {name: jwk[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in jwk}
    try:
        public: Any = jwt.PyJWK(members, algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if jwk["kty"] == "RSA" and public.key_size < MIN_RSA_BITS:
        return None
    return public
