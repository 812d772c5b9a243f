"""Syslog as TCP senders wrote it to a file: each message behind the count of its octets (RFC 6587 3.4.1)."""

import re
import zlib
from collections.abc import Iterator

from sensors.lines import MAX_LINE, Refuse, lines
from taishi.core.source import Source

COUNT = re.compile(rb"\s*(\d{1,7}) (?=<\d{1,3}>)")
#: A count that is cut at the end of what was read.
_BEGUN = re.compile(rb"\s*\d{0,7}(?: (?:<\d{0,3})?)?")
_BLOCK = 65536


def messages(source: Source, refuse: Refuse) -> Iterator[bytes]:
    """Every message; of a source that counts nothing, every line. What is neither is given as a line."""
    if not COUNT.match(source.head):
        yield from lines(source, refuse)
        return
    rest = b""
    with source.open() as content:
        while True:
            try:
                block = content.read(_BLOCK)
            except (EOFError, OSError, zlib.error) as error:
                refuse(f"cannot be read on from here ({error})", b"")
                return
            found, rest = split(rest + block, last=not block)
            yield from found
            if not block:
                return


def split(text: bytes, *, last: bool = True) -> tuple[list[bytes], bytes]:
    """The whole messages, without line ends, and what may go on; `last`: nothing follows."""
    found: list[bytes] = []
    at = 0
    while at < len(text):
        counted = COUNT.match(text, at)
        if counted:
            end = counted.end() + int(counted[1])
            start = counted.end()
            if int(counted[1]) > MAX_LINE:
                end = _line_end(text, start)
        elif not last and _BEGUN.fullmatch(text, at):
            break
        else:
            start, end = at, _line_end(text, at)
        if end > len(text) and not last:
            break
        piece = text[start:end].strip(b"\r\n")
        if piece and not piece.isspace():
            found.append(piece)
        at = end
    return found, text[at:] if not last else b""


def _line_end(text: bytes, start: int) -> int:
    """Behind the line end; behind all, as far as a line may go, where there is none yet."""
    found = text.find(b"\n", start)
    if found >= 0:
        return found + 1
    return len(text) if len(text) - start > MAX_LINE else len(text) + 1
