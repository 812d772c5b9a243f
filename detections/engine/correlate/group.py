"""What is remembered of one group of one correlation."""

from collections.abc import Sequence
from typing import NamedTuple

from detections.engine.correlate.budget import Budget
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.entry import Entry, Fact, Moment, Row
from detections.engine.correlate.evidence import Evidence
from detections.engine.correlate.matches import Correlated
from detections.engine.correlate.placing import Key
from detections.engine.correlate.window import Window
from taishi.core.ids import stable_id

#: One firing carries the values of no more events than this, the latest, to an outer correlation.
MOST_ROWS = 10_000


class Episode:
    """A correlation that holds for a group since an entry of its window, under one stable id."""

    def __init__(self, id_: str, start: int, most: int) -> None:
        self.id = id_
        #: Position of its first entry in the window.
        self.start = start
        self.evidence = Evidence(most)
        #: Entries since it last held; they belong to it once it holds again.
        self.waiting: list[Entry] = []


class Group:
    """`since` (µs): when it last changed (rising) or its window opened (closing)."""

    __slots__ = ("clipped", "episode", "since", "window")

    def __init__(self, window: Window, since: int) -> None:
        self.window = window
        self.since = since
        self.episode: Episode | None = None
        #: It had to drop entries: what it counts is too small.
        self.clipped = False


class Firing(NamedTuple):
    """A correlation held, or held on, at `time` (µs) by reason of these entries."""

    correlation: Correlation
    key: Key
    episode: Episode
    time: int
    entries: Sequence[Entry]

    def fact(self, budget: Budget) -> Fact:
        """As a match for outer correlations: its group, and what they carry of its entries."""
        delta = Evidence(budget.evidence)
        delta.take(self.entries)
        rows = self._rows(budget)
        return Fact(self.correlation.id, self.episode.id, self.time, rows, tuple(delta.moments), delta.count)

    def _rows(self, budget: Budget) -> tuple[Row, ...]:
        group: Row = {name: (text,) for name, text in zip(self.correlation.group_by, self.key, strict=True)}
        carried = [{**row, **group} for entry in self.entries for row in entry.rows]
        budget.evicted += max(0, len(carried) - MOST_ROWS)
        return tuple(carried[-MOST_ROWS:]) or (group,)

    def report(self) -> Correlated:
        """As it stands now."""
        moments: list[Moment] = self.episode.evidence.moments
        return Correlated(
            correlation=self.correlation.id,
            id=self.episode.id,
            group=dict(zip(self.correlation.group_by, self.key, strict=True)),
            events=tuple(event for _, event in moments),
            count=self.episode.evidence.count,
            first=moments[0][0],
            last=moments[-1][0],
        )


def begin(correlation: Correlation, key: Key, window: Window, most: int) -> Episode:
    """The episode that starts with the oldest entry of the window."""
    first = window.entries[0]
    id_ = stable_id("correlation", correlation.id, len(key), *key, first.event, first.time)
    return Episode(id_, window.oldest, most)
