"""Flat records of many small files together: rules are asked of thousands at once, or at a loss."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import pyarrow as pa

from taishi.app.intake import Records, placed
from taishi.core.event import Batch
from taishi.core.flat import FlatRecords, Mark

#: Records that are gathered before they are handed on.
_ENOUGH = 8192

#: What a file gives, with its path as shown.
Placed = tuple[str, Records]


@dataclass(frozen=True)
class Gathered:
    """Flat records of one kind, of one file or several; whole events made from them know their file."""

    flat: FlatRecords
    answered: Mapping[str, str]


def gathered(given: Iterable[Placed]) -> Iterator[Batch | Gathered]:
    """The same records in the same order. Batches come as they are."""
    waiting: list[tuple[str, FlatRecords]] = []
    answered: Mapping[str, str] = {}
    held = 0
    for path, records in given:
        if isinstance(records, Batch):
            yield from _joined(waiting, answered)
            yield records
            continue
        flat, answers = records
        if waiting and (waiting[0][1].kind != flat.kind or answers != answered):
            yield from _joined(waiting, answered)
        answered = answers
        held = len(flat) + (held if waiting else 0)
        waiting.append((path, flat))
        if held >= _ENOUGH:
            yield from _joined(waiting, answered)
    yield from _joined(waiting, answered)


def _joined(waiting: list[tuple[str, FlatRecords]], answered: Mapping[str, str]) -> Iterator[Gathered]:
    """What waits, as one; nothing waits afterwards."""
    if not waiting:
        return
    parts = tuple(waiting)
    waiting.clear()
    whole = _Whole(parts)
    if len(parts) == 1:
        flat = parts[0][1]
        yield Gathered(replace(flat, batch=whole.batch, marks=whole.marks), answered)
        return
    kind, flats = parts[0][1].kind, [one for _, one in parts]
    starts = [0, *accumulate(map(len, flats))]
    yield Gathered(
        FlatRecords(
            kind,
            [row for one in flats for row in one.loose],
            [record for one in flats for record in one.records],
            np.concatenate([one.times for one in flats]),
            whole.batch,
            whole.marks,
            [
                table.moved(table.positions + at)
                for one, at in zip(flats, starts, strict=False)
                for table in one.tables
            ],
            np.concatenate([one.loose_places + at for one, at in zip(flats, starts, strict=False)]),
        ),
        answered,
    )


class _Whole:
    """Makes whole events from the parts in which they stand."""

    def __init__(self, parts: Sequence[tuple[str, FlatRecords]]) -> None:
        self._parts = parts
        self._ends = list(accumulate(len(one) for _, one in parts))

    def batch(self, positions: Sequence[int]) -> Batch:
        """The events at these places, in that order."""
        made = [placed(flat.batch(places), path) for path, flat, places in self._runs(positions)]
        if len(made) == 1:
            return made[0]
        table = pa.Table.from_batches([one.rows for one in made]).combine_chunks()
        return Batch(made[0].kind, table.to_batches()[0])

    def marks(self, positions: Sequence[int]) -> list[Mark]:
        """The same in short."""
        return [
            one if one.path is not None else replace(one, path=path)
            for path, flat, places in self._runs(positions)
            for one in flat.marks(places)
        ]

    def _runs(self, positions: Sequence[int]) -> Iterator[tuple[str, FlatRecords, list[int]]]:
        """Runs of places within one part, counted from its beginning."""
        of = np.searchsorted(self._ends, positions, side="right")
        start = 0
        for end in [*(np.flatnonzero(np.diff(of)) + 1).tolist(), len(positions)]:
            part = int(of[start])
            path, flat = self._parts[part]
            before = self._ends[part] - len(flat)
            yield path, flat, [at - before for at in positions[start:end]]
            start = end
