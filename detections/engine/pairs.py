"""`|fieldref`: one field of an event compared with another."""

from collections.abc import Callable, Sequence

import numpy as np

from detections.engine.atoms import as_text, leaves
from detections.engine.rule import Atom
from detections.engine.signatures import Signatures
from taishi.core.event import Json, Value

_SAME: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda mine, other: mine == other,
    "startswith": lambda mine, other: mine.startswith(other),
    "endswith": lambda mine, other: mine.endswith(other),
    "contains": lambda mine, other: other in mine,
}


class Pair:
    """One such comparison. Case does not count; of lists any element may fit."""

    def __init__(self, number: int, atom: Atom, signatures: Signatures) -> None:
        self.fields = atom.fields
        self.others = tuple(str(atom.value).split("\n"))
        self._same = _SAME[atom.flags]
        self._key = signatures.key(frozenset({number}))

    def keys(
        self, mine: Sequence[Value | Json], others: Sequence[Value | Json]
    ) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """The atom's key where it holds, 0 elsewhere."""
        held = [self._holds(one, other) for one, other in zip(mine, others, strict=True)]
        return np.where(held, np.int64(self._key), np.int64(0))

    def _holds(self, mine: Value | Json, other: Value | Json) -> bool:
        texts = [as_text(leaf).lower() for leaf in leaves(other)]
        return any(self._same(as_text(leaf).lower(), text) for leaf in leaves(mine) for text in texts)
