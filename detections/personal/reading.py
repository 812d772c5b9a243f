"""A text as a person reads it: escapes decoded, full-width signs narrowed, and the way back to the source."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

#: Percent escapes of URLs, \uXXXX and \n of JSON, character references of HTML and XML.
_ESCAPES = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|\\u[0-9A-Fa-f]{4}|\\[nrt\"'/\\]|&#(?:\d{2,6}|[xX][0-9A-Fa-f]{2,5});|&(?:nbsp|quot|amp);"
)
_SIGNS = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "&nbsp;": " ", "&quot;": '"', "&amp;": "&"}
#: One sign for one: full-width ASCII (Unicode FF01–FF5E), wide and hard spaces, dashes, invisible marks.
_NARROW = {0xFF01 + n: 0x21 + n for n in range(94)}
_NARROW |= dict.fromkeys((0x3000, 0xA0, 0x2002, 0x2003, 0x2009, 0x200B, 0x200C, 0x200D, 0xFEFF, 0xAD), 0x20)
_NARROW |= dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212, 0xFE63), 0x2D)


@dataclass(frozen=True)
class Reading:
    """`text` is what detectors see. Where it was decoded, `_at` and `_from` pair places in it with places
    in the source, each at the beginning of a stretch that was left as it is."""

    text: str
    _at: tuple[int, ...] = (0,)
    _from: tuple[int, ...] = (0,)

    def source(self, place: int) -> int:
        """Where in the source a place of `text` is; inside of an escape, its beginning."""
        n = bisect_right(self._at, place) - 1
        moved = self._from[n] + place - self._at[n]
        return min(moved, self._from[n + 1]) if n + 1 < len(self._from) else moved

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line begins."""
        return [0, *(one.end() for one in re.finditer("\n", self.text))]

    def line_of(self, place: int) -> int:
        """The line that a place is on, from 0."""
        return bisect_right(self.line_starts, place) - 1


def read(source: str, *, lines: bool = False) -> Reading:
    """The reading of a text. `lines`: newlines that are written as escapes stay within their line."""
    if "%" not in source and "\\" not in source and "&" not in source:
        return Reading(source.translate(_NARROW))
    parts: list[str] = []
    at, origin = [0], [0]
    length = last = 0
    for escape in _ESCAPES.finditer(source):
        plain = _decoded(escape[0])
        if lines:
            plain = plain.replace("\n", " ").replace("\r", " ")
        parts += (source[last : escape.start()], plain)
        length += escape.start() - last
        for n in range(len(plain)):
            at.append(length + n)
            origin.append(escape.start())
        length += len(plain)
        last = escape.end()
        at.append(length)
        origin.append(last)
    parts.append(source[last:])
    return Reading("".join(parts).translate(_NARROW), tuple(at), tuple(origin))


def _decoded(escape: str) -> str:
    if escape[0] == "%":
        raw = bytes.fromhex(escape.replace("%", ""))
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("gb18030", "replace")
    if escape.startswith("\\u"):
        return chr(int(escape[2:], 16))
    if escape.startswith("&#"):
        number = int(escape[3:-1], 16) if escape[2] in "xX" else int(escape[2:-1])
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _SIGNS.get(escape, escape[1:])
