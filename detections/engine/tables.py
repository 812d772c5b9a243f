"""Events of one shape as a table of bytes: values become Python objects only where somebody asks for them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import overload

import numpy as np

from detections.engine.columns import Group, Short
from taishi.core.event import Json
from taishi.core.table import Shape, Table


class TableGroup(Group):
    """A table's events. Their texts are compared as they stand, but for the case of ASCII letters."""

    def __init__(self, table: Table, behind: Short) -> None:
        super().__init__(table.positions, table.positions, table.shape.names, (), behind)
        self.table, self._short = table, behind

    @property
    def shape(self) -> Shape:
        return self.table.shape

    def part(self, which: Sequence[int]) -> "TableGroup":
        return TableGroup(self.table.part(np.asarray(which, np.int64)), self._short)

    def rows(self) -> Sequence[Mapping[str, Json]]:
        return self.table.rows()

    @cached_property
    def columns(self) -> "Columns":
        return Columns(self.table)


class Columns(Sequence[Sequence[Json]]):
    """The columns of a table, each made when it is first asked for."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._made: dict[int, tuple[Json, ...]] = {}

    @overload
    def __getitem__(self, place: int) -> tuple[Json, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[Json, ...]]: ...
    def __getitem__(self, place: int | slice) -> tuple[Json, ...] | list[tuple[Json, ...]]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        if place not in self._made:
            name = self._table.shape.names[place]
            self._made[place] = tuple(self._table.column(name))
        return self._made[place]

    def __len__(self) -> int:
        return len(self._table.shape.names)
