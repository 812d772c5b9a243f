"""Records one a line: read, parse, build; a damaged one is rejected with its reason and the rest goes on."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BufferedReader
from typing import BinaryIO, cast

import msgspec

from taishi.core.ecs import Kind
from taishi.core.encoded import readable
from taishi.core.event import Batch, Builders, Extra, Row
from taishi.core.ids import stable_id
from taishi.core.source import HEAD_BYTES, Reject, Source

#: A longer line is no log record: it is rejected, its beginning kept as proof.
MAX_LINE = 4 * 1024 * 1024
#: How much is read at once; of packed content less, for a piece in which it is damaged is lost.
_BLOCK, _PACKED_PIECE = 128 * 1024, 8192
#: How much of a damaged record is handed on.
KEPT = 4096
#: How many lines of the head sensors look at.
SAMPLE = 20

#: When something was, by columns. Certificates may say otherwise: RFC 5280, 4.1.2.5, ends them in 9999.
_MOMENTS = ("@timestamp", "event.start", "event.end")
FIRST_YEAR, LAST_YEAR = 1970, 2199
_BOM = b"\xef\xbb\xbf"

#: The reason for what nests deeper than can be worked with.
TOO_DEEP = "nested too deep"

#: Called with the reason and the raw bytes of a damaged record.
Refuse = Callable[[str, bytes], None]


class Damaged(ValueError):
    """This record cannot be read; the message says why."""


class Seen(msgspec.Struct, frozen=True, gc=False):
    """One event as a sensor read it: a kind, its columns, the source's other fields, the raw record."""

    kind: Kind
    row: Row
    extra: Extra | None = None
    original: str | None = None
    #: The year was not said, only inferred: it is no part of what the event is.
    year_inferred: bool = False

    def with_year_inferred(self) -> "Seen":
        """The same of a line that does not say its year."""
        return Seen(self.kind, self.row, self.extra, self.original, year_inferred=True)


class Intake:
    """Counts records, builds batches and rejects, so that every record ends in exactly one place."""

    def __init__(self, sensor: str, source: Source, reject: Reject) -> None:
        self._identity = source.identity
        self._builders = Builders(sensor, source.identity)
        self._reject = reject
        self._record = 0
        self._names = source.received.names if source.received is not None else ()
        self._line = 0

    def take(self, raw: bytes, parse: Callable[[bytes], Iterable[Seen]]) -> Iterator[Batch]:
        """Parses one record (nothing: it was a comment) and gives out the batches that are full."""
        try:
            found = list(parse(raw))
            for seen in found:
                _check_times(seen)
            for place, seen in enumerate(found):
                self._builders.add(seen.kind, self._record, self._row(seen, place), seen.extra, seen.original)
                self._record += 1
            self._line += 1
        except Damaged as error:
            self.refuse(str(error), raw)
        except RecursionError:
            self.refuse(TOO_DEEP, raw)
        if self._builders.ready:
            yield from self._builders.full()

    def _row(self, seen: Seen, place: int) -> Row:
        """With an id of its own where its line has a name, or the time would not be the same in another year.
        `place`: among the events of its line.
        """
        if self._names:
            name = self._names[self._line]
            return {**seen.row, "event.id": f"{name}-{place}" if place else name}
        if not seen.year_inferred:
            return seen.row
        raw = seen.original or ""
        return {**seen.row, "event.id": stable_id(seen.kind, self._identity, self._record, raw)}

    def refuse(self, why: str, raw: bytes) -> None:
        self._reject(self._line if self._names else self._record, why, raw[:KEPT])
        self._record += 1
        self._line += 1

    def rest(self) -> Iterator[Batch]:
        return self._builders.rest()


def _check_times(seen: Seen) -> None:
    for name in _MOMENTS:
        time = seen.row.get(name)
        if isinstance(time, datetime):
            checked_time(time, name)


def checked_time(time: datetime, name: str) -> datetime:
    """Raises Damaged for a moment at which nothing was logged: stores and zones cannot carry all of them."""
    if FIRST_YEAR <= time.year <= LAST_YEAR:
        return time
    raise Damaged(f"{name} is not between {FIRST_YEAR} and {LAST_YEAR}: {time:%Y-%m-%d %H:%M:%S}")


def read_lines(
    sensor: str, source: Source, reject: Reject, parse: Callable[[bytes], Iterable[Seen]]
) -> Iterator[Batch]:
    """Every line of the source through `parse`; blank lines are passed over."""
    intake = Intake(sensor, source, reject)
    for line in lines(source, intake.refuse):
        yield from intake.take(line, parse)
    yield from intake.rest()


