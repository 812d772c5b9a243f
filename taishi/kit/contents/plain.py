"""Text in UTF-8, GB18030 or UTF-16, line by line; a file may change its encoding on the way, as logs do."""

import codecs
import io
from collections.abc import Iterator
from typing import IO

from taishi.core.problems import Problem
from taishi.kit.contents.part import Line

#: Bytes of one piece of a line; a page has some thousand signs.
PIECE = 1 << 20
_LOOK = 4096
#: Bytes that are in no text.
_CONTROL = frozenset({*range(9), *range(14, 27)})


def is_text(head: bytes) -> bool:
    """Whether the beginning of a file reads as text in one of the encodings."""
    return bool(_wide(head)) or b"\0" not in head


def lines(file: IO[bytes]) -> Iterator[Line]:
    """Raises Problem where it is no text."""
    head = file.read(_LOOK)
    file.seek(0)
    wide = _wide(head)
    if not wide and b"\0" in head:
        raise Problem("既不是文本，也不是支持的文件格式 / neither text nor a known format")
    return _wide_lines(file, wide) if wide else _narrow_lines(file)


def _wide(head: bytes) -> str:
    """UTF-16 by its mark, or by every other byte of ASCII being zero."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[::2], head[1::2]
    for name, zero, other in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(head) >= 8 and zero.count(0) > len(zero) // 4 and not _CONTROL & set(other):
            return name
    return ""


def _wide_lines(file: IO[bytes], encoding: str) -> Iterator[Line]:
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
    number, whole = 1, True
    while piece := text.readline(PIECE):
        yield number, piece.rstrip("\n")
        whole = piece.endswith("\n")
        number += whole
    text.detach()


def _narrow_lines(file: IO[bytes]) -> Iterator[Line]:
    number, first = 1, True
    while piece := file.readline(PIECE):
        ended = piece.endswith(b"\n")
        yield number, _decoded(piece.removeprefix(codecs.BOM_UTF8) if first else piece).rstrip("\r\n")
        number, first = number + ended, False


def _decoded(piece: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return piece.decode(encoding)
        except UnicodeDecodeError:
            continue
    return piece.decode("utf-8", "replace")
