"""Layouts for a set of columns and pairs, one a shape."""

from collections.abc import Sequence

from detections.engine.columns import Column, Group
from detections.engine.layout import Layout
from detections.engine.pairs import Pair
from detections.engine.scanning import Scanning
from detections.engine.signatures import Signatures
from detections.engine.sources import Shape
from detections.engine.table_layout import TableLayout
from detections.engine.tables import TableGroup
from taishi.core.ecs import Kind
from taishi.core.table import Shape as TableShape

#: Shapes whose layout is remembered.
_REMEMBERED = 20_000


class Layouts:
    """Layouts for a set of columns and pairs, one a shape. `scanning`: finds the columns' texts faster."""

    def __init__(
        self,
        columns: Sequence[Column],
        pairs: Sequence[Pair],
        signatures: Signatures,
        scanning: Scanning | None = None,
    ) -> None:
        self._columns, self._pairs, self._signatures = columns, pairs, signatures
        self._scanning = scanning
        self._known: dict[tuple[Kind, tuple[str, ...], bool] | TableShape, Layout] = {}

    @property
    def names(self) -> frozenset[str]:
        """All fields that are asked."""
        return frozenset(name for column in self._columns for name in column.fields)

    def of(self, group: Group) -> "Layout":
        """The layout of the group's shape."""
        shape = (
            group.shape
            if isinstance(group, TableGroup)
            else (group.kind, group.names, group.batch is not None)
        )
        known = self._known.get(shape)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            known = self._known[shape] = self._laid_out(group)
        return known

    def _laid_out(self, group: Group) -> "Layout":
        shape, layout = Shape.of(group), Layout(self._signatures, self._scanning)
        for column in self._columns:
            given = shape.sources(column.fields)
            if given:
                layout.asked.append((column, given))
            else:
                layout.miss(column)
                layout.needs_columns |= shape.hides(column.fields)
        for pair in self._pairs:
            mine, others = shape.sources(pair.fields), shape.sources(pair.others)
            if mine and others:
                layout.pairs.append((pair, mine, others))
            else:
                layout.needs_columns |= shape.hides((*pair.fields, *pair.others))
        return TableLayout(layout, group) if isinstance(group, TableGroup) else layout
