"""The same events as tables, as far as the compiled reader takes them."""

from collections.abc import Sequence

import numpy as np
import orjson

from sensors.json_columns.nodes import FALSE, NOTHING, TRUE, WHOLE
from sensors.json_columns.reader import Field, Reader
from taishi.core.event import Batch, Json
from taishi.core.flat import FlatRecords
from taishi.core.table import Shape, Table

_FIXED: dict[int, Json] = {TRUE: True, FALSE: False, NOTHING: None}


def as_tables(batch: Batch, rows: Sequence[dict[str, Json]], told: Sequence[str] = ()) -> FlatRecords:
    """`rows`: the own fields of the batch's events. `told`: fields that tell events apart."""
    reader = Reader(told)
    lines = reader.read(bytearray(b"".join(orjson.dumps(row) + b"\n" for row in rows)), 1 << 30)
    shapes = [_shape(reader.fields(number)) for number in range(reader.shapes)]
    tables, left = [], set(range(len(rows)))
    for number, shape in enumerate(shapes):
        at = np.flatnonzero(lines.shapes == number)
        if shape is not None:
            tables.append(Table(shape, lines.texts, at, lines.begins[at], lines.beyond[at]))
            left.difference_update(at.tolist())
    places = np.array(sorted(left), np.int64)
    return FlatRecords(
        batch.kind,
        [rows[place] for place in places],
        range(len(rows)),
        np.zeros(len(rows), np.int64),
        lambda positions: Batch(batch.kind, batch.rows.take(positions)),
        lambda _: [],
        tables,
        places,
    )


def _shape(fields: list[Field] | None) -> Shape | None:
    if fields is None or any(len(field.path) > 1 for field in fields):
        return None
    names = [field.path[0] for field in fields]
    told = {
        name: _FIXED[field.sort] if field.told is None else orjson.loads(field.told)
        for name, field in zip(names, fields, strict=True)
        if field.told is not None or field.sort in _FIXED
    }
    places = {name: at for at, name in enumerate(names) if name not in told}
    whole = frozenset(name for name in places if fields[places[name]].sort == WHOLE)
    return Shape(tuple(names), told, places, whole, len(fields))
