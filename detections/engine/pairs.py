"""`|fieldref`: one field of an event compared with another."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from detections.engine.rule import Atom
from detections.engine.signatures import Signatures
from detections.engine.texts import form, in_form
from detections.engine.values import as_number, as_text, leaves
from taishi.core.event import Json, Value
from taishi.core.table import Table

_SAME: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda mine, other: mine == other,
    "startswith": lambda mine, other: mine.startswith(other),
    "endswith": lambda mine, other: mine.endswith(other),
    "contains": lambda mine, other: other in mine,
}
_NUMBERS = frozenset({int, float})


class Pair:
    """One such comparison. Case does not count unless `cased`; of lists any element may fit."""

    def __init__(self, number: int, atom: Atom, signatures: Signatures, late: bool) -> None:
        """`late`: asked only where a rule could still hit that needs it (see `late.py`)."""
        self.number, self.fields, self.late = number, atom.fields, late
        self.others = tuple(str(atom.value).split("\n"))
        self._form = form(atom)
        self._same = _SAME[atom.flags]
        self._counts = atom.flags == "equals"
        self._key = signatures.key(frozenset({number}))

    def keys(self, mine: Sequence[Value | Json], others: Sequence[Value | Json]) -> NDArray[np.int64]:
        """The atom's key where it holds, 0 elsewhere."""
        held = [self._holds(one, other) for one, other in zip(mine, others, strict=True)]
        return np.where(held, np.int64(self._key), np.int64(0))

    def table_keys(self, table: Table, mine: str, other: str) -> NDArray[np.int64]:
        """The same of two fields of a table. Equal texts are as long there in bytes, too."""
        if not self._counts or not table.shape.whole.isdisjoint((mine, other)):
            return self.keys(table.column(mine), table.column(other))
        lengths = [table.lengths(name) for name in (mine, other)]
        alike = np.flatnonzero(lengths[0] == lengths[1])
        found = np.zeros(len(table), np.int64)
        if len(alike):
            part = table.part(alike)
            found[alike] = self.keys(part.column(mine), part.column(other))
        return found

    def _holds(self, mine: Value | Json, other: Value | Json) -> bool:
        if self._counts and type(mine) is str and type(other) is str:  # every form of a text is as long
            return len(mine) == len(other) and in_form(mine, self._form) == in_form(other, self._form)
        others = [(leaf, in_form(as_text(leaf), self._form)) for leaf in leaves(other)]
        for leaf in leaves(mine):
            text = in_form(as_text(leaf), self._form)
            if any(self._same(text, one) or (self._counts and _same_number(leaf, it)) for it, one in others):
                return True
        return False


def _same_number(mine: Value | Json, other: Value | Json) -> bool:
    """Whether both are the same number and one of them is a number by itself, not a text of one."""
    if _NUMBERS.isdisjoint((type(mine), type(other))):
        return False
    number = as_number(mine)
    return number is not None and number == as_number(other)
