"""Raw lines of JSON become tables, as far as they are plain and of a shape that the sensor can read."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sensors.json_columns.reader import Field, Lines, Reader
from sensors.lines import MAX_LINE
from taishi.core.table import Shape, Table, Texts


class Planned(NamedTuple):
    """How lines of one shape are read. `time`: which of a line's values is its time, as text.

    `filled`: values that must not be empty texts; lines where one is are read another way.
    """

    shape: Shape
    time: int
    filled: tuple[int, ...]


#: Says how lines with these fields are read, None where another way.
Plan = Callable[[Sequence[Field]], Planned | None]


class Raws(Sequence[bytes]):
    """The raw lines of a text, made when they are asked for; without line ends."""

    def __init__(self, text: bytearray, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        self._text, self._starts, self._stops = text, starts, stops

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        return bytes(self._text[self._starts[place] : self._stops[place]]).rstrip(b"\r")

    def __len__(self) -> int:
        return len(self._starts)


class Taken(NamedTuple):
    """What became of raw lines. `tables`: at positions among these lines; `left`: the others, by position.

    `at`, `times`: the positions of the lines that were taken, and their times as texts.
    """

    raws: Sequence[bytes]
    tables: list[Table]
    left: NDArray[np.int64]
    at: NDArray[np.int64]
    times: pa.Array


class Tables:
    """Makes tables of the lines of one source. `told`: fields that tell events apart."""

    def __init__(self, told: Sequence[str], plan: Plan) -> None:
        self._reader, self._plan = Reader(told), plan
        self._planned: list[Planned | None] = []
        #: By shape, the last one for none: places of the time and of what must be filled; -1: another way.
        self._asked = np.full((1, 1), -1, np.int64)

    def take(self, text: bytearray) -> Taken | None:
        """Whole lines, each with a line feed; blank ones are passed over. None where one is too long."""
        lines = self._reader.read(text, MAX_LINE)
        if len(text) > MAX_LINE and (lines.stops - lines.starts > MAX_LINE).any():
            return None
        if len(self._planned) < self._reader.shapes:
            self._learn()
        asked = self._asked[np.maximum(lines.shapes, -1)]
        good = asked[:, 0] >= 0
        for places in asked.T:
            at = np.flatnonzero(good)
            spans = lines.texts.spans[lines.begins[at] + places[at]]
            good[at] = spans[:, 0] < spans[:, 1]
        taken = np.flatnonzero(good)
        spans = lines.texts.spans[lines.begins[taken] + asked[taken, 0]]
        return Taken(
            Raws(text, lines.starts, lines.stops),
            list(self._tables(lines, taken)),
            np.flatnonzero(~good),
            taken,
            _strings(lines.texts, spans),
        )

    def _learn(self) -> None:
        for shape in range(len(self._planned), self._reader.shapes):
            fields = self._reader.fields(shape)
            self._planned.append(self._plan(fields) if fields else None)
        needed = [(one.time, *one.filled) if one else (-1,) for one in (*self._planned, None)]
        width = max(map(len, needed))
        self._asked = np.array([(*one, *one[:1] * (width - len(one))) for one in needed], np.int64)

    def _tables(self, lines: Lines, taken: NDArray[np.int64]) -> Iterator[Table]:
        """A table for each shape, in the order of their first lines' shapes."""
        shapes = lines.shapes[taken]
        order = np.argsort(shapes, kind="stable")
        ends = np.flatnonzero(np.diff(shapes[order], append=-1)) + 1
        begin = 0
        for end in ends.tolist():
            at = taken[order[begin:end]]
            planned = self._planned[lines.shapes[at[0]]]
            assert planned is not None  # noqa: S101
            yield Table(planned.shape, lines.texts, at, lines.begins[at], lines.beyond[at])
            begin = end


def _strings(texts: Texts, spans: NDArray[np.int32]) -> pa.Array:
    """Texts as an Arrow column."""
    lengths = spans[:, 1] - spans[:, 0]
    ends = np.cumsum(lengths)
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    bytes_at = np.repeat(spans[:, 0] - offsets[:-1], lengths) + np.arange(offsets[-1])
    return pa.StringArray.from_buffers(len(spans), pa.py_buffer(offsets), pa.py_buffer(texts.text[bytes_at]))
