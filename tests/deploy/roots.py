"""Certificate authorities as OpenSSL looks them up one at a time: a file for each, named after its subject.

A bundle is read whole before the first handshake, which takes nearly as long as importing the SDK. A folder is
not read at all, and a handshake opens the one file that it needs. Verification is the same.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

_PEM = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
_VERSION, _UTF8 = 0xA0, 0x0C
_CODECS = {_UTF8: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii", 0x1E: "utf-16-be"}
"""The kinds of text in names, by their tag in DER (X.690): UTF8String, PrintableString and older ones."""


def write(bundle: str, *, folder: Path) -> None:
    """Write each certificate of a PEM bundle into a folder that OpenSSL takes as ``capath``."""
    folder.mkdir(exist_ok=True)
    for pem in _PEM.findall(bundle):
        digest = subject_hash(pem)
        # Equal subjects are told apart by a number, without gaps.
        number = len(list(folder.glob(f"{digest}.*")))
        (folder / f"{digest}.{number}").write_text(pem)


def trust(pem: str, *, certifi: Path) -> None:
    """Add a certificate to the roots of a certifi, in a layer or as it is installed."""
    if (certifi / "roots").is_dir():
        write(pem, folder=certifi / "roots")
        return
    with (certifi / "cacert.pem").open("a") as bundle:
        bundle.write(pem)


def subject_hash(pem: str) -> str:
    """Return the name of a certificate's file, such as ``5ad8a5d6``: OpenSSL's ``X509_NAME_hash`` of the subject."""
    canonical = b"".join(_canonical(tag, content) for tag, content in _elements(_subject(pem)))
    return f"{int.from_bytes(sha1(canonical, usedforsecurity=False).digest()[:4], 'little'):08x}"


def _subject(pem: str) -> bytes:
    """Return the subject of a certificate (RFC 5280): after serial number, algorithm, issuer and validity."""
    [(_, certificate)] = _elements(ssl.PEM_cert_to_DER_cert(pem))
    [(_, signed), *_] = _elements(certificate)
    fields = [content for tag, content in _elements(signed) if tag != _VERSION]
    return fields[4]


def _canonical(tag: int, content: bytes) -> bytes:
    """Return part of a name as OpenSSL compares it: texts in UTF-8, white space folded, ASCII letters small."""
    if tag & 0x20:
        return _element(tag, b"".join(_canonical(*inner) for inner in _elements(content)))
    if tag not in _CODECS:
        return _element(tag, content)
    words = " ".join(word for word in content.decode(_CODECS[tag]).split(" ") if word)
    return _element(_UTF8, words.encode().lower())


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element."""
    while der:
        length, start = der[1], 2
        if length & 0x80:
            start = 2 + (length & 0x7F)
            length = int.from_bytes(der[2:start], "big")
        yield der[0], der[start : start + length]
        der = der[start + length :]


def _element(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
