"""Signatures of OSS's callbacks: two genuine ones, and everything that must not pass for one."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from oss_emulator.wire.callback_key import public_key_pem, signature
from shared.signing.callback import PUBLISHED_KEY, PublicKey, is_signed, public_keys

OSS = public_keys(PUBLISHED_KEY)
GENUINE = [
    # The manual's sample of 2015, query included (OSS, Callback, signature).
    (
        "/index.php?id=1&index=2",
        b"bucket=yonghu-test",
        "kKQeGTRccDKyHB3H9vF+xYMSrmhMZjzzl2/kdD1ktNVgbWEfYTQG0G2SU/RaHBovRCE8OkQDjC3uG33esH2txA==",
    ),
    # aliyun/aliyun-oss-python-sdk#272, 2021.
    (
        "/api/File/15/upload_notify/",
        b"filename=zmaplex%2F20210407_14%3A31%3A41_286180%2F20200130021612_pnfqp.jpg&size=112595",
        "aMYUW1arI/qpU7cp/DCGXS56iFJPxwe7K3QIFVvbtSgiE6vwuu4/HuBxyDDX5IKU8vSJg/BI956SzVsRQt969g==",
    ),
]
TEST = public_keys(public_key_pem())
PATH, BODY = "/uploads", b"etag=x&grant=y"
DIGEST_INFO = bytes.fromhex("3020300c06082a864886f70d020505000410")


def private_key(bits: int = 1024) -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


MINE = private_key()
OWN = public_keys(
    MINE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def raw_signature(padded: bytes) -> str:
    """Return what a dishonest or careless signer makes of a padded message of his own."""
    numbers = MINE.private_numbers()
    return base64.b64encode(
        pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(128, "big")
    ).decode()


def digest(body: bytes = BODY) -> bytes:
    return hashlib.md5(PATH.encode() + b"\n" + body, usedforsecurity=False).digest()


@pytest.mark.parametrize(("path", "body", "signed"), GENUINE)
def test_what_oss_really_signed_passes(path: str, body: bytes, signed: str) -> None:
    assert is_signed(path, body, signed, keys=OSS)


@pytest.mark.parametrize(("path", "body", "signed"), GENUINE)
def test_what_oss_signed_for_another_path_or_body_does_not(path: str, body: bytes, signed: str) -> None:
    assert not is_signed(f"{path}x", body, signed, keys=OSS)
    assert not is_signed(path, body + b" ", signed, keys=OSS)
    assert not is_signed(path, body, signed, keys=TEST)


def test_an_independent_library_makes_the_same_signatures() -> None:
    text = MINE.sign(b"/uploads\n" + BODY, padding.PKCS1v15(), hashes.MD5())  # noqa: S303  # as OSS signs

    assert is_signed(PATH, BODY, base64.b64encode(text).decode(), keys=(*OSS, *OWN))


def test_the_honest_encoding_passes_so_that_the_crooked_ones_fail_for_their_crookedness() -> None:
    info = DIGEST_INFO + digest()

    assert is_signed(
        PATH, BODY, raw_signature(b"\x00\x01" + b"\xff" * (125 - len(info)) + b"\x00" + info), keys=OWN
    )


def crooked() -> dict[str, bytes]:
    """Return paddings that lax verifiers have taken, as in Wycheproof's sets."""
    info = DIGEST_INFO + digest()
    without_null = bytes.fromhex("301e300a06082a864886f70d02050410") + digest()
    sha1 = (
        bytes.fromhex("3021300906052b0e03021a05000414") + hashlib.sha1(BODY, usedforsecurity=False).digest()
    )

    def padded(info: bytes, tail: bytes = b"", filling: bytes = b"\xff", start: bytes = b"\x00\x01") -> bytes:
        return start + filling * (125 - len(info) - len(tail)) + b"\x00" + info + tail

    return {
        "garbage after the digest": padded(info, tail=b"\x11" * 20),
        "short padding, garbage after": b"\x00\x01"
        + b"\xff" * 8
        + b"\x00"
        + info
        + b"\x00" * (117 - len(info)),
        "no NULL parameter": padded(without_null),
        "another hash": padded(sha1),
        "the digest alone": padded(digest()),
        "another digest": padded(DIGEST_INFO + digest(b"other")),
        "zeros as padding": padded(info, filling=b"\x00"),
        "block type 0": padded(info, start=b"\x00\x00"),
        "block type 2": padded(info, start=b"\x00\x02"),
        "first byte not zero": padded(info, start=b"\x01\x01"),
        "no separator": b"\x00\x01" + b"\xff" * (126 - len(info)) + info,
        "BER length": padded(b"\x30\x81\x20" + info[2:]),
    }


