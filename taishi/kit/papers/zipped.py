"""The container of DOCX and OFD: opened only within limits, with nothing in it that runs or unpacks."""

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from taishi.core.text import Text
from taishi.kit.papers.paper import Unfit, damaged, hidden

#: Members, bytes of all of them unpacked and of one XML part, and how much larger than packed.
MOST_MEMBERS, MOST_BYTES, MOST_XML, MOST_RATIO = 2_000, 120 << 20, 24 << 20, 150
#: A small member may shrink far: blank pages of XML do.
_SMALL = 2 << 20
_LOCKED = 0x1

_ARCHIVE = Text("压缩包", "an archive")
_PROGRAM = Text("程序或脚本", "a program or script")
_NESTED: tuple[tuple[bytes, Text], ...] = (
    (b"PK\x03\x04", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"7z\xbc\xaf", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"#!", _PROGRAM),
    (b"\xd0\xcf\x11\xe0", Text("嵌入的对象或宏", "embedded objects or macros")),
)
_RUNS = (
    ".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".ps1", ".scr", ".hta", ".jar", ".lnk", ".sh", ".htm",
    ".html", ".svg", ".swf",
)  # fmt: skip


def bomb() -> Unfit:
    return Unfit(
        "文件解开后异常巨大，为安全起见没有接收；请打印后扫描成 PDF，或者拍成照片再传",
        "the file grows far too large when unpacked and was not taken; send a scan or a photo",
    )


class Container:
    """An opened container; `read` gives one member. Raises Unfit where it is unsafe or damaged."""

    def __init__(self, file: BinaryIO | Path, what: Text) -> None:
        self._what = what
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
            raise damaged(what) from None
        self.members = {each.filename: each for each in self._zip.infolist()}

    def check(self) -> None:
        """Every member against the limits, then its first bytes."""
        entries = self._zip.infolist()
        if len(entries) > MOST_MEMBERS or sum(each.file_size for each in entries) > MOST_BYTES:
            raise bomb()
        for each in entries:
            self._check_entry(each)
        for each in entries:
            if not each.filename.endswith("/"):
                self._check_start(each)

    def _check_entry(self, entry: zipfile.ZipInfo) -> None:
        if entry.flag_bits & _LOCKED:
            raise Unfit(
                f"{self._what.zh}加了密码，没有接收；请去掉密码后再传",
                f"the {self._what.en} is locked with a password; remove it and upload again",
            )
        if entry.file_size > _SMALL and entry.file_size > max(entry.compress_size, 1) * MOST_RATIO:
            raise bomb()
        if entry.filename.startswith("/") or ".." in entry.filename.replace("\\", "/").split("/"):
            raise hidden(Text("可疑的路径", "suspicious paths"))
        if entry.filename.lower().endswith(_RUNS):
            raise hidden(_PROGRAM)

    def _check_start(self, entry: zipfile.ZipInfo) -> None:
        head = self._bytes(entry, 16)
        for magic, what in _NESTED:
            if head.startswith(magic):
                raise hidden(what)

    def read(self, name: str) -> bytes:
        """One XML part."""
        entry = self.members.get(name)
        if entry is None:
            raise damaged(self._what)
        if entry.file_size > MOST_XML:
            raise bomb()
        return self._bytes(entry, entry.file_size + 1)

    def _bytes(self, entry: zipfile.ZipInfo, size: int) -> bytes:
        try:
            with self._zip.open(entry) as member:
                return member.read(size)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ):
            raise damaged(self._what) from None

    def close(self) -> None:
        self._zip.close()