def lines(source: Source, refuse: Refuse) -> Iterator[bytes]:
    """Lines that are not blank, without line end. A broken gzip stream ends the source with a refusal."""
    for block in line_blocks(source, refuse):
        yield from block


def line_blocks(source: Source, refuse: Refuse) -> Iterator[list[bytes]]:
    """The same lines, as many at once as stand in about `_BLOCK` bytes."""
    with source.open() as content:
        blocks, rest, first = _blocks(content, source.packed), b"", True
        while True:
            try:
                block = next(blocks, b"")
            except (EOFError, OSError, zlib.error) as error:
                refuse(f"cannot be read on from here ({error})", b"")
                return
            if first:
                block, first = block.removeprefix(_BOM), False
            text = rest + block
            found = text.split(b"\n")
            rest = found.pop()[: MAX_LINE + 1] if block else b""
            if found and len(found[0]) > MAX_LINE:
                refuse(_too_long(), found.pop(0)[:MAX_LINE])
            whole = [line for line in found if line and not line.isspace()]
            if whole:
                yield [line.rstrip(b"\r") for line in whole] if b"\r" in text else whole
            if not block:
                return


#: How many bytes of lines are given out together.
_TOGETHER = 8 << 20


def whole_lines(source: Source, refuse: Refuse) -> Iterator[bytearray]:
    """The same lines, with blank ones, as texts of many, each with a line feed. Ones too long may be cut."""
    with source.open() as content:
        blocks, text, first = _blocks(content, source.packed), bytearray(), True
        while True:
            try:
                block = next(blocks, b"")
            except (EOFError, OSError, zlib.error) as error:
                yield from _ended(text)
                refuse(f"cannot be read on from here ({error})", b"")
                return
            if first:
                block, first = block.removeprefix(_BOM), False
            text += block
            if not block:
                text += b"\n"
                yield from _ended(text)
                return
            if len(text) >= _TOGETHER:
                rest = text[text.rfind(b"\n") + 1 :]
                yield from _ended(text)
                text = rest[: MAX_LINE + 1]


def lines_of(text: bytearray, refuse: Refuse) -> Iterator[bytes]:
    """The lines of such a text one by one, without line ends; what is too long is refused in its place."""
    for line in bytes(text).split(b"\n")[:-1]:
        if len(line) > MAX_LINE:
            refuse(_too_long(), line[:MAX_LINE])
        elif line and not line.isspace():
            yield line.rstrip(b"\r")


def _too_long() -> str:
    return f"line is longer than {MAX_LINE} bytes"


def _ended(text: bytearray) -> Iterator[bytearray]:
    """The lines of a text that have an end, if any."""
    end = text.rfind(b"\n") + 1
    if end:
        del text[end:]
        yield text


def _blocks(content: BinaryIO, packed: bool) -> Iterator[bytes]:
    """Reads on; what stands before a damaged place comes out before the error of that place."""
    read = cast(BufferedReader, content).read1
    size = _PACKED_PIECE if packed else _BLOCK
    pieces: list[bytes] = []
    while True:
        try:
            piece = read(size)
        except (EOFError, OSError, zlib.error):
            if pieces:
                yield b"".join(pieces)
            raise
        pieces.append(piece)
        if not piece or len(pieces) * size >= _BLOCK:
            yield b"".join(pieces)
            pieces = []
        if not piece:
            return


#: In so many bytes a binary file shows itself.
_BEGINNING = 16


def first_lines(source: Source) -> list[bytes]:
    """Up to `SAMPLE` non-blank lines of the head, the last (maybe cut) one only where it is alone.

    None of a binary file: no text begins with a zero byte among its first.
    """
    if b"\0" in source.head[:_BEGINNING]:
        return []
    found = [line.rstrip(b"\r") for line in source.head.removeprefix(_BOM).split(b"\n") if line.strip()]
    whole = source.head.endswith(b"\n") or len(found) == 1
    return (found if whole else found[:-1])[:SAMPLE]


def is_cut(source: Source) -> bool:
    """Whether the first line does not end within the head, so that recognising sees only its beginning."""
    return len(source.head) >= HEAD_BYTES and b"\n" not in source.head.strip(b"\n")


def share(source: Source, fits: Callable[[bytes], object]) -> float:
    """What part of the first lines fits, 0 to 1."""
    sample = first_lines(source)
    return sum(1 for line in sample if fits(line)) / len(sample) if sample else 0.0


def shown(line: bytes) -> str:
    """Bytes as text: UTF-8, else Chinese in GB 18030; what is neither stays visible as \\xNN."""
    return readable(line, "backslashreplace")
