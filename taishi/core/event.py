"""Events: Arrow record batches on the way, a frozen row for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

import msgspec

from taishi.core import ecs
from taishi.core.ids import stable_ids

if TYPE_CHECKING:  # loaded where the first row is made
    import pyarrow as pa

Value = str | int | float | bool | datetime | list[str] | None
Row = Mapping[str, Value]
#: A source's own fields, as JSON knows them.
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Extra = Mapping[str, Json]

#: Bytes of rows (of raw records, where ids are given) after which a batch is full, however few they are.
_HEAVY = 8 << 20

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Event:
    """One observation: the frozen view of one row. `fields` holds the columns that have a value."""

    kind: ecs.Kind
    fields: Row

    @property
    def id(self) -> str:
        return cast(str, self.fields["event.id"])

    @property
    def time(self) -> datetime:
        """When it happened, zone-aware (UTC)."""
        return cast(datetime, self.fields["@timestamp"])

    @property
    def extra(self) -> dict[str, Json]:
        """The source's own fields, verbatim."""
        text = self.fields.get("taishi.extra")
        return cast(dict[str, Json], _decode(cast(str, text))) if text else {}

    def text(self, field: str) -> str:
        """The field as text, empty where it has no value."""
        value = self.fields.get(field)
        return "" if value is None else str(value)

    def number(self, field: str) -> int:
        """The field as a whole number, 0 where it has none."""
        value = self.fields.get(field)
        return int(value) if isinstance(value, (int, float)) else 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one kind as an Arrow record batch with `ecs.schema(kind)`."""

    kind: ecs.Kind
    rows: "pa.RecordBatch"

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def events(self) -> Iterator[Event]:
        for row in self.rows.to_pylist():
            yield Event(self.kind, {name: value for name, value in row.items() if value is not None})

    def column(self, name: str) -> list[Value]:
        return cast(list[Value], self.rows.column(name).to_pylist())

    def with_columns(self, columns: "Mapping[str, pa.Array]") -> "Batch":
        """The same events with these columns replaced (they must be in the kind's schema)."""
        import pyarrow as pa

        arrays = [columns.get(name, self.rows.column(name)) for name in self.rows.schema.names]
        return Batch(self.kind, pa.RecordBatch.from_arrays(arrays, schema=self.rows.schema))


class BatchBuilder:
    """Collects rows of one kind from one source and gives them out as batches.

    `identity` says where the rows stood (see `taishi.core.source.Source.identity`); together with the
    record number and the content it makes `event.id`, so a source read twice adds nothing.
    """

    def __init__(self, kind: ecs.Kind, sensor: str, identity: str) -> None:
        self.kind = kind
        self._sensor = sensor
        self._id = stable_ids(kind, identity)
        self._schema = ecs.schema(kind)
        self._names = frozenset(self._schema.names)
        self._rows: list[dict[str, Value]] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, record: int, row: Row, extra: Extra | None = None, original: str | None = None) -> str:
        """Adds one event, gives its id. `record`: its zero-based position in its source. `row` needs a time.

        A key of `row` that is no column of this kind raises KeyError: it belongs into `extra`.
        """
        if not row.keys() <= self._names:
            raise KeyError(f"no column of kind {self.kind}: {sorted(row.keys() - self._names)}")
        full = dict(row)
        own = _encode(extra).decode() if extra else None
        full["taishi.extra"] = own
        full["event.original"] = original
        full.setdefault("taishi.sensor", self._sensor)
        full["taishi.record"] = record
        if full.get("event.id"):
            self._bytes += len(own or "") + len(original or "")
        else:
            content = _encode(full)
            full["event.id"] = self._id(record, content)
            self._bytes += len(content)
        self._rows.append(full)
        return str(full["event.id"])

    def reaches(self, size: int) -> bool:
        """Whether there are that many rows, or fewer that are heavy."""
        return len(self._rows) >= size or self._bytes >= _HEAVY

    def take(self) -> Batch | None:
        """What has been added since the last call, None where that is nothing."""
        if not self._rows:
            return None
        import pyarrow as pa

        rows, self._rows, self._bytes = self._rows, [], 0
        used = frozenset().union(*rows)
        arrays = [
            pa.array([row.get(name) for row in rows], wanted) if name in used else pa.nulls(len(rows), wanted)
            for name, wanted in zip(self._schema.names, self._schema.types, strict=True)
        ]
        return Batch(self.kind, pa.RecordBatch.from_arrays(arrays, schema=self._schema))


class Builders:
    """One builder a kind for a source that gives several kinds; flushes in bounded batches."""

    def __init__(self, sensor: str, identity: str, size: int = 4096) -> None:
        self._sensor, self._identity, self._size = sensor, identity, size
        self._by_kind: dict[ecs.Kind, BatchBuilder] = {}
        #: Whether `full` has something to give.
        self.ready = False

    def add(
        self, kind: ecs.Kind, record: int, row: Row, extra: Extra | None = None, original: str | None = None
    ) -> None:
        builder = self._by_kind.get(kind)
        if builder is None:
            builder = self._by_kind[kind] = BatchBuilder(kind, self._sensor, self._identity)
        builder.add(record, row, extra, original)
        if builder.reaches(self._size):
            self.ready = True

    def full(self) -> Iterator[Batch]:
        """Batches that have reached the size."""
        self.ready = False
        for builder in self._by_kind.values():
            if builder.reaches(self._size):
                yield from self._drain(builder)

    def rest(self) -> Iterator[Batch]:
        """Whatever is left."""
        for builder in self._by_kind.values():
            yield from self._drain(builder)

    @staticmethod
    def _drain(builder: BatchBuilder) -> Iterator[Batch]:
        batch = builder.take()
        if batch is not None:
            yield batch


def first_batch_error(batch: Batch) -> str | None:
    """Why a batch may not travel (wrong columns, no id or time), None where it may."""
    if batch.rows.schema.names != ecs.schema(batch.kind).names:
        return f"columns differ from the schema of kind {batch.kind}"
    for needed in ("event.id", "@timestamp"):
        if batch.rows.column(needed).null_count:
            return f"{needed} is missing in {batch.rows.column(needed).null_count} rows"
    return None
