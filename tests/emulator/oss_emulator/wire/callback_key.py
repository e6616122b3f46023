"""The key that signs callbacks: RSA with 1,024 bits, for tests, and everybody can read it here.

The real service's key has 512 bits, and libraries do not make such keys any more.
"""

from __future__ import annotations

import base64
import hashlib

_MODULUS = 0xF886318B3F050EDFFC02C0B09FF0E78C91F20F0459818E2F17D3AC0DB9964AABFD6FCB0C100A0FE432FCF73D4AF91ED78A28775955D68BF7E59F868EF8D7F965D8A1BF9F7AA97812DC8E0C8A67BC07F0B8D147322782D254610A1C62ADECDFD69F698CF8771D09F78BA7EA7452509DF0FAE9C2BFE64E8306C26B8951C909F477
_PRIVATE = 0x5EB83695CDB50DD04C6A782A592B25F52B82C83A6E2AB4983A4A909EC287077AB9A32C0E32E6C2DBC49B2958110515BE2C87F3C4F6B448B078B1EE44FB8EC51C4DC551FC6EB4D6183269466029C3C8E3A347AE961FB970D963D6894A6447183385344677B5D78C527BA225C290B93F12B58404B3B0C603C91A4541B4C279F9E1
_EXPONENT = 65_537
_LENGTH = 128
_MD5_DIGEST_INFO = bytes.fromhex("3020300c06082a864886f70d020505000410")


def signature(data: bytes) -> bytes:
    """Return the RSA signature over the MD5 of ``data`` (PKCS #1 v1.5) with the test key."""
    digest_info = _MD5_DIGEST_INFO + hashlib.md5(data, usedforsecurity=False).digest()
    padded = b"\x00\x01" + b"\xff" * (_LENGTH - len(digest_info) - 3) + b"\x00" + digest_info
    return pow(int.from_bytes(padded, "big"), _PRIVATE, _MODULUS).to_bytes(_LENGTH, "big")


def public_key_pem() -> str:
    """Return the test key's public half: what verifies this emulator's callbacks."""
    modulus, exponent = (_der_integer(number) for number in (_MODULUS, _EXPONENT))
    key = _der(0x30, modulus + exponent)
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    text = base64.b64encode(_der(0x30, algorithm + _der(0x03, b"\x00" + key))).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def _der_integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content
