"""A stream is looked through before anything of it is taken: whole, as it was written, signed by whom."""

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256

from taishi.app.exchange.envelope import (
    BEGIN,
    FORMAT,
    MANIFEST,
    SIGNATURE,
    Begin,
    Line,
    Manifest,
    Signature,
    decoded,
)
from taishi.app.seal_check import read_certificate, signed_by
from taishi.core.problems import Problem

#: Longest line in bytes; the longest event has a raw record and two bodies.
_LONGEST = 16 << 20
D = TypeVar("D", bound=msgspec.Struct)


@dataclass(frozen=True)
class Checked:
    """A whole stream. `source`: the sender's own name for itself, made from its certificate."""

    path: Path
    source: str
    manifest: Manifest


def check(path: Path, certificate: bytes | None = None) -> Checked:
    """`certificate`: the sender's as PEM, had from elsewhere; no other signs then.

    Raises Problem saying what is wrong: nothing of such a file may be taken.
    """
    try:
        with path.open("rb") as file:
            return _Look(path, certificate).through(file)
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}; name a file of `taishi exchange out`") from None


def item_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """What stands between begin and manifest of a stream that was checked: line numbers from 1, raw lines."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if number > 1:
                if _type(raw) == MANIFEST:
                    return
                yield number, raw


@dataclass
class _Look:
    path: Path
    certificate: bytes | None

    def through(self, file: BinaryIO) -> Checked:
        raw, number = file.readline(_LONGEST), 1
        first = self._line(raw, number)
        begin = self._data(first, BEGIN, Begin, 1)
        if begin.format != FORMAT:
            raise Problem(
                f"{self.path}: is of format {begin.format}, not {FORMAT}; bring this platform up to date"
            )
        digest, counts = hashlib.sha256(raw), Counter[str]()
        while True:
            raw, number = file.readline(_LONGEST), number + 1
            type_ = _type(raw) if raw.endswith(b"\n") else None
            if type_ is None:
                raise self._torn(number, raw)
            if type_ == MANIFEST:
                break
            counts[type_] += 1
            digest.update(raw)
        manifest = self._data(self._line(raw, number), MANIFEST, Manifest, number)
        told = manifest.sha256, dict(manifest.counts), manifest.since, manifest.sender
        if told != (digest.hexdigest(), dict(counts), begin.since, begin.sender):
            raise Problem(f"{self.path}: is not what its manifest says; have it sent again")
        signature = self._data(
            self._line(file.readline(_LONGEST), number + 1), SIGNATURE, Signature, number + 1
        )
        if file.read(1):
            raise Problem(
                f"{self.path} line {number + 2}: something follows the signature; have it sent again"
            )
        self._signed(first.source, raw.rstrip(b"\n"), signature, manifest)
        return Checked(self.path, first.source, manifest)

    def _line(self, raw: bytes, number: int) -> Line:
        try:
            if raw.endswith(b"\n"):
                return decoded(raw)
        except ValueError as error:
            raise Problem(f"{self.path} line {number}: no line of an exchange stream ({error})") from None
        raise self._torn(number, raw)

    def _torn(self, number: int, raw: bytes) -> Problem:
        if len(raw) >= _LONGEST:
            return Problem(f"{self.path} line {number}: is longer than {_LONGEST >> 20} MiB")
        if raw.endswith(b"\n"):
            return Problem(f"{self.path} line {number}: no line of an exchange stream")
        return Problem(
            f"{self.path}: breaks off at line {number}; nothing of it was taken, have it sent again whole"
        )

    def _data(self, line: Line, type_: str, of: type[D], number: int) -> D:
        try:
            if line.type == type_:
                return msgspec.json.decode(line.data, type=of)
            said = f"is {line.type}, not {type_}"
        except msgspec.MsgspecError as error:
            said = str(error)
        raise Problem(f"{self.path} line {number}: no line of an exchange stream ({said})")

    def _signed(self, source: str, body: bytes, signature: Signature, manifest: Manifest) -> None:
        found = read_certificate(signature.certificate.encode())
        try:
            sealed = base64.b64decode(signature.signature, validate=True)
        except binascii.Error:
            sealed = b""
        if found is None or not signed_by(found, body, sealed):
            raise Problem(f"{self.path}: its signature does not hold; have it sent again")
        fingerprint = found.fingerprint(SHA256()).hex()
        if manifest.certificate != fingerprint or source != f"urn:taishi:{fingerprint[:16]}":
            raise Problem(f"{self.path}: is signed by another than it names as its sender")
        if self.certificate is not None and read_certificate(self.certificate) != found:
            raise Problem(
                f"{self.path}: is signed by {fingerprint}, not by the certificate that --certificate names"
            )


class _Type(msgspec.Struct):
    type: str


_type_decoder = msgspec.json.Decoder(_Type)


def _type(raw: bytes) -> str | None:
    """None where it is no object with a type."""
    try:
        return _type_decoder.decode(raw).type
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
