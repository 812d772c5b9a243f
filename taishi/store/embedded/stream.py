"""The stream: events in the order they were acknowledged, from any number on."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.store.embedded.reader import batches
from taishi.store.embedded.segments import NUMBER, read_segment
from taishi.store.embedded.snapshot import Snapshot

_NEVER = np.iinfo(np.int64).max


def read_stream(snapshot: Snapshot, after: int, limit: int) -> tuple[list[Batch], int]:
    """Up to `limit` rows after number `after`, and the number of the last one (`after` where none)."""
    # Numbers are dense but for gaps that damage or a restart left, so a window of them bounds the rows.
    runs = _window_runs(snapshot, after + 1, limit)
    if not runs:
        beginning = _next_number(snapshot, after)
        if beginning is None:
            return [], after
        runs = _window_runs(snapshot, beginning, limit)
    return [batch for _, _, batch in runs], runs[-1][1]


def _window_runs(snapshot: Snapshot, first: int, limit: int) -> list[tuple[int, int, Batch]]:
    """First number, last number and rows of each stretch of one kind, in order."""
    last = first + limit - 1
    runs = [run for kind in ecs.KINDS for run in _runs(kind, _window(snapshot, kind, first, last))]
    return sorted(runs, key=lambda run: run[0])


def _next_number(snapshot: Snapshot, after: int) -> int | None:
    """The least number beyond `after` that a row has; None where there is none."""
    least = min((_beyond(table, after) for table in snapshot.spooled.values()), default=_NEVER)
    for one in snapshot.segments:
        if one.last_number > after and one.first_number < least:
            path = snapshot.folder / one.path
            begins_later = one.first_number > after
            found = one.first_number if begins_later else _beyond(read_segment(path, columns=[NUMBER]), after)
            least = min(least, found)
    return None if least == _NEVER else least


def _beyond(table: pa.Table, after: int) -> int:
    numbers = table.column(NUMBER).to_numpy()
    return int(numbers[numbers > after].min(initial=_NEVER))


def _window(snapshot: Snapshot, kind: Kind, first: int, last: int) -> pa.Table | None:
    tables = [
        read_segment(snapshot.folder / one.path, filters=[(NUMBER, ">=", first), (NUMBER, "<=", last)])
        for one in snapshot.segments
        if one.kind == kind and one.first_number <= last and one.last_number >= first
    ]
    spooled = snapshot.spooled.get(kind)
    if spooled is not None:
        numbers = spooled.column(NUMBER)
        tables.append(spooled.filter(pc.and_(pc.greater_equal(numbers, first), pc.less_equal(numbers, last))))
    if not tables:
        return None
    return pa.concat_tables(tables, promote_options="default").sort_by(NUMBER)


def _runs(kind: Kind, table: pa.Table | None) -> list[tuple[int, int, Batch]]:
    if table is None or not table.num_rows:
        return []
    numbers = table.column(NUMBER).to_numpy()
    (whole,) = batches(kind, table.combine_chunks())
    starts = [0, *(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist(), len(numbers)]
    return [
        (int(numbers[start]), int(numbers[end - 1]), Batch(kind, whole.rows.slice(start, end - start)))
        for start, end in pairwise(starts)
    ]
