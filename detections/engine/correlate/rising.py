"""Correlations that more can only help (gt, gte; rules that must match): they fire as soon as they hold.

The window slides: at every match it holds what happened within the timespan before, both ends included. The
first time the condition holds an episode begins with everything in the window; every later match at which it
holds makes the episode grow. It is over once the window is empty, or the condition does not hold and the
episode's first entry has left the window; then the next time is a new episode.
"""

from collections import OrderedDict

from detections.engine.correlate.budget import Budget
from detections.engine.correlate.definition import TEMPORAL, Correlation
from detections.engine.correlate.entry import Entry, Fact
from detections.engine.correlate.figures import figures
from detections.engine.correlate.group import Firing, Group, begin
from detections.engine.correlate.placing import Key, Placing
from detections.engine.correlate.window import Window


class Rising:
    """Watches one correlation. Facts come in time order."""

    def __init__(self, correlation: Correlation, carried: frozenset[str], budget: Budget) -> None:
        self.correlation = correlation
        #: The group that has been quiet longest is first.
        self.groups: OrderedDict[Key, Group] = OrderedDict()
        self._figures = figures(correlation)
        self._placing = Placing(correlation, carried, budget)
        self._budget = budget

    def take(self, fact: Fact) -> list[Firing]:
        firings = []
        for key, entry in self._placing.places(fact):
            group = self._group(key, fact.time)
            group.window.expire(fact.time - self.correlation.timespan)
            if not group.window.entries:
                group.episode = None
            if group.window.add(entry):
                group.clipped |= group.window.fit()
                firing = self._advance(key, group, entry)
                firings += [firing] if firing else []
        return firings

    def open(self, key: Key, since: int) -> Group:
        """A new group, last in the order."""
        window = Window(self._figures, self.correlation.type in TEMPORAL, self._budget)
        group = self.groups[key] = Group(window, since)
        return group

    def drop(self, key: Key) -> None:
        """Forget a group."""
        self.groups.pop(key).window.clear()

    def trim(self, now: int) -> None:
        """Forget the groups whose window is empty by now."""
        while self.groups:
            key, group = next(iter(self.groups.items()))
            if group.since >= now - self.correlation.timespan:
                return
            self.drop(key)

    def _group(self, key: Key, time: int) -> Group:
        group = self.groups.get(key)
        if group is None:
            return self.open(key, time)
        group.since = time
        self.groups.move_to_end(key)
        return group

    def _advance(self, key: Key, group: Group, entry: Entry) -> Firing | None:
        window, episode, holds = group.window, group.episode, group.window.fulfilled()
        if episode is None:
            if not holds:
                return None
            episode = group.episode = begin(self.correlation, key, window, self._budget.evidence)
            episode.evidence.take(window.entries)
            return Firing(self.correlation, key, episode, entry.time, window.entries)
        episode.waiting.append(entry)
        if not holds:
            if window.oldest > episode.start:
                group.episode = None
            return None
        entries, episode.waiting = episode.waiting, []
        episode.evidence.take(entries)
        return Firing(self.correlation, key, episode, entry.time, entries)
