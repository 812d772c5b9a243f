"""The entries of one group, oldest first, with the figure they add up to."""

from collections import deque
from collections.abc import Hashable

from detections.engine.correlate.budget import Budget
from detections.engine.correlate.entry import Entry
from detections.engine.correlate.figures import Maker

#: A group takes as much memory as so many entries (measured: 1.5 KB against 0.2 to 0.35 KB).
GROUP_COST = 5


class Window:
    """Entries come in time order. An event counts once: in temporal correlations once for each rule."""

    __slots__ = ("_budget", "_by_rule", "_figure", "_held", "entries", "oldest")

    def __init__(self, figures: Maker, by_rule: bool, budget: Budget) -> None:
        self.entries: deque[Entry] = deque()
        #: Position of the oldest entry, counted from the beginning of this window.
        self.oldest = 0
        self._budget = budget
        self._by_rule = by_rule
        self._held: dict[Hashable, int] = {}
        self._figure = figures(self._held)
        budget.held += GROUP_COST

    def add(self, entry: Entry) -> bool:
        """Whether it was new. A firing always is: it stands for its latest growth."""
        key = self._key(entry)
        known = self._held.get(key, 0)
        if known and not entry.events:
            return False
        self._held[key] = known + 1
        self._figure.add(entry)
        self.entries.append(entry)
        self._budget.held += 1
        return True

    def fulfilled(self) -> bool:
        """Whether the condition holds for what is in the window, which is not empty."""
        return self._figure.fulfilled()

    def expire(self, before: int) -> None:
        """Drop what happened before that time (µs)."""
        while self.entries and self.entries[0].time < before:
            self._drop()

    def evict(self) -> None:
        """Drop the oldest entry for want of room."""
        self._drop()
        self._budget.evicted += 1

    def fit(self) -> bool:
        """Evict down to what a group may hold; whether anything had to go."""
        over = len(self.entries) - self._budget.group_limit
        for _ in range(over):
            self.evict()
        return over > 0

    def clear(self) -> None:
        """Give back the room; the window is not used again."""
        self._budget.held -= len(self.entries) + GROUP_COST
        self.entries.clear()

    def _drop(self) -> None:
        entry = self.entries.popleft()
        key = self._key(entry)
        self._held[key] -= 1
        if not self._held[key]:
            del self._held[key]
        self._figure.remove(entry)
        self._budget.held -= 1
        self.oldest += 1

    def _key(self, entry: Entry) -> Hashable:
        return (entry.rule, entry.event) if self._by_rule else entry.event
