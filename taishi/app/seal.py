"""The system's seal: an electronic signature by a key of this installation. Never a picture, never 公章.

The key is made once, in the data directory, and is nobody else's; or a folder with `key.pem` and
`certificate.pem` is named by TAISHI_SEAL and used as it is. RSA with SHA-256, PKCS #1 v1.5 (RFC 8017), which
every PDF reader and `openssl dgst` checks.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from taishi.core.clock import Clock
from taishi.core.problems import Problem

#: In the data directory, and in the folder that the environment names.
FOLDER, KEY, CERTIFICATE = "seal", "key.pem", "certificate.pem"
ENVIRONMENT = "TAISHI_SEAL"
_KEY_BITS = 3072
_LASTS = timedelta(days=3650)
#: X.520: a name of an organisation has at most so many characters.
_NAME_MOST = 64


class Seal:
    """A key with its certificate. Made by `open_seal`."""

    def __init__(self, key_pem: bytes, certificate_pem: bytes, where: Path) -> None:
        """Raises Problem where the two do not belong together or are of another kind."""
        try:
            key = load_pem_private_key(key_pem, None)
            self._certificate = x509.load_pem_x509_certificate(certificate_pem)
        except (ValueError, TypeError) as error:
            raise Problem(f"{where}: no key and certificate as PEM without password ({error})") from None
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != self._certificate.public_key():
            raise Problem(f"{where}: {KEY} is no RSA key or not that of {CERTIFICATE}")
        self._key, self._key_pem = key, key_pem
        self.certificate_pem = certificate_pem

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate: what one compares by telephone."""
        return self._certificate.fingerprint(SHA256()).hex()

    @property
    def subject(self) -> str:
        return self._certificate.subject.rfc4514_string()

    @property
    def valid_until(self) -> datetime:
        return self._certificate.not_valid_after_utc

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(body, padding.PKCS1v15(), SHA256())

    def seal_pdf(self, pdf: bytes, at: datetime) -> bytes:
        """The PDF with a signature over all of it, without anything to be seen on the page."""
        from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import signers
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        (certificate,) = load_certs_from_pemder_data(self.certificate_pem)
        signer = signers.SimpleSigner(
            signing_cert=certificate,
            signing_key=load_private_key_from_pemder_data(self._key_pem, None),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # pyHanko's
        )
        told = signers.PdfSignatureMetadata(
            field_name="TaishiSeal",
            md_algorithm="sha256",
            reason=f"系统签章 system seal {at:%Y-%m-%dT%H:%MZ}",
            subfilter=SigSeedSubFilter.PADES,
        )
        sealed = BytesIO()
        signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), told, signer=signer, output=sealed)
        return sealed.getvalue()


def open_seal(data: Path, clock: Clock, bureau: Callable[[], str]) -> Seal:
    """The seal by reference, or that of the data directory, which is made where there is none yet.

    `bureau` gives the name that a new certificate bears. Raises Problem where it cannot be used.
    """
    named = os.environ.get(ENVIRONMENT)
    folder = Path(named) if named else data / FOLDER
    try:
        if not named and not folder.exists():
            _make(folder, clock.now(), bureau())
        key = folder / KEY
        if key.stat().st_mode & 0o077:
            raise Problem(f"{key}: others may read it; chmod 600, and make a new one where they did")
        return Seal(key.read_bytes(), (folder / CERTIFICATE).read_bytes(), folder)
    except OSError as error:
        raise Problem(f"{error.filename or folder}: {error.strerror}; the system's seal is needed") from None


def _make(folder: Path, at: datetime, bureau: str) -> None:
    """Key and certificate appear together; of two processes that make them the first one's stay."""
    key = rsa.generate_private_key(65537, _KEY_BITS)
    certificate = _certificate(key, at, bureau).public_bytes(Encoding.PEM)
    new = Path(mkdtemp(prefix=".seal.", dir=folder.parent))
    for name, body in (
        (KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())),
        (CERTIFICATE, certificate),
    ):
        with os.fdopen(os.open(new / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    try:
        new.rename(folder)
    except OSError:
        if not (folder / KEY).is_file():
            raise
        for name in (KEY, CERTIFICATE):
            (new / name).unlink()
        new.rmdir()


def _certificate(key: rsa.RSAPrivateKey, at: datetime, bureau: str) -> x509.Certificate:
    """Signed by itself: whoever checks it compares its fingerprint with the bureau."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, bureau[:_NAME_MOST]),
            x509.NameAttribute(NameOID.COMMON_NAME, "网络安全通报系统签章 Taishi system seal"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + _LASTS)
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    return builder.sign(key, SHA256())
