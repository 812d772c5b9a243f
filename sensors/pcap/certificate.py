"""What a server certificate says of itself."""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1, sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

#: What cryptography raises on certificates that break X.509 in one way or another.
_BROKEN = (ValueError, TypeError, KeyError, UnsupportedAlgorithm, OverflowError, x509.InvalidVersion)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`self_signed`: issuer is subject, and the signature is its own key's or of a kind not checked here."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    sha1: str
    sha256: str
    self_signed: bool
    key_bits: int | None
    names: tuple[str, ...]
    serial: str
    signature: str | None = None

    @property
    def days(self) -> int:
        """How long it is meant to be valid."""
        return (self.not_after - self.not_before).days

    def expired(self, at: datetime) -> bool:
        return at > self.not_after


def read(der: bytes) -> Certificate | None:
    """None where it is no certificate that can be read."""
    with warnings.catch_warnings():
        # Negative serials and their like are the server's fault, not ours.
        warnings.simplefilter("ignore")
        try:
            parsed = x509.load_der_x509_certificate(der)
            return Certificate(
                subject=parsed.subject.rfc4514_string(),
                issuer=parsed.issuer.rfc4514_string(),
                not_before=_utc(parsed.not_valid_before_utc),
                not_after=_utc(parsed.not_valid_after_utc),
                sha1=sha1(der, usedforsecurity=False).hexdigest().upper(),
                sha256=sha256(der).hexdigest().upper(),
                self_signed=_is_self_signed(parsed),
                key_bits=_key_bits(parsed),
                names=_names(parsed),
                serial=f"{parsed.serial_number:X}",
                signature=_signature(parsed),
            )
        except _BROKEN:
            return None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _is_self_signed(parsed: x509.Certificate) -> bool:
    if parsed.subject != parsed.issuer:
        return False
    try:
        parsed.verify_directly_issued_by(parsed)
    except InvalidSignature:
        return False
    except _BROKEN:
        return True
    return True


def _signature(parsed: x509.Certificate) -> str | None:
    """The hash that was signed: sha256, sha1, md5 …"""
    try:
        hashed = parsed.signature_hash_algorithm
    except _BROKEN:
        return None
    return hashed.name if hashed else None


def _key_bits(parsed: x509.Certificate) -> int | None:
    try:
        key = parsed.public_key()
    except _BROKEN:
        return None
    if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey):
        return key.key_size
    return None


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    """The DNS names it is for (RFC 5280, 4.2.1.6)."""
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (*_BROKEN, x509.ExtensionNotFound, x509.DuplicateExtension):
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))
