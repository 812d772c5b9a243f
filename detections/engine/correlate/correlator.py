"""Correlations over a stream of matches that may come late, out of order and twice."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from heapq import heapify, heappop, heappush

from detections.engine.correlate import snapshot
from detections.engine.correlate.budget import Budget
from detections.engine.correlate.closing import Closing
from detections.engine.correlate.definition import Correlation
from detections.engine.correlate.entry import Fact
from detections.engine.correlate.fields import wanted
from detections.engine.correlate.group import Firing
from detections.engine.correlate.matches import Correlated, Match
from detections.engine.correlate.rising import Rising
from detections.engine.correlate.values import texts

_BEGINNING, _END = -(2**62), 2**62


class Correlator:
    """Correlates in event time: a match waits until the watermark has passed it, then counts in time order.

    The watermark is the latest time seen less `lateness`. What comes in earlier than the watermark is too
    late: it is left out and counted in `late`, because windows behind it are settled. So results depend
    neither on the size of batches nor on the order within `lateness`. Matches at the same microsecond count
    in the order of their event ids.

    `correlations` come from `resolve`. At most `limit` entries are held in all windows (a group counts as
    five more, for its memory) and `group_limit` in one; beyond, the oldest entry of the group that has been
    quiet longest goes first and is counted in `evicted`. `evidence` event ids are kept with a firing.
    """

    def __init__(
        self,
        correlations: Iterable[Correlation],
        lateness: timedelta = timedelta(minutes=5),
        limit: int = 300_000,
        group_limit: int = 150_000,
        evidence: int = 1_000,
    ) -> None:
        given = tuple(correlations)
        self._lateness = lateness // timedelta(microseconds=1)
        self._budget = Budget(limit, max(1, group_limit), evidence)
        self._fields, carried = wanted(given)
        self._dues: list[tuple[int, int]] = []
        self._watches = [self._watch(place, one, carried[one.id]) for place, one in enumerate(given)]
        self._listeners = _listeners(given)
        self._pending: list[tuple[int, str, str, int, Fact]] = []
        self._arrivals = 0
        self._watermark = _BEGINNING
        self._now = _BEGINNING
        self._changed: dict[str, Firing] = {}
        #: Matches that came after the watermark, and those further ahead of the clock than `lateness`.
        self.late = 0
        self.ahead = 0

    def _watch(self, place: int, one: Correlation, carried: frozenset[str]) -> Rising | Closing:
        if one.condition.rising:
            return Rising(one, carried, self._budget)
        return Closing(one, carried, self._budget, lambda due: heappush(self._dues, (due, place)))

    @property
    def wants(self) -> Mapping[str, frozenset[str]]:
        """The rules whose matches are needed, each with the event fields that `Match.values` should hold."""
        return self._fields

    @property
    def evicted(self) -> int:
        """Entries that left early for want of room."""
        return self._budget.evicted

    @property
    def incomplete(self) -> int:
        """Times that a match had no value in a field that a correlation groups by or adds up."""
        return self._budget.incomplete

    @property
    def held(self) -> int:
        """Entries in windows (a group counts as five more) and matches that wait: what `limit` bounds."""
        return self._budget.held + len(self._pending)

    def observe(self, matches: Iterable[Match], now: int | None = None) -> list[Correlated]:
        """Take matches in; give each correlation that fired or grew once, as it stands now.

        `now` (µs) guards against a wrong clock: a match later than `now` plus lateness would make all others
        late, so it is left out and counted in `ahead`.
        """
        for match in matches:
            if match.rule not in self._fields:
                continue
            if now is not None and match.time > now + self._lateness:
                self.ahead += 1
            elif match.time < self._watermark:
                self.late += 1
            else:
                self._wait(match)
        return self._reports()

    def advance(self, until: int) -> list[Correlated]:
        """All events before `until` (µs) were handed in: settle them although no later match came."""
        self._raise(until)
        return self._reports()

    def flush(self) -> list[Correlated]:
        """The input ends: settle what waits, close every window, and begin anew."""
        self._settle(_END)
        for watch in self._watches:
            watch.trim(_END)
        self._watermark = self._now = _BEGINNING
        return self._reports()

    def snapshot(self) -> bytes:
        """Everything that is remembered, as MessagePack."""
        counters = (self.late, self.ahead, self._budget.evicted, self._budget.incomplete)
        pending = [item[-1] for item in sorted(self._pending, key=lambda item: item[:4])]
        return snapshot.encode(self._watermark, self._now, counters, pending, self._watches)

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot; to be called on a new correlator.

        What belongs to a correlation that is defined as it was then is kept, the rest dropped. Raises
        ValueError where the bytes are no snapshot of this version.
        """
        saved = snapshot.decode(data)
        self._watermark, self._now = saved.watermark, saved.now
        self.late, self.ahead, self._budget.evicted, self._budget.incomplete = saved.counters
        for fact in saved.pending:
            if fact.rule in self._fields:
                self._push(fact)
        for place, watch in enumerate(self._watches):
            snapshot.load(watch, saved, self._budget)
            if isinstance(watch, Closing):
                self._dues += [
                    (group.since + watch.correlation.timespan, place) for group in watch.groups.values()
                ]
        heapify(self._dues)

    def _wait(self, match: Match) -> None:
        row = {field: texts(match.values.get(field)) for field in self._fields[match.rule]}
        self._push(Fact(match.rule, match.event, match.time, (row,)))
        if len(self._pending) > self._budget.limit:
            self._raise(self._pending[0][0] + 1)
        self._raise(match.time - self._lateness)

    def _push(self, fact: Fact) -> None:
        self._arrivals += 1
        heappush(self._pending, (fact.time, fact.event, fact.rule, self._arrivals, fact))

    def _raise(self, watermark: int) -> None:
        if watermark > self._watermark:
            self._watermark = watermark
            self._settle(watermark)

    def _settle(self, before: int) -> None:
        """Process in time order what happened, and close what ended, before that time (µs)."""
        while True:
            time = self._pending[0][0] if self._pending else _END
            due = self._dues[0][0] if self._dues else _END
            if due < min(time, before):
                self._close(*heappop(self._dues))
            elif time < before:
                self._process([heappop(self._pending)[-1]])
            else:
                return

    def _close(self, due: int, place: int) -> None:
        self._now = max(self._now, due)
        watch = self._watches[place]
        if isinstance(watch, Closing):
            self._process(self._note(watch.close(due)))

    def _process(self, facts: Sequence[Fact]) -> None:
        """Hand facts to the correlations over them, and what these give to the outer ones."""
        waiting = deque(facts)
        while waiting:
            fact = waiting.popleft()
            self._now = max(self._now, fact.time)
            for place in self._listeners.get(fact.rule, ()):
                waiting.extend(self._note(self._watches[place].take(fact)))
        if self._budget.held > self._budget.limit:
            self._make_room()

    def _note(self, firings: Iterable[Firing]) -> list[Fact]:
        """Remember what to report; what outer correlations have to see."""
        facts = []
        for firing in firings:
            if not firing.correlation.silent:
                self._changed[firing.episode.id] = firing
            if firing.correlation.id in self._listeners:
                facts.append(firing.fact(self._budget))
        return facts

    def _make_room(self) -> None:
        for watch in self._watches:
            watch.trim(self._now)
        while self._budget.held > self._budget.limit:
            quietest = min((watch for watch in self._watches if watch.groups), key=_quiet_since)
            key, group = next(iter(quietest.groups.items()))
            group.window.evict()
            group.clipped = True
            if not group.window.entries:
                quietest.drop(key)

    def _reports(self) -> list[Correlated]:
        for watch in self._watches:
            watch.trim(self._now)
        changed, self._changed = self._changed, {}
        return [firing.report() for firing in changed.values()]


def _listeners(correlations: Sequence[Correlation]) -> dict[str, list[int]]:
    listeners: dict[str, list[int]] = {}
    for place, one in enumerate(correlations):
        for rule in one.rules:
            listeners.setdefault(rule, []).append(place)
    return listeners


def _quiet_since(watch: Rising | Closing) -> int:
    return next(iter(watch.groups.values())).window.entries[0].time
