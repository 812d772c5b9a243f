"""When sensors were alive and which units they saw: what tells quiet from blind.

A sensor sees a unit at a moment where it was heard then without a break, and where it is that unit's own, or
an event with one of the unit's addresses came through it no more than half of SIGHT before or after. Asked
about certain kinds of events (flow, dns, logon …), only events of those kinds count: a flow exporter proves
nothing about what a log would have told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from taishi.core.clock import Clock
from taishi.core.ports import Find, StateStore
from taishi.core.records import SensorEntry, SensorLife

#: Two signs of life further apart than this have a break between them. Heartbeats come every ten seconds; a
#: service that is started anew for an update is back within minutes.
BREAK = timedelta(minutes=5)
#: A unit of which nothing at all was seen for longer is out of sight: its mirror port or line may be gone.
SIGHT = timedelta(hours=24)
#: Older lives are forgotten.
KEPT = timedelta(days=100)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Watch:
    """What was seen of a unit between two moments: `blind` are the spans in which nobody saw it, `sensors`
    the names of those who saw it at some time."""

    blind: tuple[Span, ...]
    sensors: tuple[str, ...]


class SensorLives:
    """Keeps and reads the lives; safe for several writers of different sensors."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state, self._clock = state, clock

    def note(
        self,
        sensor: str,
        seen: Mapping[str, Collection[str]] | None = None,
        since: datetime | None = None,
    ) -> SensorLife:
        """The sensor (its id) is alive now, and has been since its last sign or `since`. `seen`: the units it
        saw meanwhile, each with the kinds of its events."""
        now = self._clock.now()
        with self._state.transaction():
            last = self._last(sensor)
            begun = since or now
            if last is not None and begun - last.until <= BREAK:
                begun = last.until
                if _hour(last.until) == _hour(now):
                    life = _longer(last, now, seen or {})
                    self._state.put(life)
                    return life
            life = SensorLife(f"{sensor}-{begun:%Y%m%dT%H%M%S.%f}", sensor, begun, now)
            life = _longer(life, now, seen or {})
            self._state.put(life)
            self._forget(sensor, now)
            return life

    def watch(self, unit: str, since: datetime, until: datetime, kinds: Collection[str] = ()) -> Watch:
        """Who saw the unit in [since, until], and when nobody did. `kinds`: only sensors that bring such
        events of it count; none: any."""
        lives = self._state.find(SensorLife, Find(between={"until": (since - SIGHT, None)}, order="since"))
        entries = {entry.id: entry for entry in self._state.find(SensorEntry)}
        seeing: list[Span] = []
        names: list[str] = []
        for sensor in dict.fromkeys(life.sensor for life in lives):
            own = [life for life in lives if life.sensor == sensor]
            entry = entries.get(sensor)
            spans = _seeing(own, unit, kinds, own=entry is not None and entry.unit == unit)
            spans = [(max(a, since), min(b, until)) for a, b in spans if a < until and b > since]
            if spans:
                names.append(entry.name if entry else sensor)
            seeing += spans
        return Watch(tuple(_gaps(seeing, since, until)), tuple(sorted(names)))

    def _last(self, sensor: str) -> SensorLife | None:
        newest = Find(where={"sensor": sensor}, order="until", descending=True, limit=1)
        return next(iter(self._state.find(SensorLife, newest)), None)

    def _forget(self, sensor: str, now: datetime) -> None:
        old = Find(where={"sensor": sensor}, between={"until": (None, now - KEPT)}, limit=100)
        for life in self._state.find(SensorLife, old):
            self._state.delete(SensorLife, life.id)


def _longer(life: SensorLife, now: datetime, seen: Mapping[str, Collection[str]]) -> SensorLife:
    units = {unit: set(kinds) for unit, kinds in life.seen.items()}
    for unit, kinds in seen.items():
        units.setdefault(unit, set()).update(kinds)
    told = {unit: tuple(sorted(units[unit])) for unit in sorted(units)}
    return replace(life, until=max(now, life.until), seen=told)


def _seeing(lives: Iterable[SensorLife], unit: str, kinds: Collection[str], *, own: bool) -> list[Span]:
    """The spans in which one sensor saw the unit. `own`: it is the unit's."""
    alive = _joined([(life.since, life.until) for life in lives])
    sights = [(life.since, life.until) for life in lives if _shows(life, unit, kinds)]
    if own and (sights or not kinds):
        return alive
    near = _joined([(since - SIGHT / 2, until + SIGHT / 2) for since, until in sights])
    return [(max(a, c), min(b, d)) for a, b in alive for c, d in near if max(a, c) < min(b, d)]


def _shows(life: SensorLife, unit: str, kinds: Collection[str]) -> bool:
    return unit in life.seen and (not kinds or not set(kinds).isdisjoint(life.seen[unit]))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """In order, those that lie no more than BREAK apart made one."""
    joined: list[Span] = []
    for since, until in sorted(spans):
        if joined and since - joined[-1][1] <= BREAK:
            joined[-1] = joined[-1][0], max(joined[-1][1], until)
        else:
            joined.append((since, until))
    return joined


def _gaps(spans: Sequence[Span], since: datetime, until: datetime) -> list[Span]:
    """What [since, until] has beside the spans, breaks too short to count left out."""
    gaps, at = [], since
    for begun, ended in _joined(spans):
        if begun - at > BREAK:
            gaps.append((at, begun))
        at = max(at, ended)
    if until - at > BREAK:
        gaps.append((at, until))
    return gaps


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
