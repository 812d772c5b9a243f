"""Which event ids the spool holds."""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

#: Ids of rows as they are written are kept as texts; beyond so many, those of a spool that was found stay
#: where they stand and are gone through when somebody asks: a text takes a hundred bytes and more.
_TEXTS = 200_000


class SpooledIds:
    """Grows as the spool does."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._found: list[pa.Array] = []

    def add(self, ids: pa.Array) -> None:
        """Of rows that were written to the spool."""
        self._texts.update(ids.to_pylist())

    def find(self, given: Iterable[pa.Array]) -> None:
        """Of rows that were found there when the store was opened."""
        for ids in given:
            if len(self._texts) + len(ids) <= _TEXTS:
                self.add(ids)
            else:
                self._found.append(ids)

    def among(self, asked: Sequence[str]) -> set[str]:
        """Those that the spool holds."""
        held = self._texts.intersection(asked)
        if self._found:
            wanted = pa.array(asked, pa.string())
            for ids in self._found:
                held.update(ids.filter(pc.is_in(ids, value_set=wanted)).to_pylist())
        return held
