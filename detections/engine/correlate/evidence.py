"""The events behind a firing."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import islice

from detections.engine.correlate.entry import Entry, Moment


class Evidence:
    """Which events took part: the first and the latest up to a number, and how many there were in all."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._half = max(1, most // 2)
        self._head: dict[str, int] = {}
        self._tail: OrderedDict[str, int] = OrderedDict()

    @property
    def moments(self) -> list[Moment]:
        """In time order."""
        kept = (*self._head.items(), *self._tail.items())
        return sorted((time, event) for event, time in kept)

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries in their order; the middle of many is counted and not looked at."""
        if len(entries) <= 2 * self._half:
            return self._add_all(entries)
        self._add_all(islice(entries, self._half))
        self.count += len(entries) - 2 * self._half
        return self._add_all(reversed(list(islice(reversed(entries), self._half))))

    def parts(self) -> tuple[list[Moment], list[Moment]]:
        """The first and the latest, as they came."""
        first, latest = ([(time, event) for event, time in part.items()] for part in (self._head, self._tail))
        return first, latest

    def restore(self, first: Iterable[Moment], latest: Iterable[Moment], count: int) -> None:
        """Be as the one that said this."""
        self._head.update((event, time) for time, event in first)
        self._tail.update((event, time) for time, event in latest)
        self.count = count

    def _add_all(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            new = sum(self._keep(event, time) for time, event in entry.moments)
            self.count += new + entry.count - len(entry.moments)

    def _keep(self, event: str, time: int) -> bool:
        if event in self._head or event in self._tail:
            return False
        if len(self._head) < self._half:
            self._head[event] = time
            return True
        self._tail[event] = time
        if len(self._tail) > self._half:
            self._tail.popitem(last=False)
        return True
