"""Rules over a stream: events that match, without what exceptions keep back, and correlations over them."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow.compute as pc

from detections.correlated_hit import as_rule, correlated_hit, rules_below, shown_events
from detections.correlating import LATENESS, Correlating
from detections.device_alerts import device_hit
from detections.engine.correlate.matches import Correlated
from detections.engine.load import RulePack
from detections.engine.rule import Rule
from detections.engine.sigma import SigmaEngine
from detections.exceptions import Exceptions
from detections.meaning import to_hit
from detections.networks import Networks
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.kit.kept import Kept

#: Gives a stored event by its id, None where there is none.
FindEvent = Callable[[str], Event | None]

#: Events that correlations may show, and episodes that exceptions have let through; the oldest go first.
_MOST_EVENTS, _MOST_EPISODES = 10_000, 10_000
#: Matches that wait for their time where the whole input is at hand.
MOST_OFFLINE = 1_000_000
#: Columns that only cost memory once a rule has matched.
_HEAVY = frozenset(
    {"taishi.extra", "event.original", "http.request.body.content", "http.response.body.content"}
)


class _Saved(msgspec.Struct, array_like=True):
    latest: datetime | None
    correlations: bytes


class RuleWatch:
    """`observe` batches, then `settle`; `finish` where the input ends. Hits come again as they grow.

    What exceptions keep back (`exceptions.admits`) neither becomes a hit nor feeds a correlation.
    """

    def __init__(
        self,
        pack: RulePack,
        networks: Networks,
        kept: Kept | None = None,
        exceptions: Exceptions | None = None,
        find: FindEvent = lambda _: None,
        limit: int = 300_000,
        devices: bool = True,
    ) -> None:
        """`find`: where events are that came before a restart. `limit`: see `Correlating`. `devices`: whether
        what devices tell of themselves is a hit, as it is where every event comes by."""
        self.engine = SigmaEngine(pack.plan, kept)
        self.exceptions = Exceptions() if exceptions is None else exceptions
        self.correlating = Correlating(pack, limit=limit)
        self._networks, self._find, self._devices = networks, find, devices
        self._rules = _correlation_rules(pack)
        self._events: OrderedDict[str, Event] = OrderedDict()
        self._let_through: OrderedDict[str, None] = OrderedDict()
        self._latest: datetime | None = None
        self._came: datetime | None = None

    def observe(self, batch: Batch, now: datetime | None = None) -> Iterator[Hit]:
        """Hits on single events of this batch. `now`: the clock, where the stream is live."""
        self._note_time(batch, now)
        matches: list[tuple[Rule, Event]] = []
        for rule, event in self.engine.match(batch):
            feeds = self.correlating.wants(rule)
            hit = None if rule.silent else to_hit(rule, event, self._networks)
            if (hit is None and not feeds) or not self.exceptions.admits(rule.id, event):
                continue
            if feeds:
                self._keep(event)
                matches.append((rule, event))
            if hit is not None:
                yield hit
        yield from self._told_by_devices(batch)
        yield from self._hits(self.correlating.observe(matches, now))

    def _told_by_devices(self, batch: Batch) -> Iterator[Hit]:
        if batch.kind != "alert" or not self._devices:
            return
        for event in batch.events():
            hit = device_hit(event, self._networks)
            if hit is not None and self.exceptions.admits(hit.rule, event):
                yield hit

    def settle(self, now: datetime | None = None) -> Iterator[Hit]:
        """What correlations make of everything observed so far; to be called when nothing more is at hand.

        While nothing comes, time among the events goes on at the pace of the clock.
        """
        if self._latest is not None:
            quiet = now - self._came if now is not None and self._came is not None else timedelta()
            yield from self._hits(self.correlating.advance(self._latest + quiet - LATENESS))
        yield from self._hits(self.correlating.standing())

    def finish(self) -> Iterator[Hit]:
        """The input ends: the rest of what correlations find."""
        yield from self._hits(self.correlating.flush())

    def snapshot(self) -> bytes:
        """What correlations remember."""
        return msgspec.msgpack.encode(_Saved(self._latest, self.correlating.snapshot()))

    def restore(self, data: bytes, now: datetime | None = None) -> None:
        """Goes on where another watch, maybe with other rules, was. Raises ValueError where it cannot."""
        try:
            saved = msgspec.msgpack.decode(data, type=_Saved)
        except msgspec.DecodeError:
            raise ValueError("the rules' state cannot be read") from None
        self.correlating.restore(saved.correlations)
        self._latest, self._came = saved.latest, now

    def _note_time(self, batch: Batch, now: datetime | None) -> None:
        """The latest time of any event, but for times ahead of the clock."""
        times = batch.rows.column("@timestamp")
        if now is not None:
            times = times.filter(pc.less_equal(times, now + LATENESS))
        latest = pc.max(times).as_py()
        if latest is not None and (self._latest is None or latest > self._latest):
            self._latest = latest.astimezone(UTC)
        self._came = now

    def _keep(self, event: Event) -> None:
        if event.id not in self._events:
            light = {name: value for name, value in event.fields.items() if name not in _HEAVY}
            self._events[event.id] = Event(event.kind, light)
            if len(self._events) > _MOST_EVENTS:
                self._events.popitem(last=False)

    def _hits(self, reports: Iterable[Correlated]) -> Iterator[Hit]:
        for one in reports:
            ids = shown_events(one)
            known = [event for id_ in ids if (event := self._events.get(id_) or self._find(id_))]
            hit = correlated_hit(self._rules[one.correlation], one, known, self._networks)
            if hit is not None and self._admits(one, known):
                yield hit

    def _admits(self, one: Correlated, known: list[Event]) -> bool:
        """Asked once an episode: what has come up goes on growing."""
        if one.id not in self._let_through and known:
            if not self.exceptions.admits(one.correlation, known[-1]):
                return False
            self._let_through[one.id] = None
            if len(self._let_through) > _MOST_EPISODES:
                self._let_through.popitem(last=False)
        return True


def _correlation_rules(pack: RulePack) -> dict[str, Rule]:
    """Each correlation as a rule."""
    rules = {rule.id: rule for rule in pack.rules}
    inner = {one.id: one for one in pack.correlations}
    return {one.id: as_rule(one, rules_below(one, rules, inner)) for one in pack.correlations}
