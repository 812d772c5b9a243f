"""Whether a signature is of a certificate: of the system's seal, or of a copy of it that somebody holds."""

import logging
from io import BytesIO

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from taishi.core.text import Text


def read_certificate(pem: bytes) -> x509.Certificate | None:
    """None where it is none, or of another kind of key than seals have."""
    try:
        found = x509.load_pem_x509_certificate(pem)
        return found if isinstance(found.public_key(), rsa.RSAPublicKey) else None
    except ValueError:
        return None


def signed_by(certificate: x509.Certificate, body: bytes, signature: bytes) -> bool:
    """Whether `signature` is one of the certificate's key over `body`; see `taishi.app.seal.Seal.sign`."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, body, padding.PKCS1v15(), SHA256())
            return True
    except InvalidSignature:
        pass
    return False


def pdf_problem(pdf: bytes, certificate_pem: bytes) -> Text | None:
    """Why the PDF is not exactly what the certificate's key sealed; None where it is."""
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what is wrong is said by us
    try:
        (certificate,) = load_certs_from_pemder_data(certificate_pem)
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if len(signatures) != 1:
            return Text("没有系统签章", "bears no seal of the system")
        (one,) = signatures
        if one.signer_cert.dump() != certificate.dump():
            return Text("系统签章不是此证书的", "is sealed by another certificate")
        trust = ValidationContext(
            trust_roots=[certificate], allow_fetching=False, moment=certificate.not_valid_before
        )
        said = validate_pdf_signature(one, trust)
        if said.bottom_line and said.coverage == SignatureCoverageLevel.ENTIRE_FILE:
            return None
    except Exception as error:  # noqa: BLE001 - pyHanko reads what an attacker wrote: whatever it says, it is no seal
        return Text(
            f"系统签章无法验证（{type(error).__name__}）",
            f"its seal cannot be checked ({type(error).__name__})",
        )
    return Text("系统签章之后有改动", "was changed after it was sealed")
