"""Counts beside each segment, made with it: by hour, by day and unit, by address, by host.

What pages ask again and again is answered from them without a look at the events. A segment never changes, so
neither does what is counted in it: a rollup is right or it is not there. One that is missing, damaged or of
another release costs time and nothing else.
"""

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.clock import ZONE
from taishi.core.ecs import Kind
from taishi.core.ports import Query
from taishi.store.asking import UNITS
from taishi.store.grouping import CALENDAR, COUNT, KIND, VALUE, key
from taishi.store.microseconds import microseconds

_VERSION = 1
_MOMENT = "moment"
_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Rollup(msgspec.Struct, array_like=True):
    version: int
    rows: int
    #: Arrow streams, in the order of `_PARTS`.
    parts: list[bytes]


@dataclass(frozen=True)
class _Part:
    """What one table of a rollup counts by: `calendar` is hour or day in Asia/Shanghai, as its beginning."""

    calendar: str | None
    columns: tuple[str, ...]

    def answers(self, query: Query, by: Sequence[str], distinct: str | None, *, whole: bool) -> bool:
        named = {name for name in (*by, distinct) if name and name != KIND and name not in CALENDAR}
        spans = {name for name in by if name in CALENDAR}
        return (
            named <= set(self.columns)
            and spans <= _SPANS[self.calendar]
            and (query.unit is None or set(UNITS) <= set(self.columns))
            and (whole or all(self._begins(moment) for moment in (query.since, query.until) if moment))
        )

    def _begins(self, moment: datetime) -> bool:
        """Whether nothing that is counted together stands on both sides of the moment."""
        local = moment.astimezone(ZONE)
        past = (local.minute, local.second, local.microsecond)
        return not any(past) and (self.calendar == "hour" or (self.calendar == "day" and not local.hour))


_SPANS = {"hour": frozenset({"hour", "day"}), "day": frozenset({"day"}), None: frozenset[str]()}
#: The first that answers is taken. Events have no class and level as alerts have: category and severity are
#: what a source says of them.
_PARTS = (
    _Part("hour", ()),
    _Part("day", (*UNITS, "event.category", "event.severity")),
    _Part(None, ("destination.ip",)),
    _Part(None, ("source.ip",)),
    _Part(None, ("taishi.source.unit", "host.name")),
    _Part(None, ("taishi.host.unit", "host.name")),
)


def rollup_path(segment: Path) -> Path:
    return segment.parent.parent / "rollups" / f"{segment.stem}.rollup"


def write_rollup(segment: Path, rows: pa.Table) -> None:
    """Beside a segment that is about to be written."""
    parts = [_packed(_counted(rows, part)) for part in _PARTS]
    body = msgspec.msgpack.encode(_Rollup(_VERSION, rows.num_rows, parts))
    path = rollup_path(segment)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(zlib.crc32(body).to_bytes(4, "big") + body)
    os.replace(temporary, path)


def rolled_up(
    segment: Path, kind: Kind, query: Query, by: Sequence[str], distinct: str | None, *, whole: bool
) -> pa.Table | None:
    """A partial count (`taishi.store.grouping`) of a segment that stands in the query's window `whole` or in
    part. None where no rollup tells it.
    """
    if query.where or query.address or query.text:
        return None
    numbers = (n for n, part in enumerate(_PARTS) if part.answers(query, by, distinct, whole=whole))
    number = next(numbers, None)
    table = None if number is None else _read(segment, number)
    return None if table is None else _partial(_asked(table, query), kind, by, distinct)


def _counted(rows: pa.Table, part: _Part) -> pa.Table:
    names = list(part.columns)
    table = rows.select(names)
    if part.calendar:
        table = table.append_column(_MOMENT, _moments(rows, part.calendar))
        names.append(_MOMENT)
    table = table.group_by(names).aggregate([([], "count_all")])
    return table.rename_columns([*names, COUNT])


def _moments(rows: pa.Table, calendar: str) -> pa.Array:
    """Where each row's hour or day begins, microseconds since 1970."""
    times = rows.column("@timestamp").cast(pa.int64()).to_numpy()
    hours, places = np.unique(times - np.mod(times, _HOUR), return_inverse=True)
    if calendar == "day":
        hours = np.array([_midnight(hour) for hour in hours.tolist()], np.int64)
    return pa.array(hours[places])


def _midnight(hour: int) -> int:
    local = (_EPOCH + timedelta(microseconds=hour)).astimezone(ZONE)
    return microseconds(local.replace(hour=0, minute=0, second=0, microsecond=0))


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _read(segment: Path, number: int) -> pa.Table | None:
    try:
        told = rollup_path(segment).read_bytes()
        if zlib.crc32(told[4:]).to_bytes(4, "big") != told[:4]:
            return None
        found = msgspec.msgpack.decode(told[4:], type=_Rollup)
    except (OSError, msgspec.DecodeError):
        return None
    if found.version != _VERSION:
        return None
    return pa.ipc.open_stream(found.parts[number]).read_all()


def _asked(table: pa.Table, query: Query) -> pa.Table:
    """The rows within the query's window and unit."""
    if _MOMENT in table.schema.names:
        if query.since:
            table = table.filter(pc.greater_equal(table[_MOMENT], microseconds(query.since)))
        if query.until:
            table = table.filter(pc.less(table[_MOMENT], microseconds(query.until)))
    if query.unit:
        shown = [pc.fill_null(pc.equal(table[name], query.unit), False) for name in UNITS]
        table = table.filter(pc.or_(pc.or_(shown[0], shown[1]), shown[2]))
    return table


def _partial(table: pa.Table, kind: Kind, by: Sequence[str], distinct: str | None) -> pa.Table:
    for name in by:
        if name in table.schema.names:  # what has no value is in no group
            table = table.filter(pc.is_valid(table[name]))
    columns = {key(number): _column(table, kind, name) for number, name in enumerate(by)}
    if distinct is not None:
        columns[VALUE] = table[distinct].cast(pa.string())
    return pa.table({**columns, COUNT: table[COUNT]})


def _column(table: pa.Table, kind: Kind, name: str) -> pa.Array | pa.ChunkedArray:
    if name == KIND:
        return pa.array([kind] * table.num_rows, pa.string())
    return table[_MOMENT] if name in CALENDAR else table[name].cast(pa.string())
