"""Certificates in files."""

from datetime import datetime
from pathlib import Path

from cryptography import x509

from taishi.core.problems import Problem


def end_of(path: Path) -> datetime:
    """When the first certificate (PEM) of a file ends; UTC. Raises Problem where there is none."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise Problem(f"{path}: holds no certificate in PEM ({error}); name one that does") from None
