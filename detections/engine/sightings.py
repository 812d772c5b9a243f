"""Where in the values of tables something stands that a keyword needs: those of many events at once."""

import numpy as np
from numpy.typing import NDArray

from detections.engine.prefilter import Places
from taishi.core.table import Table, Texts
from taishi.kit.kept import Kept


class Sightings:
    """Shared by all keyword searches of an engine: what any of them asked for is looked for in one go."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._numbers: dict[str, int] = {}
        self._search: Places | None = None
        self._texts: Texts | None = None
        self._which, self._ends = np.zeros(0, np.int64), np.zeros(0, np.int64)
        #: Of the texts at hand where each set of wanted ones is found.
        self._found: dict[frozenset[str], NDArray[np.int64]] = {}

    def among(self, table: Table, wanted: frozenset[str]) -> NDArray[np.int64]:
        """The events of a table in which one of some texts may stand, ASCII letters in either case."""
        ends = self._found.get(wanted) if self._texts is table.texts else None
        if ends is None:
            ends = self._found[wanted] = self._ends_of(table.texts, wanted)
        return _events(table, ends) if len(ends) else ends

    def _ends_of(self, texts: Texts, wanted: frozenset[str]) -> NDArray[np.int64]:
        if self._search is None or not self._numbers.keys() >= wanted:
            self._add(wanted)
        if self._texts is not texts:
            self._look(texts)
        return self._ends[np.isin(self._which, [self._numbers[text] for text in wanted])]

    def _add(self, wanted: frozenset[str]) -> None:
        for text in sorted(wanted):
            self._numbers.setdefault(text, len(self._numbers))
        self._search = Places(list(self._numbers), self._kept)
        self._texts = None

    def _look(self, texts: Texts) -> None:
        assert self._search is not None  # noqa: S101
        self._texts = texts
        self._which, self._ends = self._search.find(texts.text.data)
        self._found.clear()


def _events(table: Table, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The events in whose values something ends."""
    spans, last = table.texts.spans, table.begins + table.shape.values - 1
    events = np.searchsorted(spans[table.begins, 0], ends - 1, "right") - 1
    return np.unique(events[(events >= 0) & (ends <= spans[last, 1][events])])
