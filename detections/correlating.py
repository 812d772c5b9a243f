"""Correlations over what rules hit: events become matches with the values that correlations ask for.

Matches may come in any order: they wait until the caller says that time has passed them (`advance`). Those
out of line, earlier than that or ahead of the clock, are correlated among themselves: a correlation that
more matches can only help needs no more than some of them to be right.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from detections.engine.correlate.correlator import Correlator
from detections.engine.correlate.definition import COUNTS, Correlation
from detections.engine.correlate.matches import Correlated, Match
from detections.engine.load import RulePack
from detections.engine.routes import Routes
from detections.engine.rule import Rule
from detections.rule_fields import RuleFields
from taishi.core.event import Event

#: How long after others an event may come and still count among them; and how far ahead of the clock.
LATENESS = timedelta(minutes=5)
#: Matches out of line that are gathered before they are correlated.
_MOST_STRAYS = 50_000
#: With more than this remembered, looking ahead takes over a second and is left out.
_MOST_AHEAD = 100_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: The correlator's own watermark stays behind: `advance` moves it.
_NEVER = timedelta(days=365_000)
_LONG_AGO = -(2**62)


class _Saved(msgspec.Struct, array_like=True):
    settled: int
    onward: bytes
    aside: bytes
    aside_settled: int


class Correlating:
    """The correlations of a pack. All moments are zone-aware."""

    def __init__(
        self,
        pack: RulePack,
        *,
        limit: int = 300_000,
        evidence: int = 1_000,
        routes: Routes | None = None,
    ) -> None:
        """`limit` and `evidence` as `Correlator` has them."""
        given = pack.correlations
        self._onward = Correlator(given, _NEVER, limit, evidence=evidence)
        self._safe, self._limit, self._evidence = _safe_on_some(given), limit, evidence
        self._aside = Correlator(self._safe, _NEVER, limit // 3, evidence=evidence)
        self._fields = RuleFields(routes)
        self._settled, self._aside_settled = _LONG_AGO, _LONG_AGO
        self._strays: list[Match] = []
        self._fresh = False
        #: Matches that came too late, or with a time ahead of the clock.
        self.out_of_line = 0

    def wants(self, rule: Rule) -> bool:
        """Whether some correlation is about this rule's matches."""
        return rule.id in self._onward.wants

    def observe(self, matches: Iterable[tuple[Rule, Event]], now: datetime | None = None) -> list[Correlated]:
        """Takes matches in. They count when `advance` passes them. `now` guards against wrong clocks."""
        latest = None if now is None else _micros(now + LATENESS)
        waiting: list[Match] = []
        for match in self._made(matches):
            if match.time < self._settled or (latest is not None and match.time > latest):
                self._strays.append(match)
            else:
                waiting.append(match)
        self._fresh = self._fresh or bool(waiting)
        reports = self._onward.observe(waiting)
        return reports + (self._take_strays() if len(self._strays) > _MOST_STRAYS else [])

    def advance(self, until: datetime) -> list[Correlated]:
        """What happened before that moment counts now; each correlation that fired or grew, as it stands."""
        self._settled = max(self._settled, _micros(until))
        return self._onward.advance(self._settled) + self._take_strays()

    def standing(self) -> list[Correlated]:
        """What holds already with the matches that still wait, where more of them cannot undo it."""
        if not self._fresh or not self._safe or self._onward.held > _MOST_AHEAD:
            return []
        self._fresh = False
        ahead = Correlator(self._safe, _NEVER, self._limit, evidence=self._evidence)
        ahead.restore(self._onward.snapshot())
        return ahead.flush()

    def flush(self) -> list[Correlated]:
        """The input ends: everything that waits counts, every window closes."""
        reports = self._onward.flush() + self._take_strays()
        self._settled = _LONG_AGO
        return reports

    def settled(self, matches: Iterable[tuple[Rule, Event]]) -> list[Correlated]:
        """All the matches of an input that has an end, however many they are."""
        reports: dict[str, Correlated] = {}
        found = sorted(self._made(matches), key=lambda match: match.time)
        for start in range(0, len(found), _MOST_STRAYS):
            part = found[start : start + _MOST_STRAYS]
            reports.update(_by_id(self._onward.observe(part)))
            reports.update(_by_id(self._onward.advance(part[-1].time)))
        reports.update(_by_id(self._onward.flush()))
        return list(reports.values())

    def snapshot(self) -> bytes:
        """Everything that is remembered, but for matches out of line since the last `advance`."""
        saved = _Saved(self._settled, self._onward.snapshot(), self._aside.snapshot(), self._aside_settled)
        return msgspec.msgpack.encode(saved)

    def restore(self, data: bytes) -> None:
        """Goes on from a snapshot, as far as correlations are defined as they were; to be called when new.

        Raises ValueError where the bytes are no snapshot of this version.
        """
        try:
            saved = msgspec.msgpack.decode(data, type=_Saved)
        except msgspec.DecodeError:
            raise ValueError("the correlations' state cannot be read") from None
        self._onward.restore(saved.onward)
        self._aside.restore(saved.aside)
        self._settled, self._aside_settled = saved.settled, saved.aside_settled

    def _take_strays(self) -> list[Correlated]:
        """In time order among themselves; where they lie before the last ones, those are forgotten."""
        if not self._strays:
            return []
        found, self._strays = sorted(self._strays, key=lambda match: match.time), []
        self.out_of_line += len(found)
        reports = self._aside.flush() if found[0].time < self._aside_settled else []
        reports += self._aside.observe(found)
        self._aside_settled = found[-1].time + 1
        return reports + self._aside.advance(self._aside_settled)

    def _made(self, matches: Iterable[tuple[Rule, Event]]) -> Iterator[Match]:
        wants = self._onward.wants
        for rule, event in matches:
            if rule.id in wants:
                values = self._fields.values(rule, event, wants[rule.id])
                yield Match(rule.id, event.id, _micros(event.time), values)


def _safe_on_some(given: Sequence[Correlation]) -> list[Correlation]:
    """Those that hold for all matches where they hold for some: counts and maxima with lower bounds only."""
    safe: dict[str, Correlation] = {}
    inner = {one.id for one in given}
    for one in given:  # inner come before outer
        counts = one.type in COUNTS or one.type == "value_max"
        if counts and one.condition.rising and all(rule in safe for rule in one.rules if rule in inner):
            safe[one.id] = one
    return list(safe.values())


def _by_id(reports: Iterable[Correlated]) -> dict[str, Correlated]:
    return {one.id: one for one in reports}


def _micros(moment: datetime) -> int:
    return (moment - _BEGINNING) // _MICROSECOND
