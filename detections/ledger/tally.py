"""Rows added up by key: sums, least and greatest values. The order of rows changes nothing.

All three are commutative and associative, so batches may come in any size and order. What comes in waits
and is folded in when it has grown as large as what stands: a row is folded a logarithmic number of times.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: Rows that wait before they are folded in.
_FOLD = 1 << 16
#: Stands between the parts of a key: no address, name or protocol has it (ASCII unit separator).
_BETWEEN = "\x1f"

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Columns of a tally: what rows are told apart by, whole numbers that are added up, least or greatest,
    and texts that are those of the `first` row (`early`) or of the `last` (`late`).

    Rows that are `single` have a key each already, so there is nothing to add up.
    """

    keys: dict[str, pa.DataType]
    sums: tuple[str, ...] = ()
    least: tuple[str, ...] = ()
    most: tuple[str, ...] = ()
    early: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    single: bool = False

    @property
    def schema(self) -> pa.Schema:
        numbers = [(name, pa.int64()) for name in (*self.sums, *self.least, *self.most)]
        texts = [(name, pa.string()) for name in (*self.early, *self.late)]
        return pa.schema([*self.keys.items(), *numbers, *texts])

    def folded(self, parts: Iterable[pa.Table]) -> pa.Table:
        """One row a key."""
        whole = pa.concat_tables([self.schema.empty_table(), *parts]).combine_chunks()
        if self.single or not whole.num_rows:
            return whole
        codes = _coded(whole, list(self.keys))
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        if len(starts) == len(order):
            return whole
        columns: dict[str, pa.Array | Numbers] = {}
        for names, add in ((self.sums, np.add), (self.least, np.minimum), (self.most, np.maximum)):
            for name in names:
                columns[name] = add.reduceat(np.asarray(whole[name])[order], starts)
        early = order[starts]
        if self.early:
            early = _picked(whole, order, starts, "first", self.early[0], latest=False)
        late = _picked(whole, order, starts, "last", self.late[0], latest=True) if self.late else early
        for names, rows in (((*self.keys, *self.early), early), (self.late, late)):
            taken = whole.select(list(names)).take(pa.array(rows))
            columns |= {name: taken[name] for name in names}
        return pa.table([columns[name] for name in self.schema.names], schema=self.schema)


def _coded(table: pa.Table, keys: list[str]) -> Numbers:
    """A number for each key, the same for the same key."""
    if len(keys) == 1 and table.schema.field(keys[0]).type == pa.string():
        joined = table[keys[0]]
    else:
        joined = pc.binary_join_element_wise(*(table[name].cast(pa.string()) for name in keys), _BETWEEN)
    return np.asarray(joined.combine_chunks().dictionary_encode().indices)


def _picked(
    table: pa.Table, order: Numbers, starts: Numbers, when: str, text: str, *, latest: bool
) -> Numbers:
    """The row of each group that is first or last in time; of several at once, the one whose text is."""
    times = np.asarray(table[when])[order]
    best = (np.maximum if latest else np.minimum).reduceat(times, starts)
    sizes = np.diff(starts, append=len(order))
    at = np.flatnonzero(times == np.repeat(best, sizes))
    group = np.repeat(np.arange(len(starts)), sizes)[at]
    if len(at) == len(starts):
        return order[at]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    picked = order[at[first]]
    choose = max if latest else min
    ends = np.append(first[1:], len(at))
    for place in np.flatnonzero(ends - first > 1).tolist():
        rows = order[at[first[place] : ends[place]]].tolist()
        picked[place] = choose(rows, key=lambda row: str(table[text][row].as_py()))
    return picked


class Tally:
    """Rows of one layout, added up. `len` counts rows that stand or wait: never fewer than there are keys."""

    def __init__(self, layout: Layout, rows: pa.Table | None = None) -> None:
        self.layout = layout
        self._base = layout.schema.empty_table() if rows is None else rows
        self._waiting: list[pa.Table] = []
        self._count = 0

    def __len__(self) -> int:
        return int(self._base.num_rows) + self._count

    @property
    def standing(self) -> int:
        """Rows that are folded in; at most as many again may wait, or `_FOLD`."""
        return int(self._base.num_rows)

    def add(self, rows: pa.Table) -> None:
        """Takes rows in; their columns must be the layout's."""
        if rows.num_rows:
            self._waiting.append(rows)
            self._count += rows.num_rows
            if self._count >= max(_FOLD, self._base.num_rows // 2):
                self.all()

    def all(self) -> pa.Table:
        """Every key, once."""
        if self._waiting:
            self._base = self.layout.folded([self._base, *self._waiting])
            self._waiting, self._count = [], 0
        return self._base

    def among(self, column: str, values: Collection[str]) -> pa.Table:
        """Every key of which that column is one of these values."""
        wanted = pa.array(sorted(values), self.layout.schema.field(column).type)
        parts = [part.filter(pc.is_in(part.column(column), wanted)) for part in (self._base, *self._waiting)]
        return self.layout.folded(parts)

    def keep_newest(self, column: str, share: float = 0.5) -> int:
        """Forgets the rows that are least in that column; gives how many."""
        whole = self.all()
        order = pc.sort_indices(whole, sort_keys=[(column, "descending")])
        self._base = whole.take(order[: int(whole.num_rows * share)]).combine_chunks()
        return int(whole.num_rows - self._base.num_rows)