@pytest.mark.parametrize("name", crooked())
def test_a_crooked_padding_does_not_pass(name: str) -> None:
    assert not is_signed(PATH, BODY, raw_signature(crooked()[name]), keys=OWN)


@pytest.mark.parametrize("above", [None, -1, 0, 1])
def test_a_number_that_anybody_can_name_does_not_pass(above: int | None) -> None:
    number = 1 if above is None else OWN[0].modulus + above

    assert not is_signed(PATH, BODY, base64.b64encode(number.to_bytes(128, "big")).decode(), keys=OWN)


def test_the_same_signature_in_another_spelling_does_not_pass() -> None:
    raw = signature(b"/uploads\n" + BODY)
    larger = (int.from_bytes(raw, "big") + TEST[0].modulus).to_bytes(129, "big")
    spelled = base64.b64encode(raw).decode()
    others = [
        *(
            "",
            f" {spelled}",
            f"{spelled}\n",
            spelled.replace("=", ""),
            f"\u00e9{spelled}",
            f"{spelled},{spelled}",
        ),
        *(base64.b64encode(each).decode() for each in (b"\x00" + raw, raw[:-1], raw + b"\x00", larger)),
    ]

    assert is_signed(PATH, BODY, spelled, keys=TEST)
    assert [] == [each for each in others if is_signed(PATH, BODY, each, keys=TEST)]


@given(data=st.binary(min_size=64, max_size=64))
def test_no_random_signature_passes(data: bytes) -> None:
    assert not is_signed(PATH, BODY, base64.b64encode(data).decode(), keys=OSS)


def test_every_single_changed_bit_is_noticed() -> None:
    path, body, signed = GENUINE[1]
    raw = base64.b64decode(signed)
    changed = [(int.from_bytes(raw, "big") ^ (1 << bit)).to_bytes(64, "big") for bit in range(512)]

    assert not any(is_signed(path, body, base64.b64encode(each).decode(), keys=OSS) for each in changed)


def test_keys_are_read_as_an_independent_library_reads_them() -> None:
    pem = PUBLISHED_KEY + public_key_pem().replace("\n", " ")
    read: Any = serialization.load_pem_public_key(PUBLISHED_KEY.encode())
    numbers = read.public_numbers()

    assert (PublicKey(numbers.n, numbers.e), *TEST) == public_keys(pem)
    assert [512, 1024] == [key.modulus.bit_length() for key in public_keys(pem)]


def pem_of(der: bytes) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----"


DER = base64.b64decode("".join(PUBLISHED_KEY.splitlines()[1:-1]))
EC = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


@pytest.mark.parametrize(
    "pem",
    [
        *(
            "",
            "x",
            f"{PUBLISHED_KEY}x",
            PUBLISHED_KEY.replace("PUBLIC", "PRIVATE"),
            EC,
            pem_of(b"0"),
            pem_of(b""),
        ),
        *(pem_of(DER[:-1]), pem_of(DER + b"\x00"), pem_of(b"\x31" + DER[1:]), pem_of(DER[:-1] + b"\x02")),
        *(
            pem_of(DER[:-3] + b"\x00\x00\x01"),
            pem_of(DER).replace("MF", "M=F"),
            pem_of(DER).replace("MF", "M F="),
        ),
        pem_of(bytes.fromhex("301a300d06092a864886f70d0101010500030900300602010302010 3".replace(" ", ""))),
    ],
)
def test_what_is_no_rsa_key_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match=r"PEM|RSA"):
        public_keys(pem)


def test_any_text_is_read_or_refused() -> None:
    for end in range(len(DER)):
        with pytest.raises(ValueError, match=r"PEM|RSA"):
            public_keys(pem_of(DER[:end]))
