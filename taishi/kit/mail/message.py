"""A message with its attachments (RFC 5322, 2045), signed where there is a certificate (RFC 8551)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from taishi.core.problems import Problem


@dataclass(frozen=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """`sender` and `recipient` are (name, address)."""

    sender: tuple[str, str]
    recipient: tuple[str, str]
    subject: str
    text: str
    at: datetime
    message_id: str
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True)
class Signer:
    """A certificate with its private key, both PEM files."""

    certificate: Path
    key: Path


def composed(mail: Mail, signer: Signer | None = None) -> bytes:
    """The message as it goes over the line. Raises Problem where it cannot be signed, ValueError for an
    address that is none."""
    message = EmailMessage(policy=SMTP)
    message.set_content(mail.text, cte="base64")
    for each in mail.attachments:
        kind, _, sub = each.media_type.partition("/")
        message.add_attachment(each.content, maintype=kind, subtype=sub, filename=each.name)
    if signer is None:
        return bytes(_addressed(message, mail))
    head = bytes(_addressed(EmailMessage(policy=SMTP), mail)).rstrip(b"\r\n")
    return head + b"\r\n" + _signed(bytes(message), signer)


def _addressed(message: EmailMessage, mail: Mail) -> EmailMessage:
    message["From"] = _address(*mail.sender)
    message["To"] = _address(*mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    return message


def _address(name: str, address: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def _signed(entity: bytes, signer: Signer) -> bytes:
    """multipart/signed over the whole entity, its header fields with it."""
    try:
        certificate = x509.load_pem_x509_certificate(signer.certificate.read_bytes())
        key = serialization.load_pem_private_key(signer.key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise Problem(f"S/MIME: {signer.certificate} or {signer.key} cannot be used ({error})") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Problem(f"S/MIME: {signer.key}: a key of RSA or an elliptic curve is needed")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(entity).add_signer(certificate, key, hashes.SHA256())
    signed = builder.sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    return signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
