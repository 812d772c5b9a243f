"""What is asked of a table: texts are scanned where they stand, other values remembered as bytes."""

from collections.abc import Sequence

import numpy as np

from detections.engine.columns import Column, Group
from detections.engine.layout import Ask, Layout, Parts
from detections.engine.pairs import Pair
from detections.engine.sources import Own, Source, listed, values_of
from detections.engine.tables import TableGroup
from taishi.core.table import Table


class TableLayout(Layout):
    """Asks events of one shape of tables. What holds for what all of them have alike is known beforehand."""

    def __init__(self, plain: Layout, group: TableGroup) -> None:
        """`plain`: the same for events that are mappings."""
        super().__init__(plain.signatures, plain.scanning)
        self.needs_columns = plain.needs_columns
        self.fixed, self.fixed_atoms = plain.fixed, plain.fixed_atoms
        self._shape = group.shape
        self._paired: list[Ask] = []
        #: Columns that are decided once for each distinct value of a field.
        self._decided: list[tuple[Column, str]] = []
        #: Numbers of the fields that are scanned, and which of an event's values these are.
        self._fields: list[int] = []
        self._places: list[int] = []
        for pair, mine, others in plain.pairs:
            self._ask_pair(pair, mine, others)
        for column, given in plain.asked:
            self._ask(column, given)
        self._scan = np.array(self._fields, np.int64), np.array(self._places, np.int64)

    def _ask_pair(self, pair: Pair, mine: Sequence[Source], others: Sequence[Source]) -> None:
        ask = self._asking(pair, mine, others)
        if pair.late:
            self.late.append((pair.number, ask))
        else:
            self._paired.append(ask)

    def _asking(self, pair: Pair, mine: Sequence[Source], others: Sequence[Source]) -> Ask:
        names = [self._shape.names[one.place] for one in (mine[0], others[0]) if isinstance(one, Own)]
        if len(names) == 2 and self._shape.told.keys().isdisjoint(names):
            return lambda group: pair.table_keys(_table(group), *names)
        return lambda group: pair.keys(listed(mine, group), listed(others, group))

    def _ask(self, column: Column, given: Sequence[Source]) -> None:
        shape, first = self._shape, given[0]
        name = shape.names[first.place] if isinstance(first, Own) else ""
        told = shape.told.get(name)
        if not isinstance(first, Own) or (name in shape.told and told is None and len(given) > 1):
            self._ask_values(column, given)
        elif name in shape.told:
            self.fix(column.key(told))
        elif column.late or self.scanning is None or name in shape.whole:
            self._decide(column, name)
        else:
            self._ask_text(column, given, name)

    def _ask_text(self, column: Column, given: Sequence[Source], name: str) -> None:
        assert self.scanning is not None  # noqa: S101
        asked = self.scanning.asked(column, given)
        if asked.field < 0 and asked.of_any:
            self.fix(column.key("x"))
            return
        if asked.field < 0:
            self._decide(column, name)
            return
        self._fields.append(asked.field)
        self._places.append(self._shape.places[name])
        if asked.rest is not None and asked.of_any:
            self.fix(asked.rest.key("x"))
        elif asked.rest is not None:
            self._decide(asked.rest, name)

    def _ask_values(self, column: Column, given: Sequence[Source]) -> None:
        if column.late:
            self.late.append((column.fields, lambda group: column.keys_of(values_of(given, group))))
        else:
            self.asked.append((column, given))

    def _decide(self, column: Column, name: str) -> None:
        if column.late:
            self.late.append((column.fields, lambda group: column.table_keys(_table(group), name)))
        else:
            self._decided.append((column, name))

    def is_uniform(self, group: Group) -> bool:  # noqa: ARG002 - the same for all of the shape
        return not (self._paired or self.asked or self._decided or self._fields)

    def parts(self, group: Group) -> Parts:
        keys = [ask(group) for ask in self._paired]
        keys += [column.keys_of(values_of(given, group)) for column, given in self.asked]
        keys += [column.table_keys(_table(group), name) for column, name in self._decided]
        if self.scanning is None or not self._fields:
            return Parts(keys, None)
        return Parts(keys, self.scanning.scan_table(_table(group), *self._scan))


def _table(group: Group) -> Table:
    assert isinstance(group, TableGroup)  # noqa: S101
    return group.table
