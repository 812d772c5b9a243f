"""What is asked of events of one shape: where each field stands, and what holds because fields are absent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from detections.engine.columns import Column, Group, Keys, Values
from detections.engine.pairs import Pair
from detections.engine.scan import Scanned, Summed
from detections.engine.scanning import Asked, Scanning
from detections.engine.signatures import Signatures
from detections.engine.sources import Source, listed, values_of

#: Keys of what holds in the events of a group.
Ask = Callable[[Group], Keys]


@dataclass(frozen=True)
class Parts:
    """What holds in the events of a group: keys by field, and what the scan found."""

    keys: list[Keys]
    scanned: Scanned | Summed | None

    def look_at(self, places: Sequence[int]) -> None:
        """These events are going to be asked what holds in them."""
        if isinstance(self.scanned, Summed):
            self.scanned.look_at(places)


class Layout:
    """Asks events of one shape."""

    def __init__(self, signatures: Signatures, scanning: Scanning | None = None) -> None:
        self.signatures, self.scanning = signatures, scanning
        self.asked: list[tuple[Column, Sequence[Source]]] = []
        self.pairs: list[tuple[Pair, Sequence[Source], Sequence[Source]]] = []
        #: Something is asked that only the ECS columns could tell, and the events have none yet.
        self.needs_columns = False
        #: What holds in every event of the shape, as a key and as atoms.
        self.fixed = np.zeros(1, np.int64)
        self.fixed_atoms: frozenset[int] = frozenset()
        #: What is only asked where somebody wants it: fields, or the number of a pair, and how.
        self.late: list[tuple[tuple[str, ...] | int, Ask]] = []
        self._scanned: list[Asked] | None = None

    def miss(self, column: Column) -> None:
        """No event of this shape has the field."""
        self.fix(column.absent)

    def fix(self, key: int) -> None:
        """This holds in every event of the shape."""
        self.fixed += np.int64(key)
        self.fixed_atoms |= self.signatures.atoms(key)

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
        if self.scanning is None or not self.scanning.pays:
            keys = [column.keys_of(values_of(given, group)) for column, given in self.asked]
            return Parts([*pairs, *keys], None)
        if self._scanned is None:
            self._scanned = [self.scanning.asked(column, given) for column, given in self.asked]
        scanned, rest = self.scanning.scan(group, self._scanned)
        return Parts([*pairs, *rest], scanned)

    def signature(self, group: Group, parts: Parts) -> Keys:
        """One number an event that tells which atoms hold in it."""
        signature = np.full(group.size, self.fixed[0])
        for part in parts.keys:
            signature += part
        if parts.scanned is not None:
            signature += parts.scanned.sums
        return signature

    def held(self, parts: Parts, places: Sequence[int]) -> list[frozenset[int]]:
        """The atoms that hold in some events."""
        parts.look_at(places)
        return [self._held(parts, place) for place in places]

    def _held(self, parts: Parts, place: int) -> frozenset[int]:
        keys = {int(part[place]) for part in parts.keys}
        found = parts.scanned.held(place) if parts.scanned is not None else ()
        return self.fixed_atoms.union(found, *map(self.signatures.atoms, keys))


def _is_constant(values: "Values | pa.Array", size: int) -> bool:
    """True, 1 and 1.0 are equal for Python, and not for rules."""
    return isinstance(values, tuple) and values.count(values[0]) == size and len(set(map(type, values))) == 1
