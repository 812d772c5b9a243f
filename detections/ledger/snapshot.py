"""A ledger as bytes: marks and tables, with a version."""

import msgspec
import pyarrow as pa

#: Rises whenever what follows or a layout changes; another version is refused, not misread.
VERSION = 2


class Marks(msgspec.Struct, array_like=True):
    """The open days; by day how often it was closed before and what was told; the latest moment."""

    days: list[int]
    again: dict[int, int]
    told: dict[int, dict[str, int]]
    latest: int
    dropped: int


class _Saved(msgspec.Struct, array_like=True):
    version: int
    marks: Marks
    tables: dict[str, bytes]


def encode(marks: Marks, tables: dict[str, pa.Table]) -> bytes:
    """Tables travel as Arrow IPC streams, compressed."""
    return msgspec.msgpack.encode(
        _Saved(VERSION, marks, {name: _written(one) for name, one in tables.items()})
    )


def decode(data: bytes) -> tuple[Marks, dict[str, pa.Table]]:
    """Raises ValueError where the bytes are no state of this version."""
    try:
        saved = msgspec.msgpack.decode(data, type=_Saved)
        if saved.version != VERSION:
            raise ValueError(f"the behaviours' state has version {saved.version}, not {VERSION}")
        return saved.marks, {name: pa.ipc.open_stream(one).read_all() for name, one in saved.tables.items()}
    except (msgspec.DecodeError, pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"the behaviours' state cannot be read: {error}") from None


def _written(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
