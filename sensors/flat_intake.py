"""The short way of a sensor: raw records become flat rows, and whole events only when they are asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sensors.flat_tables import Tables, Taken
from sensors.flat_times import microseconds
from sensors.lines import KEPT, Damaged, Seen, lines_of
from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Json
from taishi.core.flat import FlatRecords, Mark
from taishi.core.source import Reject, Source
from taishi.core.table import Table

#: A record's own fields, and its time as it is written there.
Fields = tuple[dict[str, Json], Json]

#: After how many records, or bytes of them, rows are given out: whole columns, and bounded memory.
_RECORDS, _BYTES = 8192, 16 << 20
#: Records from which loading the compiled reader of tables pays.
_WORTH = 512


@dataclass(frozen=True)
class Format:
    """How raw records of one kind are read, the short way and the long one.

    `fields` raises Damaged where `event` would; but times are judged later, all at once, as `time_field`.
    `tables` reads the plain ones among many at once, as `fields` would.
    """

    sensor: str
    kind: Kind
    fields: Callable[[bytes], Fields]
    event: Callable[[bytes], Seen]
    time_field: str
    tables: Tables | None = None


class FlatIntake:
    """What `Intake` is for whole events: numbers the records, and each ends as a row or as a rejection."""

    def __init__(self, form: Format, source: Source, reject: Reject) -> None:
        self._form, self._identity, self._reject = form, source.identity, reject
        self._next = self._bytes = 0
        self._raws: list[bytes] = []
        self._records: list[int] = []
        self._refused: list[tuple[int, str, bytes]] = []

    def add(self, raws: Sequence[bytes]) -> None:
        """Takes raw records that follow each other."""
        self._raws += raws
        self._records += range(self._next, self._next + len(raws))
        self._next += len(raws)
        self._bytes += sum(map(len, raws))

    def add_one(self, raw: bytes) -> None:
        self._raws.append(raw)
        self._records.append(self._next)
        self._next += 1
        self._bytes += len(raw)

    def refuse(self, why: str, raw: bytes) -> None:
        self._refused.append((self._next, why, raw[:KEPT]))
        self._next += 1

    @property
    def ready(self) -> bool:
        """Whether enough was taken in to give it out."""
        return len(self._raws) >= _RECORDS or self._bytes >= _BYTES

    def rest(self) -> Iterator[FlatRecords]:
        """The records that were taken in since the last call; rejections among them are told first."""
        raws, records = self._raws, self._records
        self._raws, self._records, self._bytes = [], [], 0
        yield from self._judged(raws, records, None)

    def text(self, text: bytearray) -> Iterator[FlatRecords]:
        """Takes lines, each with a line feed, and gives out their records and what was taken in before."""
        taken = self._form.tables.take(text) if self._form.tables and text.count(b"\n") >= _WORTH else None
        if taken is None:
            for line in lines_of(text, self.refuse):
                self.add_one(line)
            yield from self.rest()
            return
        yield from self.rest()
        records = range(self._next, self._next + len(taken.raws))
        self._next += len(taken.raws)
        yield from self._judged(taken.raws, records, taken)

    def _judged(
        self, raws: Sequence[bytes], records: Sequence[int], taken: Taken | None
    ) -> Iterator[FlatRecords]:
        left = np.arange(len(raws)) if taken is None else taken.left
        rows, times, at = self._rows(raws, records, left)
        moments, good = np.zeros(len(raws), np.int64), np.ones(len(raws), bool)
        good[left] = False
        good[at] = True
        for places, found in ((at, times), *([(taken.at, taken.times)] if taken else [])):
            moments[places], wrong = microseconds(found, self._form.time_field)
            for position, why in wrong.items():
                place = int(places[position])
                good[place] = False
                self._refused.append((records[place], why, raws[place][:KEPT]))
        for refused in sorted(self._refused):
            self._reject(*refused)
        self._refused = []
        if good.any():
            yield self._given(raws, records, moments, good, (rows, at), taken.tables if taken else [])

    def _rows(
        self, raws: Sequence[bytes], records: Sequence[int], left: NDArray[np.int64]
    ) -> tuple[list[dict[str, Json]], list[Json], NDArray[np.int64]]:
        """Own fields and times of what is left, and at which of the raw records they stand."""
        rows: list[dict[str, Json]] = []
        times: list[Json] = []
        kept: list[int] = []
        fields = self._form.fields
        for at in left.tolist():
            try:
                row, time = fields(raws[at])
            except Damaged as error:
                self._refused.append((records[at], str(error), raws[at][:KEPT]))
            else:
                rows.append(row)
                times.append(time)
                kept.append(at)
        return rows, times, np.array(kept, np.int64)

    def _given(
        self,
        raws: Sequence[bytes],
        records: Sequence[int],
        moments: NDArray[np.int64],
        good: NDArray[np.bool_],
        loose: tuple[list[dict[str, Json]], NDArray[np.int64]],
        tables: list[Table],
    ) -> FlatRecords:
        """What is good of the raw records; everything is told at which of them it stands."""
        rows, at = loose
        if not good.all():
            rows = [row for row, place in zip(rows, at.tolist(), strict=True) if good[place]]
            at = at[good[at]]
            tables = [table.part(good[table.positions]) for table in tables]
            place = np.cumsum(good) - 1
            at, tables = place[at], [table.moved(place[table.positions]) for table in tables if len(table)]
            kept = np.flatnonzero(good).tolist()
            raws, records, moments = (
                [raws[one] for one in kept],
                [records[one] for one in kept],
                moments[good],
            )
        again = _Again(self._form, self._identity, raws, records)
        kind = self._form.kind
        return FlatRecords(kind, rows, records, moments, again.batch, again.marks, tables, at)


@dataclass(frozen=True)
class _Again:
    """Reads raw records once more, as events."""

    form: Format
    identity: str
    raws: Sequence[bytes]
    records: Sequence[int]

    def batch(self, positions: Sequence[int]) -> Batch:
        builder = self._builder()
        for position in positions:
            self._add(builder, position)
        found = builder.take()
        return found or Batch(
            self.form.kind, pa.RecordBatch.from_pylist([], schema=ecs.schema(self.form.kind))
        )

    def marks(self, positions: Sequence[int]) -> list[Mark]:
        builder = self._builder()
        return [self._add(builder, position) for position in positions]

    def _builder(self) -> BatchBuilder:
        return BatchBuilder(self.form.kind, self.form.sensor, self.identity)

    def _add(self, builder: BatchBuilder, position: int) -> Mark:
        seen, record = self.form.event(self.raws[position]), self.records[position]
        path = seen.row.get("log.file.path")
        event_id = builder.add(record, seen.row, seen.extra, seen.original)
        return Mark(event_id, record, path if isinstance(path, str) else None)
