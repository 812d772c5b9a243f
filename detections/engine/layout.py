"""What is asked of events of one shape: where each field stands, and what holds because fields are absent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from detections.engine.columns import Column, Group, Keys, Values
from detections.engine.pairs import Pair
from detections.engine.scan import Scanned
from detections.engine.scanning import Asked, Scanning
from detections.engine.signatures import Signatures
from detections.engine.sources import Shape, Source, listed, values_of
from taishi.core.ecs import Kind

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
        self._known: dict[tuple[Kind, tuple[str, ...], bool], Layout] = {}

    @property
    def names(self) -> frozenset[str]:
        """All fields that are asked."""
        return frozenset(name for column in self._columns for name in column.fields)

    def of(self, group: Group) -> "Layout":
        """The layout of the group's shape."""
        shape = (group.kind, group.names, group.batch is not None)
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
        return layout


@dataclass(frozen=True)
class Parts:
    """What holds in the events of a group: keys by field, and what the scan found."""

    keys: list[Keys]
    scanned: Scanned | None


class Layout:
    """Asks events of one shape."""

    def __init__(self, signatures: Signatures, scanning: Scanning | None = None) -> None:
        self._signatures, self._scanning = signatures, scanning
        self.asked: list[tuple[Column, Sequence[Source]]] = []
        self.pairs: list[tuple[Pair, Sequence[Source], Sequence[Source]]] = []
        #: Something is asked that only the ECS columns could tell, and the events have none yet.
        self.needs_columns = False
        self._scanned: list[Asked] | None = None
        self._absent = np.zeros(1, np.int64)
        self._absent_atoms: frozenset[int] = frozenset()

    def miss(self, column: Column) -> None:
        """No event of this shape has the field."""
        self._absent += np.int64(column.absent)
        self._absent_atoms |= self._signatures.atoms(column.absent)

    def is_uniform(self, group: Group) -> bool:
        """Whether every event has the same values in all that is asked, as far as that is cheap to say."""
        if group.batch is not None or self.pairs:
            return False
        found = [source(group) for _, given in self.asked for source in given]
        distinct = {id(values): values for values in found}.values()  # several columns may ask the same field
        return all(_is_constant(values, group.size) for values in distinct)

    def parts(self, group: Group) -> Parts:
        """What holds in each field that is there."""
        pairs = [pair.keys(listed(mine, group), listed(others, group)) for pair, mine, others in self.pairs]
        if self._scanning is None or not self._scanning.pays:
            keys = [column.keys_of(values_of(given, group)) for column, given in self.asked]
            return Parts([*pairs, *keys], None)
        if self._scanned is None:
            self._scanned = [self._scanning.asked(column, given) for column, given in self.asked]
        scanned, rest = self._scanning.scan(group, self._scanned)
        return Parts([*pairs, *rest], scanned)

    def signature(self, group: Group, parts: Parts) -> Keys:
        """One number an event that tells which atoms hold in it."""
        signature = np.full(group.size, self._absent[0])
        for part in parts.keys:
            signature += part
        if parts.scanned is not None:
            signature += parts.scanned.sums
        return signature

    def held(self, parts: Parts, place: int) -> frozenset[int]:
        """The atoms that hold in one event."""
        keys = {int(part[place]) for part in parts.keys}
        found = parts.scanned.held(place) if parts.scanned is not None else ()
        return self._absent_atoms.union(found, *map(self._signatures.atoms, keys))


def _is_constant(values: "Values | pa.Array", size: int) -> bool:
    """True, 1 and 1.0 are equal for Python, and not for rules."""
    return isinstance(values, tuple) and values.count(values[0]) == size and len(set(map(type, values))) == 1
