"""Which stored events show given values, whether intelligence knows them or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import pyarrow as pa

from enrichment.intel.values import NotAnIndicator, normal
from taishi.app.hunting import keys_of
from taishi.core.event import Batch, Event
from taishi.core.indicators import IndicatorType
from taishi.core.observables import sightings
from taishi.core.ports import EventStore, Hunting
from taishi.core.problems import Problem
from taishi.core.summary import summarize

#: MISP types as which a value is tried; of hashes by their length.
_GIVEN = ("ip-dst", "url", "domain", "email", "sha256", "sha1", "md5", "tlsh")
_ALSO: dict[IndicatorType, tuple[IndicatorType, ...]] = {
    "md5": ("md5", "imphash", "ja3"),
    "sha1": ("sha1", "certificate"),
    "sha256": ("sha256", "certificate"),
}


@dataclass
class Found:
    """The latest events with their line and the value they show, of `count` rows."""

    count: int = 0
    events: list[tuple[Event, str, str]] = field(default_factory=list)
    seconds: float = 0.0


def look_back(events: EventStore, values: Sequence[str], limit: int) -> Found:
    """Raises Problem for a value that nothing can show."""
    started, found = perf_counter(), Found()
    asked = {pair for value in values for pair in told(value)}
    types = frozenset(kind for kind, _ in asked)
    if not isinstance(events, Hunting):
        raise Problem("this store cannot be looked through for values; use `taishi events search`")
    for batch in events.holding(keys_of(asked), None):
        for one in sightings(batch, lambda kind, value: (kind, value) in asked, types):
            found.count += len(one.rows)
            rows = batch.rows.take(pa.array(one.rows[:limit], pa.int64()))
            shown = Batch(batch.kind, rows).events()
            found.events += [(event, summarize(event), one.value) for event in shown]
            found.events = sorted(found.events, key=lambda each: each[0].time, reverse=True)[:limit]
    found.seconds = perf_counter() - started
    return found


def told(value: str) -> list[tuple[IndicatorType, str]]:
    """As what a value may be shown. A text that is nothing else is a user agent or a JA4."""
    for given in _GIVEN:
        if given == "url" and "/" not in value:
            continue
        try:
            kind, text = normal(given, value)
        except NotAnIndicator:
            continue
        if kind == "network":
            raise Problem(f"{value}: give addresses; for networks use `taishi events search --where`")
        return [(other, text) for other in _ALSO.get(kind, (kind,))]
    return [("user_agent", value), ("ja4", value)]
