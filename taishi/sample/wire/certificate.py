"""A certificate chain for inside services: made by an invented authority, the same bytes every time."""

from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

AUTHORITY = "政务外网示例证书机构"


def _key(name: str) -> Ed25519PrivateKey:
    # Ed25519 signs without chance (RFC 8032), so the certificate's bytes repeat.
    return Ed25519PrivateKey.from_private_bytes(sha256(f"sample key of {name}".encode()).digest())


def _name(common: str) -> x509.Name:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")
    return x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(host: str, at: datetime) -> bytes:
    """DER of a certificate for `host`, signed by the authority, valid for a year around `at`."""
    return (
        x509.CertificateBuilder()
        .subject_name(_name(host))
        .issuer_name(_name(AUTHORITY))
        .public_key(_key(host).public_key())
        .serial_number(int.from_bytes(sha256(host.encode()).digest()[:15], "big"))
        .not_valid_before(at - timedelta(days=180))
        .not_valid_after(at + timedelta(days=185))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(_key(AUTHORITY), None)
        .public_bytes(Encoding.DER)
    )
