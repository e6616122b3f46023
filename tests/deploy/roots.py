"""Certificate authorities as OpenSSL looks them up one at a time: a file for each, named after its subject.

A bundle is read whole before the first handshake, which takes nearly as long as importing the SDK. A folder is
not read at all, and a handshake opens the one file that it needs. Verification is the same.
"""

from __future__ import annotations

import re
from pathlib import Path

from OpenSSL.crypto import FILETYPE_PEM, load_certificate

_PEM = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)


def write(bundle: str, *, folder: Path) -> None:
    """Write each certificate of a PEM bundle into a folder that OpenSSL takes as ``capath``."""
    folder.mkdir(exist_ok=True)
    for pem in _PEM.findall(bundle):
        digest = f"{load_certificate(FILETYPE_PEM, pem.encode()).subject_name_hash():08x}"
        # Equal subjects are told apart by a number, without gaps.
        number = len(list(folder.glob(f"{digest}.*")))
        (folder / f"{digest}.{number}").write_text(pem)


def beside(certifi: Path) -> Path:
    """Return the folder for the roots of a certifi, which itself stays as it is."""
    return certifi.with_name(f"{certifi.name}_roots")


def trust(pem: str, *, certifi: Path) -> None:
    """Add a certificate to the roots of a certifi, in a layer or as it is installed."""
    if beside(certifi).is_dir():
        write(pem, folder=beside(certifi))
        return
    with (certifi / "cacert.pem").open("a") as bundle:
        bundle.write(pem)
