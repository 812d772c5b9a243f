"""Stored events that may show one of some values, told by the sketches beside the segments."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.problems import Problem
from taishi.store.embedded.reader import batches
from taishi.store.embedded.segments import NUMBER
from taishi.store.embedded.sketch import groups_with
from taishi.store.embedded.snapshot import Snapshot


def read_holding(snapshot: Snapshot, keys: Collection[int] | None, last: int | None) -> Iterator[Batch]:
    """Whole row groups, oldest segment first, then what is still in the spool. `keys` None: everything;
    `last`: the highest number of a row that counts.
    """
    for segment in snapshot.segments:
        if last is None or segment.first_number <= last:
            yield from _in_segment(snapshot.folder / segment.path, segment.kind, keys, last)
    for kind, table in snapshot.spooled.items():
        yield from batches(kind, _up_to(table, last))


def _in_segment(path: Path, kind: Kind, keys: Collection[int] | None, last: int | None) -> Iterator[Batch]:
    try:
        with pq.ParquetFile(path) as file:
            count = file.num_row_groups
            for group in range(count) if keys is None else groups_with(path, keys, count):
                yield from batches(kind, _up_to(file.read_row_group(group), last))
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise Problem(f"{path}: cannot be read ({reason}); restore this segment from a backup") from error


def _up_to(table: pa.Table, last: int | None) -> pa.Table:
    return table if last is None else table.filter(pc.less_equal(table.column(NUMBER), last))
