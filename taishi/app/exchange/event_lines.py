"""Events as lines of a stream and back, ids and all."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, cast

import msgspec
import pyarrow as pa

from taishi.app.exchange.envelope import EVENT, Line, encode
from taishi.core import ecs
from taishi.core.ecs import Kind, Sort
from taishi.core.event import Batch, Value

_EXTRA = "taishi.extra"


def event_lines(batch: Batch, source: str) -> Iterator[Line]:
    """`data` has the columns that have a value, under their dotted ECS names; the source's own fields, word
    for word, under `taishi.extra`."""
    rows = batch.rows
    filled = [name for name in rows.schema.names if rows.column(name).null_count < len(batch)]
    for row in rows.select(filled).to_pylist():
        data = {name: value for name, value in row.items() if value is not None}
        if _EXTRA in data:
            data[_EXTRA] = msgspec.Raw(data[_EXTRA].encode())
        raw = msgspec.Raw(encode(data))
        yield Line(row["event.id"], source, EVENT + batch.kind, raw, time=row["@timestamp"])


class Rows:
    """Collects lines of events as rows; one batch a kind."""

    def __init__(self) -> None:
        self._rows: dict[Kind, list[dict[str, Value]]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, line: Line) -> None:
        """Raises ValueError where it is no event of ours, saying why."""
        kind = cast(Kind, line.type.removeprefix(EVENT))
        if kind not in ecs.KINDS:
            raise ValueError(f"{line.type} is no kind of event known here")
        self._rows.setdefault(kind, []).append(_row(kind, line))
        self._count += 1

    def take(self) -> Iterator[Batch]:
        """All of them; empty from then on."""
        rows, self._rows, self._count = self._rows, {}, 0
        for kind, some in rows.items():
            yield _batch(kind, some)


def _batch(kind: Kind, rows: Iterable[Mapping[str, Value]]) -> Batch:
    return Batch(kind, pa.RecordBatch.from_pylist(list(rows), schema=ecs.schema(kind)))


#: What JSON gives for each sort of column.
_PYTHON: Mapping[Sort, object] = {
    "word": str | None,
    "words": list[str] | None,
    "count": Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None,
    "time": datetime | None,
    "flag": bool | None,
}


@cache
def _decoder(kind: Kind) -> "msgspec.json.Decoder[msgspec.Struct]":
    """A row of that kind: the columns as fields f0, f1 … under their own names."""
    columns = (ecs.COMMON | ecs.SPECIFIC[kind] | ecs.TRAILING).items()
    names = {f"f{place}": name for place, (name, _) in enumerate(columns)}
    wanted = [msgspec.Raw if name == _EXTRA else _PYTHON[sort] for name, sort in columns]
    fields = [(name, type_, None) for name, type_ in zip(names, wanted, strict=True)]
    return msgspec.json.Decoder(msgspec.defstruct(f"Row_{kind}", fields, rename=names))


def _row(kind: Kind, line: Line) -> dict[str, Value]:
    try:
        found = _decoder(kind).decode(line.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    values = cast("tuple[Value | msgspec.Raw]", msgspec.structs.astuple(found))
    names = ecs.schema(kind).names
    row = {name: _plain(value) for name, value in zip(names, values, strict=True) if value is not None}
    row["event.id"] = line.id
    if line.time is not None:
        row.setdefault("@timestamp", line.time)
    if not line.id or "@timestamp" not in row:
        raise ValueError("an event needs an id and a time")
    return row


def _plain(value: "Value | msgspec.Raw") -> Value:
    if isinstance(value, msgspec.Raw):
        return None if value == b"null" else bytes(value).decode()
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"the time {value.isoformat()} has no zone")
    return value
