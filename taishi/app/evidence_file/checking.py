"""Checks an evidence file by itself: no data directory, no network, nothing believed that was not checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from taishi.app.evidence_file.contents import content_problems
from taishi.app.evidence_file.manifest import CERTIFICATE, FORMAT, MANIFEST, SIGNATURE, Manifest, Part
from taishi.app.seal_check import read_certificate, signed_by
from taishi.core.problems import Problem
from taishi.core.text import Text
from taishi.kit.digests import digests_of
from taishi.kit.plain_zip import MAX_BYTES, Member, read_plain_zip


@dataclass(frozen=True)
class Checked:
    """What was found. `problems`: each part that fails, by name; `certificate`: SHA-256 of the one in the
    file, and whether it is the one that the reader holds (None: none was given)."""

    problems: Sequence[tuple[str, Text]]
    manifest: Manifest | None = None
    certificate: str = ""
    subject: str = ""
    known: bool | None = None
    members: Sequence[Member] = field(default=(), repr=False)


def check_file(path: Path, held: bytes | None = None) -> Checked:
    """`held`: the certificate that the reader has from elsewhere, as PEM.

    Raises Problem where the file cannot be read at all, or `held` is no certificate.
    """
    if held is not None and read_certificate(held) is None:
        raise Problem("--certificate: is no certificate of an RSA key as PEM")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            too = Text(
                f"{size} 字节，超过上限 {MAX_BYTES}", f"{size} bytes, more than the {MAX_BYTES} allowed"
            )
            return Checked([("zip", too)])
        return check(path.read_bytes(), held)
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}") from None


def check(body: bytes, held: bytes | None = None) -> Checked:
    """Of the whole file, in memory. Never fails on what a file says."""
    found = read_plain_zip(body)
    parts = dict(found.members)
    problems: list[tuple[str, Text]] = []
    if found.damage is not None:
        where = Text(
            f"第 {found.damage} 字节起与规定格式不符", f"is not of the form from byte {found.damage} on"
        )
        problems.append(("zip", where))
    manifest = _manifest(parts.get(MANIFEST))
    if isinstance(manifest, Text):
        return Checked([*problems, (MANIFEST, manifest)], members=found.members)
    certificate = read_certificate(parts.get(CERTIFICATE, b""))
    problems += _part_problems(manifest, found.members)
    problems += _seal_problems(manifest, parts, certificate)
    problems += content_problems(manifest, parts)
    known = None if held is None else certificate is not None and certificate == read_certificate(held)
    if known is False:
        other = Text("不是您所持的证书", "is not the certificate that you hold")
        problems.append((CERTIFICATE, other))
    fingerprint = certificate.fingerprint(SHA256()).hex() if certificate else ""
    subject = certificate.subject.rfc4514_string() if certificate else ""
    return Checked(_once(problems), manifest, fingerprint, subject, known, found.members)


def _manifest(body: bytes | None) -> Manifest | Text:
    if body is None:
        return Text("缺失", "is missing")
    try:
        manifest = msgspec.json.decode(body, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return Text(f"无法读取（{error}）", f"cannot be read ({error})")
    if manifest.format != FORMAT:
        return Text(f"格式为 {manifest.format}", f"is of the format {manifest.format}, not {FORMAT}")
    return manifest


def _part_problems(manifest: Manifest, members: Sequence[Member]) -> Iterator[tuple[str, Text]]:
    """Missing, added, doubled or in another order; changed."""
    wanted = [MANIFEST, SIGNATURE, *(part.name for part in manifest.parts)]
    names = [name for name, _ in members]
    for name in dict.fromkeys((*wanted, *names)):
        if names.count(name) != wanted.count(name):
            yield name, _counted(names.count(name), wanted.count(name))
    if sorted(names) == sorted(wanted) and names != wanted:
        moved = next(name for name, place in zip(names, wanted, strict=True) if name != place)
        yield moved, Text("顺序被改动", "stands in another order")
    bodies = dict(members)
    for part in manifest.parts:
        if part.name in bodies and not _is(part, bodies[part.name]):
            yield part.name, Text("与清单中的散列不符", "is not what the manifest's digests say")


def _counted(there: int, wanted: int) -> Text:
    if not there:
        return Text("缺失", "is missing")
    if not wanted:
        return Text("不在清单中", "is not in the manifest")
    return Text(f"出现 {there} 次", f"is there {there} times")


def _is(part: Part, body: bytes) -> bool:
    told = digests_of(body)
    return (part.size, part.sha256, part.sm3) == (len(body), told.sha256, told.sm3)


def _seal_problems(
    manifest: Manifest, parts: dict[str, bytes], certificate: x509.Certificate | None
) -> Iterator[tuple[str, Text]]:
    if certificate is None:
        yield CERTIFICATE, Text("不是可用的证书", "is no certificate that can be used")
        return
    if certificate.fingerprint(SHA256()).hex() != manifest.certificate:
        yield CERTIFICATE, Text("不是清单所述的证书", "is not the one that the manifest names")
    if not signed_by(certificate, parts[MANIFEST], parts.get(SIGNATURE, b"")):
        yield (
            SIGNATURE,
            Text("不是此证书对清单的签名", "is not this certificate's over the manifest"),
        )
    if not certificate.not_valid_before_utc <= manifest.made_at <= certificate.not_valid_after_utc:
        yield CERTIFICATE, Text("制作时不在有效期内", "was not valid when the file was made")


def _once(problems: Sequence[tuple[str, Text]]) -> Sequence[tuple[str, Text]]:
    return list({(name, said.en): (name, said) for name, said in problems}.values())
