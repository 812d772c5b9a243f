"""Correlations that only the end of a window decides: lt, lte, eq, neq, ranges, rules that must not match.

A group's first match opens a window that lasts the timespan, both ends included; the next match after it
opens the next. When time has passed its end it is judged once: before, one more event could still undo (or
bring) what the condition says. A window without any match is never opened, so "fewer than 5" means 1 to 4.
"""

from collections import OrderedDict
from collections.abc import Callable

from detections.engine.correlate.budget import Budget
from detections.engine.correlate.definition import TEMPORAL, Correlation
from detections.engine.correlate.entry import Fact
from detections.engine.correlate.figures import figures
from detections.engine.correlate.group import Firing, Group, begin
from detections.engine.correlate.placing import Key, Placing
from detections.engine.correlate.window import Window


class Closing:
    """Watches one correlation. `schedule` is told when (µs) `close` has to be called."""

    def __init__(
        self,
        correlation: Correlation,
        carried: frozenset[str],
        budget: Budget,
        schedule: Callable[[int], None],
    ) -> None:
        self.correlation = correlation
        #: The window that opened first is first.
        self.groups: OrderedDict[Key, Group] = OrderedDict()
        self._figures = figures(correlation)
        self._placing = Placing(correlation, carried, budget)
        self._budget = budget
        self._schedule = schedule

    def take(self, fact: Fact) -> list[Firing]:
        """Never fires by itself."""
        for key, entry in self._placing.places(fact):
            group = self.groups.get(key)
            if group is None:
                group = self.open(key, fact.time)
                self._schedule(fact.time + self.correlation.timespan)
            group.window.add(entry)
            group.clipped |= group.window.fit()
        return []

    def open(self, key: Key, since: int) -> Group:
        """A new group, last in the order."""
        window = Window(self._figures, self.correlation.type in TEMPORAL, self._budget)
        group = self.groups[key] = Group(window, since)
        return group

    def drop(self, key: Key) -> None:
        """Forget a group."""
        self.groups.pop(key).window.clear()

    def close(self, due: int) -> list[Firing]:
        """Judge the windows that end then or before. One that had to drop entries cannot be judged."""
        firings = []
        while self.groups:
            key, group = next(iter(self.groups.items()))
            if group.since + self.correlation.timespan > due:
                break
            if not group.clipped and group.window.fulfilled():
                firings.append(self._fire(key, group, due))
            self.drop(key)
        return firings

    def trim(self, now: int) -> None:
        """Windows leave by being closed."""

    def _fire(self, key: Key, group: Group, due: int) -> Firing:
        episode = begin(self.correlation, key, group.window, self._budget.evidence)
        episode.evidence.take(group.window.entries)
        return Firing(self.correlation, key, episode, due, tuple(group.window.entries))
