"""Logs whose entries run over several lines: a line that begins none belongs to the one before."""

from collections.abc import Callable, Iterator

from sensors.lines import Refuse, lines
from taishi.core.source import Source

#: A stack or a statement longer than that is cut there: the rest is an entry of its own, and rejected.
_MOST_BYTES = 256 * 1024


def entries(source: Source, refuse: Refuse, begins: Callable[[bytes], object]) -> Iterator[bytes]:
    """The text of every entry, its lines joined by line ends."""
    held: list[bytes] = []
    size = 0
    for line in lines(source, refuse):
        if held and (begins(line) or size > _MOST_BYTES):
            yield b"\n".join(held)
            held, size = [], 0
        held.append(line)
        size += len(line)
    if held:
        yield b"\n".join(held)
