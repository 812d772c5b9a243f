"""A file, or a member of an archive, by its content: which format reads it."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from taishi.core.problems import Problem
from taishi.kit.contents import office, pdf, plain
from taishi.kit.contents.part import LIMITS, Limits, Part, Unread

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKED = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_CHUNK = 1 << 20
#: General purpose bits of an entry (APPNOTE 4.4.4): encrypted; its name is UTF-8.
_LOCKED, _UTF8 = 0x1, 0x800


def parts(path: Path, limits: Limits = LIMITS) -> Iterator[Part | Unread]:
    """Every text of a file. A part must be read before the next is asked for. Raises OSError."""
    with path.open("rb") as file:
        yield from _opened(file, "", 0, _Budget(limits))


class _Budget:
    """What may still be unpacked of one file."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes, self.entries = limits.unpacked, limits.entries


def _opened(file: IO[bytes], within: str, depth: int, budget: _Budget) -> Iterator[Part | Unread]:
    head = file.read(8)
    file.seek(0)
    try:
        if head.startswith(_ZIP):
            yield from _archive(file, within, depth, budget)
        elif head.startswith(pdf.MAGIC):
            yield Part(within, "pdf", pdf.lines(file, budget.limits))
        elif head.startswith(_OLE):
            raise Problem(
                "旧版 Office 或加密文件，未读；请另存为 .xlsx/.docx / an old or locked Office file, not read"
            )
        elif head.startswith(_PACKED):
            raise Problem("压缩格式不支持，未读；请解开后再查 / a packed format that is not read; unpack it")
        else:
            yield Part(within, "text", plain.lines(file))
    except Problem as problem:
        yield Unread(within, str(problem))


def _archive(file: IO[bytes], within: str, depth: int, budget: _Budget) -> Iterator[Part | Unread]:
    try:
        packed = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Problem("ZIP 损坏，未读 / the archive is damaged, not read") from None
    with packed:
        kind = office.office_kind(frozenset(packed.namelist()))
        if kind:
            office.check_size(packed, budget.limits)
            file.seek(0)
            if kind == "docx":
                yield Part(within, kind, office.paper(file))
            else:
                yield from (
                    Part(_inside(within, one.within), kind, one.lines) for one in office.workbook(file)
                )
            return
        if depth >= budget.limits.depth:
            raise Problem(f"压缩包套了 {depth} 层以上，未读 / archives more than {depth} deep, not read")
        for entry in packed.infolist():
            if not entry.filename.endswith("/"):  # is_dir() fails on a name without a letter
                yield from _member(packed, entry, within, depth, budget)


def _member(
    packed: zipfile.ZipFile, entry: zipfile.ZipInfo, within: str, depth: int, budget: _Budget
) -> Iterator[Part | Unread]:
    name = _inside(within, _name(entry))
    try:
        content = _unpacked(packed, entry, budget)
    except Problem as problem:
        yield Unread(name, str(problem))
        return
    yield from _opened(io.BytesIO(content), name, depth + 1, budget)


def _unpacked(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> bytes:
    """Raises Problem where the member is locked or damaged, or looks like a bomb."""
    budget.entries -= 1
    ratio = budget.limits.ratio
    if budget.entries < 0:
        raise Problem("压缩包内文件过多，其余未读 / too many files in the archive, the others are not read")
    if entry.flag_bits & _LOCKED:
        raise Problem("压缩包有口令，未读 / the archive is locked with a password, not read")
    if entry.file_size > budget.bytes or (
        entry.file_size > max(entry.compress_size, 1) * ratio > 0 and (entry.file_size > _CHUNK)
    ):
        raise Problem(
            f"解开后有 {entry.file_size >> 20} MB（压缩比异常或超过限度），未读"
            f" / {entry.file_size >> 20} MB when unpacked: over the limit, not read"
        )
    try:
        with packed.open(entry) as member:
            content = member.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise Problem("压缩包内文件损坏，未读 / a damaged member, not read") from None
    budget.bytes -= len(content)
    return content


def _name(entry: zipfile.ZipInfo) -> str:
    """Chinese archivers write GB18030 without saying so."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _inside(within: str, name: str) -> str:
    return f"{within}!{name}" if within and name else within or name
