"""Digests of a file: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016), read once."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SM3, Hash

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Digests:
    """64 hexadecimal digits each."""

    sha256: str
    sm3: str


def digests_of(body: bytes) -> Digests:
    two = Hash(SM3())
    two.update(body)
    return Digests(sha256(body).hexdigest(), two.finalize().hex())


def digests(path: Path) -> Digests:
    """Raises OSError. SM3 comes with `cryptography`, whatever the machine's own library has."""
    one, two = sha256(), Hash(SM3())
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            one.update(chunk)
            two.update(chunk)
    return Digests(one.hexdigest(), two.finalize().hex())
