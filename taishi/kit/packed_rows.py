"""Rows of one kind as bytes: an Arrow IPC stream without the columns that have no value, and back."""

import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind


def packed(rows: pa.RecordBatch) -> bytes:
    filled = [
        name for name, column in zip(rows.schema.names, rows.columns, strict=True) if _has_value(column)
    ]
    slim = rows.select(filled)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, slim.schema) as stream:
        stream.write_batch(slim)
    payload: bytes = sink.getvalue().to_pybytes()
    return payload


def unpacked(payload: bytes | memoryview, kind: Kind) -> pa.RecordBatch:
    """With today's columns of the kind. Raises pa.ArrowException where it is no such stream."""
    with pa.ipc.open_stream(payload) as stream:
        return widen(stream.read_next_batch(), kind)


def widen(rows: pa.RecordBatch, kind: Kind) -> pa.RecordBatch:
    """The rows with today's columns of their kind: those without a value come back as nulls."""
    schema = ecs.schema(kind)
    there = set(rows.schema.names)
    columns = [
        rows.column(field.name).cast(field.type) if field.name in there else nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


#: Columns without a value, by type: all that are as long or shorter are pieces of one.
_NULLS: dict[pa.DataType, pa.Array] = {}


def nulls(count: int, of: pa.DataType) -> pa.Array:
    """A column without values. Most columns of most rows are such: they share their memory."""
    known = _NULLS.get(of)
    if known is None or len(known) < count:
        known = _NULLS[of] = pa.nulls(count, of)
    return known.slice(0, count)


def _has_value(column: pa.Array) -> bool:
    return bool(column.null_count < len(column))
