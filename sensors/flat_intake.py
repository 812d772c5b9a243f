"""The short way of a sensor: raw records become flat rows, and whole events only when they are asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from sensors.flat_times import microseconds
from sensors.lines import KEPT, Damaged, Seen
from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Json
from taishi.core.flat import FlatRecords, Mark
from taishi.core.source import Reject, Source

#: A record's own fields, and its time as it is written there.
Fields = tuple[dict[str, Json], Json]

#: After how many records, or bytes of them, rows are given out: whole columns, and bounded memory.
_RECORDS, _BYTES = 8192, 16 << 20


@dataclass(frozen=True)
class Format:
    """How raw records of one kind are read, the short way and the long one.

    `fields` raises Damaged where `event` would; but times are judged later, all at once, as `time_field`.
    """

    sensor: str
    kind: Kind
    fields: Callable[[bytes], Fields]
    event: Callable[[bytes], Seen]
    time_field: str


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
        """The rows of what was taken in since the last call; its rejections are told before them."""
        raws, records = self._raws, self._records
        self._raws, self._records, self._bytes = [], [], 0
        rows, times, kept = self._rows(raws, records)
        moments, wrong = microseconds(times, self._form.time_field)
        for position, why in wrong.items():
            at = kept[position]
            self._refused.append((records[at], why, raws[at][:KEPT]))
        for refused in sorted(self._refused):
            self._reject(*refused)
        self._refused = []
        if wrong:
            good = [position for position in range(len(rows)) if position not in wrong]
            rows, kept, moments = [rows[one] for one in good], [kept[one] for one in good], moments[good]
        if len(rows) < len(raws):
            raws, records = [raws[at] for at in kept], [records[at] for at in kept]
        if rows:
            again = _Again(self._form, self._identity, raws, records)
            yield FlatRecords(self._form.kind, rows, records, moments, again.batch, again.marks)

    def _rows(
        self, raws: Sequence[bytes], records: Sequence[int]
    ) -> tuple[list[dict[str, Json]], list[Json], Sequence[int]]:
        """Own fields and times, and at which of the raw records they stand."""
        rows: list[dict[str, Json]] = []
        times: list[Json] = []
        gone: set[int] = set()
        fields = self._form.fields
        for at, raw in enumerate(raws):
            try:
                row, time = fields(raw)
            except Damaged as error:
                gone.add(at)
                self._refused.append((records[at], str(error), raw[:KEPT]))
            else:
                rows.append(row)
                times.append(time)
        return rows, times, [at for at in range(len(raws)) if at not in gone] if gone else range(len(raws))


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
