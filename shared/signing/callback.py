"""Signatures of OSS's callbacks: RSA over path and body, verified with pinned keys (OSS, Callback).

PKCS #1 v1.5 with MD5, as OSS signs. What the signature must be is encoded anew and compared whole (RFC 8017,
section 8.2.2), so that there is nothing of the sender's to parse. OSS's key has 512 bits, and any customer
can have OSS call any address: this is a fence; the seal in the body and a look at the object are the walls.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable
from typing import NamedTuple

PUBLISHED_KEY = """-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKs/JBGzwUB2aVht4crBx3oIPBLNsjGs
C0fTXv+nvlmklvkcolvpvXLTjaxUHR3W9LXxQ2EHXAJfCB+6H2YF1k8CAwEAAQ==
-----END PUBLIC KEY-----
"""
"""What OSS has published since 2015, https://gosspublic.alicdn.com/callback_pub_key_v1.pem; never fetched."""

_MD5_DIGEST_INFO = bytes.fromhex("3020300c06082a864886f70d020505000410")
_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
_FEWEST_BITS, _MOST_BITS = 512, 8192
_BLOCK = r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----"
_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03


class PublicKey(NamedTuple):
    """One RSA key: what ``openssl rsa -pubin -text`` calls modulus and exponent."""

    modulus: int
    exponent: int

    @property
    def length(self) -> int:
        """The bytes of a signature."""
        return (self.modulus.bit_length() + 7) // 8


def public_keys(pem: str) -> tuple[PublicKey, ...]:
    """Return the RSA keys of one or more PEM blocks ``PUBLIC KEY``; raises ``ValueError``."""
    blocks = re.findall(_BLOCK, pem)
    if not blocks or re.sub(_BLOCK, "", pem).strip():
        raise ValueError("one or more PEM blocks 'PUBLIC KEY', and nothing else")
    return tuple(map(_public_key, blocks))


def is_signed(path: str, body: bytes, signature: str, *, keys: Iterable[PublicKey]) -> bool:
    """Tell whether ``signature`` (base64) is one of ``keys``' over the URL-decoded path and the raw body."""
    try:
        raw = b64decode(signature, validate=True)
    except ValueError:
        return False
    digest = hashlib.md5(path.encode() + b"\n" + body, usedforsecurity=False).digest()
    return any(_verifies(raw, digest, key) for key in keys)


def _verifies(signature: bytes, digest: bytes, key: PublicKey) -> bool:
    number = int.from_bytes(signature, "big")
    if len(signature) != key.length or number >= key.modulus:
        return False
    return pow(number, key.exponent, key.modulus).to_bytes(key.length, "big") == _encoded(digest, key.length)


def _encoded(digest: bytes, length: int) -> bytes:
    """Return what was signed: EMSA-PKCS1-v1_5 (RFC 8017, section 9.2)."""
    info = _MD5_DIGEST_INFO + digest
    return b"\x00\x01" + b"\xff" * (length - len(info) - 3) + b"\x00" + info


def _public_key(block: str) -> PublicKey:
    """Return the key of a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) written in one way only."""
    try:
        der = b64decode("".join(block.split()), validate=True)
        algorithm_and_key = _only(der, _SEQUENCE)
        if not algorithm_and_key.startswith(_RSA_ENCRYPTION):
            raise ValueError("RSA keys only")
        bits = _only(algorithm_and_key[len(_RSA_ENCRYPTION) :], _BIT_STRING)
        modulus, rest = _element(_only(bits.removeprefix(b"\x00"), _SEQUENCE), _INTEGER)
        key = PublicKey(int.from_bytes(modulus, "big"), int.from_bytes(_only(rest, _INTEGER), "big"))
    except (Error, IndexError):
        raise ValueError("a PEM block does not hold a public key") from None
    if (
        not _FEWEST_BITS <= key.modulus.bit_length() <= _MOST_BITS
        or key.exponent < 3
        or key.exponent % 2 == 0
    ):
        raise ValueError(f"RSA keys of {_FEWEST_BITS} to {_MOST_BITS} bits, with an odd exponent above 1")
    return key


def _only(der: bytes, tag: int) -> bytes:
    content, rest = _element(der, tag)
    if rest:
        raise ValueError("a PEM block holds more than a public key")
    return content


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the first element and what follows it (DER, X.690)."""
    length, start = der[1], 2
    if length >= 0x80:
        start += length - 0x80
        length = int.from_bytes(der[2:start], "big")
    if der[0] != tag or len(der) < start + length:
        raise ValueError("a PEM block does not hold a public key")
    return der[start : start + length], der[start + length :]
