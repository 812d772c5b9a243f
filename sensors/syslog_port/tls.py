"""TLS of a syslog port (RFC 5425): our certificate, and whose certificates senders must show."""

import ssl

from taishi.core.problems import Problem
from taishi.core.records import TlsFiles


def server_context(files: TlsFiles | None) -> ssl.SSLContext:
    """TLS 1.2 or newer. Raises Problem where a file is not what it should be."""
    if files is None:
        raise Problem("--transport tls: name our certificate and its key with --tls-cert and --tls-key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise Problem(
            f"{files.certificate}, {files.key}: are no certificate with its key in PEM ({_said(error)})"
        ) from None
    if files.clients:
        try:
            context.load_verify_locations(files.clients)
        except (OSError, ssl.SSLError) as error:
            raise Problem(f"{files.clients}: holds no certificates in PEM ({_said(error)})") from None
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _no_password() -> str:
    """Instead of a question on the terminal."""
    raise ValueError("the key is encrypted; give one that is not, readable by the service only")


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
