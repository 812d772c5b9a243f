"""JPEG (ITU-T T.81) and PNG (ISO/IEC 15948): whole, of bearable size, with nothing to run inside."""

import struct
import zlib

from taishi.core.text import Text
from taishi.kit.papers.paper import MOST_POINTS, Sound, Unfit, damaged, hidden

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
NAME = Text("图片", "picture")
#: Start-of-frame markers; those between that mean something else are left out (T.81 table B.1).
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SCRIPTS = (b"<script", b"<?php", b"<html", b"<svg", b"javascript:")
_APPENDED = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"MZ", b"\x7fELF", b"%PDF")


def check(content: bytes) -> Sound:
    """Raises Unfit."""
    lower = content.lower()
    if any(each in lower for each in _SCRIPTS):
        raise hidden(Text("脚本", "scripts"))
    if content.startswith(PNG):
        wide, high, end = _png(content)
    else:
        wide, high, end = _jpeg(content)
    if not 0 < wide * high <= MOST_POINTS:
        raise Unfit(
            f"图片尺寸为 {wide} × {high}，不正常或过大，没有接收；请重新拍照或扫描",
            f"the picture has {wide} x {high} points: too large; take it again",
        )
    if any(each in content[end:] for each in _APPENDED):
        raise hidden(Text("附加在图片后面的文件", "files appended to the picture"))
    return Sound("png" if content.startswith(PNG) else "jpg", 1)


def _png(content: bytes) -> tuple[int, int, int]:
    """(width, height, where it ends); every chunk's checksum holds."""
    at, size = len(PNG), (0, 0)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            break
        (stated,) = struct.unpack_from(">I", content, end - 4)
        if zlib.crc32(content[at + 4 : end - 4]) != stated:
            break
        if kind == b"IHDR":
            size = struct.unpack_from(">II", content, at + 8)
        if kind == b"IEND" and size != (0, 0):
            return *size, end
        at = end
    raise damaged(NAME)


def _jpeg(content: bytes) -> tuple[int, int, int]:
    """(width, height, where it ends). Segments up to the scan, then the last end-of-image mark."""
    at, size = 2, (0, 0)
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        if marker in _FRAMES and at + 9 <= len(content):
            high, wide = struct.unpack_from(">HH", content, at + 5)
            size = wide, high
        at += 2 + length
        if marker == 0xDA:
            end = content.find(b"\xff\xd9", at)
            if end > 0 and size != (0, 0):
                return *size, end + 2
            break
    raise damaged(NAME)
