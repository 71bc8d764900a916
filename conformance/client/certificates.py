"""Certificates that a client must reject, made for one run: unknown issuer, another host, expired."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SELF_SIGNED, OTHER_HOST, EXPIRED = "self-signed", "other-host", "expired"
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Certificate:
    """What a TLS listener needs, and the file with the issuer that clients trust; None if they must not trust any."""

    context: ssl.SSLContext
    issuer: Path | None


def certificate(kind: str, host: str, folder: Path) -> Certificate:
    """A certificate for a host that has one thing wrong with it. It is written into the folder."""
    now = datetime.now(UTC)
    begin, end = (now - 2 * YEAR, now - YEAR) if kind == EXPIRED else (now - timedelta(days=1), now + YEAR)
    key = ec.generate_private_key(ec.SECP256R1())
    name = "another-host.example" if kind == OTHER_HOST else host
    made = _builder(name, key.public_key(), begin, end).add_extension(_names(name), critical=False)
    issuer = None
    if kind == SELF_SIGNED:
        signed = made.issuer_name(_subject(name)).sign(key, hashes.SHA256())
    else:
        authority = ec.generate_private_key(ec.SECP256R1())
        own = _builder("Scimulator test issuer", authority.public_key(), now - 3 * YEAR, now + YEAR)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        trusted = own.issuer_name(_subject("Scimulator test issuer")).sign(authority, hashes.SHA256())
        issuer = folder / f"{kind}-issuer.pem"
        issuer.write_bytes(trusted.public_bytes(Encoding.PEM))
        signed = made.issuer_name(trusted.subject).sign(authority, hashes.SHA256())
    chain = folder / f"{kind}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(private + signed.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return Certificate(context, issuer)


def _builder(name: str, key: ec.EllipticCurvePublicKey, begin: datetime, end: datetime) -> x509.CertificateBuilder:
    empty = x509.CertificateBuilder().subject_name(_subject(name)).public_key(key)
    return empty.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _names(host: str) -> x509.SubjectAlternativeName:
    try:
        return x509.SubjectAlternativeName([x509.IPAddress(ip_address(host.strip("[]")))])
    except ValueError:
        return x509.SubjectAlternativeName([x509.DNSName(host)])
