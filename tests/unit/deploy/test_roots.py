"""Roots in files of their own: OpenSSL itself finds every one of them."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.certificate import made_up_certificate
from tests.deploy import roots

KEY: Any = ec.generate_private_key(ec.SECP256R1())
NOW = datetime.now(timezone.utc)


def forged(issuer: x509.Name, path: Path) -> Path:
    """Write a certificate that claims to be of an issuer; whoever looks for the issuer finds that it is not."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "forged")])
    builder = x509.CertificateBuilder(issuer, name, KEY.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
    private = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """Let a client in this process verify a server in this process; raises where it does not trust it."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (client.wrap_bio(back, there), server.wrap_bio(there, back, server_side=True))
    for _ in range(4):
        for end in ends:
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()


def looked_up(names: Iterable[x509.Name], *, folder: Path, scratch: Path) -> set[str]:
    """Return which roots OpenSSL has read, after meeting a forged certificate of each of these issuers."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(capath=folder)
    for name in names:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(forged(name, scratch / "forged.pem"))
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(client, server)
    return {ssl.DER_cert_to_PEM_cert(root) for root in client.get_ca_certs(binary_form=True)}


# One root has a serial number that cryptography will refuse some day.
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_openssl_finds_every_root(tmp_path: Path) -> None:
    bundle = Path(certifi.where()).read_text()
    roots.write(bundle, folder=tmp_path / "roots")
    wanted = x509.load_pem_x509_certificates(bundle.encode())
    found = looked_up([root.subject for root in wanted], folder=tmp_path / "roots", scratch=tmp_path)

    assert 100 < len(wanted) == bundle.count("BEGIN CERTIFICATE")
    assert {root.public_bytes(serialization.Encoding.PEM).decode() for root in wanted} == found


def test_of_two_roots_with_one_subject_both_are_found(tmp_path: Path) -> None:
    made = [made_up_certificate(tmp_path / "key.pem") for _ in range(2)]
    roots.write("".join(made), folder=tmp_path / "roots")
    name = x509.load_pem_x509_certificate(made[0].encode()).subject

    assert set(made) == looked_up([name], folder=tmp_path / "roots", scratch=tmp_path)
    assert [".0", ".1"] == sorted(path.suffix for path in (tmp_path / "roots").iterdir())
