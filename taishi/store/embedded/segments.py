"""Segments: Parquet files of one kind, sorted by time."""

import os
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.problems import Problem
from taishi.store.durable_files import sync_folder
from taishi.store.embedded.manifest import Segment
from taishi.store.embedded.rollup import rollup_path, write_rollup
from taishi.store.embedded.sketch import sketch_path, write_sketch

#: The row's place in the order of acknowledgement; in segments and memory only, never in a batch given out.
NUMBER = "taishi.seq"
#: Rows that a Parquet row group holds: what a time range or a bloom filter can skip.
GROUP_ROWS = 20_000
#: What rises from row to row, and what no two rows have alike: a dictionary would cost 9 bytes an event.
_RISING = ("@timestamp", NUMBER)
_DIFFERENT = ("event.id", *_RISING)
_BLOOM = {name: {"ndv": GROUP_ROWS, "fpp": 0.01} for name in ("event.id", "source.ip", "destination.ip")}


def beside(segment: Path) -> tuple[Path, ...]:
    """The files that go with a segment; each may be missing."""
    return sketch_path(segment), rollup_path(segment)


def write_durably(path: Path, write: Callable[[Path], object]) -> None:
    """The whole file or none of it: written beside, synced, renamed."""
    temporary = path.with_suffix(".tmp")
    write(temporary)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def read_segment(
    path: Path, columns: list[str] | None = None, filters: list[tuple[str, str, int]] | None = None
) -> pa.Table:
    """Raises Problem where the file is missing or damaged."""
    try:
        return pq.read_table(path, columns=columns, filters=filters)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise Problem(f"{path}: cannot be read ({reason}); restore this segment from a backup") from error


def write_segment(folder: Path, kind: Kind, rows: pa.Table) -> Segment:
    """Writes at least one row, with the column NUMBER, as one segment; no manifest lists it yet."""
    ordered = rows.sort_by([("@timestamp", "ascending"), ("event.id", "ascending")])
    path = folder / f"{kind}-{uuid4().hex}.parquet"
    write_sketch(path, kind, ordered.select(ecs.schema(kind).names), GROUP_ROWS)
    write_rollup(path, ordered)
    write_durably(path, partial(_write_parquet, ordered))
    times = ordered.column("@timestamp").cast(pa.int64())
    numbers = pc.min_max(ordered.column(NUMBER)).as_py()
    return Segment(
        path=path.name,
        kind=kind,
        rows=ordered.num_rows,
        first_time=times[0].as_py(),
        last_time=times[-1].as_py(),
        first_number=numbers["min"],
        last_number=numbers["max"],
        shape=shape(ordered.schema),
    )


def _write_parquet(ordered: pa.Table, path: Path) -> None:
    pq.write_table(
        ordered,
        path,
        compression="zstd",
        row_group_size=GROUP_ROWS,
        bloom_filter_options=_BLOOM,
        use_dictionary=[_leaf(field) for field in ordered.schema if field.name not in _DIFFERENT],
        column_encoding=dict.fromkeys(_RISING, "DELTA_BINARY_PACKED"),
    )


def _leaf(field: pa.Field) -> str:
    """The column as Parquet calls it."""
    return f"{field.name}.list.element" if pa.types.is_list(field.type) else field.name


def shape(schema: pa.Schema) -> int:
    """Tells schemas apart."""
    return zlib.crc32(str(schema).encode())
