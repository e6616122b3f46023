"""A certificate that nobody vouches for, so that clients over TLS have something to refuse, or to be told to trust."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def made_up_certificate(path: Path) -> str:
    """Write a key and a certificate of this machine's loopback address; return the certificate."""
    key: Any = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "emulator")])
    today = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    text = signed.public_bytes(serialization.Encoding.PEM).decode()
    path.write_text(private.decode() + text)
    return text


def issued(folder: Path) -> tuple[Path, Path]:
    """Return an authority's certificate, and beside it the key and certificate of this machine that it issued."""
    keys: list[Any] = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("authority", "localhost")
    ]
    certificates = [
        _signed(names[which], keys[which], by=(names[0], keys[0]), ca=which == 0) for which in (0, 1)
    ]
    private = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    authority, server = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(certificates[0])
    server.write_bytes(private + certificates[1])
    return authority, server


def _signed(name: x509.Name, key: Any, *, by: tuple[x509.Name, Any], ca: bool) -> bytes:
    today = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(by[0], name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if not ca:
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        )
        builder = builder.add_extension(names, critical=False)
    return builder.sign(by[1], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
