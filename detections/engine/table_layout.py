"""What is asked of a table: texts are scanned where they stand, other values remembered as bytes."""

from collections.abc import Sequence

import numpy as np

from detections.engine.columns import Column, Group
from detections.engine.layout import Layout, Parts
from detections.engine.sources import Own, Source, listed, values_of
from detections.engine.tables import TableGroup


class TableLayout(Layout):
    """Asks events of one shape of tables. What holds for what all of them have alike is known beforehand."""

    def __init__(self, plain: Layout, group: TableGroup) -> None:
        """`plain`: the same for events that are mappings."""
        super().__init__(plain.signatures, plain.scanning)
        self.pairs, self.needs_columns = plain.pairs, plain.needs_columns
        self.fixed, self.fixed_atoms = plain.fixed, plain.fixed_atoms
        self._shape = group.shape
        #: Columns that are decided once for each distinct value of a field.
        self._decided: list[tuple[Column, str]] = []
        #: Numbers of the fields that are scanned, and which of an event's values these are.
        self._fields: list[int] = []
        self._places: list[int] = []
        for column, given in plain.asked:
            self._ask(column, given)
        self._scan = np.array(self._fields, np.int64), np.array(self._places, np.int64)

    def _ask(self, column: Column, given: Sequence[Source]) -> None:
        shape, first = self._shape, given[0]
        name = shape.names[first.place] if isinstance(first, Own) else ""
        told = shape.told.get(name)
        if not isinstance(first, Own) or (name in shape.told and told is None and len(given) > 1):
            self.asked.append((column, given))
        elif name in shape.told:
            self.fix(column.key(told))
        elif self.scanning is None or name in shape.whole:
            self._decided.append((column, name))
        else:
            self._ask_text(column, given, name)

    def _ask_text(self, column: Column, given: Sequence[Source], name: str) -> None:
        assert self.scanning is not None  # noqa: S101
        asked = self.scanning.asked(column, given)
        if asked.field < 0:
            self._decided.append((column, name))
            return
        self._fields.append(asked.field)
        self._places.append(self._shape.places[name])
        if asked.rest is not None and asked.of_any:
            self.fix(asked.rest.key("x"))
        elif asked.rest is not None:
            self._decided.append((asked.rest, name))

    def is_uniform(self, group: Group) -> bool:  # noqa: ARG002 - the same for all of the shape
        return not (self.pairs or self.asked or self._decided or self._fields)

    def parts(self, group: Group) -> Parts:
        assert isinstance(group, TableGroup)  # noqa: S101
        keys = [pair.keys(listed(mine, group), listed(others, group)) for pair, mine, others in self.pairs]
        keys += [column.keys_of(values_of(given, group)) for column, given in self.asked]
        keys += [column.table_keys(group.table, name) for column, name in self._decided]
        if self.scanning is None or not self._fields:
            return Parts(keys, None)
        return Parts(keys, self.scanning.scan_table(group.table, *self._scan))
