"""Live sensors of the service: started and stopped as the register says, their events made durable."""

import logging
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sensors.choose import live_kinds
from taishi.app.desk import FIELD_MAPS, Desk
from taishi.app.durable import Durable
from taishi.app.intake import Input
from taishi.app.sensor_lives import SensorLives
from taishi.app.sensors import state_of
from taishi.core.event import Batch
from taishi.core.ports import Counters, LiveKind, LivePlace, LiveSensor
from taishi.core.problems import Problem
from taishi.core.records import Heartbeat, SensorEntry, SensorKind

log = logging.getLogger("taishi.live")

#: Reasons and senders that a heartbeat names.
_TOLD = 500
#: A heartbeat is written this often where nothing else has changed.
_BEAT = timedelta(seconds=10)
#: How often a sign of life is kept, which tells later when the sensor was alive.
_LIFE = timedelta(minutes=1)
#: A sensor that loses more than this share of what comes sees too little to prove that something is over.
_MOST_LOST = 0.1


@dataclass(frozen=True)
class _SensorSink:
    """The queue as one sensor sees it."""

    durable: Durable
    sensor: str

    def put(self, batch: Batch) -> bool:
        return self.durable.put(self.sensor, batch)


@dataclass
class _Running:
    """A sensor of the register at work. `base`: what its heartbeat said before; `files`: of a folder."""

    entry: SensorEntry
    base: Heartbeat
    stored_before: int
    live: LiveSensor | None = None
    problem: str | None = None
    files: Counters = field(default_factory=Counters)
    file_events: int = 0
    lag_s: float = 0.0
    #: The heartbeat at its last sign of life.
    lived: Heartbeat | None = None


class LiveSensors:
    """Keeps what runs in step with the register; `tend` it every few seconds, `stop` it at the end."""

    def __init__(self, data: Path, desk: Desk, kinds: Mapping[SensorKind, LiveKind] | None = None) -> None:
        self._desk = desk
        self._folder = data / "sensors"
        self._kinds = live_kinds() if kinds is None else kinds
        self._durable = Durable(desk)
        self._lives = SensorLives(desk.state, desk.clock)
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()

    def tend(self) -> None:
        """Starts what is new, stops what was removed or changed, writes heartbeats."""
        entries = {entry.id: entry for entry in self._desk.state.find(SensorEntry)}
        with self._lock:
            for identity, one in list(self._running.items()):
                if entries.get(identity) != one.entry:
                    self._end(one)
                    del self._running[identity]
                    if identity not in entries:
                        shutil.rmtree(self._folder / identity, ignore_errors=True)
            for identity, entry in entries.items():
                if identity not in self._running:
                    self._running[identity] = self._begun(entry)
                one = self._running[identity]
                if one.live is None and entry.kind in self._kinds:
                    self._start(one)
                if entry.kind != "bulk":  # whoever receives those tells of them
                    self._beat(one)

    def folders(self) -> dict[Path, str]:
        """Folders to look into, by their path: the sensor's id."""
        with self._lock:
            return {
                Path(one.entry.place): identity
                for identity, one in self._running.items()
                if one.entry.kind == "folder"
            }

    def sees(self, sensor: str) -> Callable[[Batch], None]:
        """Takes stamped events of a folder's sensor: the units in them were seen."""
        return partial(self._durable.sights.add, sensor)

    def note(self, sensor: str, report: Input, size: int, waited: timedelta) -> None:
        """A file of a folder was read: `size` in bytes; `waited` from its last change until then."""
        with self._lock:
            one = self._running.get(sensor)
            if one is None:
                return
            before = one.files
            reasons = Counter(before.reasons) + report.reasons
            if report.unusable:
                reasons["file cannot be used"] += 1
            one.files = Counters(
                received=before.received + 1,
                bytes=before.bytes + size,
                damaged=before.damaged + report.quarantined + bool(report.unusable),
                last_seen=self._desk.clock.now(),
                reasons=dict(reasons),
            )
            one.file_events += report.events
            one.lag_s = max(0.0, waited.total_seconds())

    def ailing(self) -> list[str]:
        """Sensors that cannot run, and a store that does not take their events: why."""
        with self._lock:
            problems = [f"{one.entry.name}: {one.problem}" for one in self._running.values() if one.problem]
        return [*problems, *([self._durable.problem] if self._durable.problem else [])]

    def waiting(self) -> Counter[str]:
        """Events that are not durable yet, by sensor."""
        return self._durable.waiting()

    def stop(self) -> None:
        """Sensors first, then what they handed over, then the last heartbeats."""
        with self._lock:
            for one in self._running.values():
                if one.live is not None:
                    one.live.stop()
            self._durable.close()
            for one in self._running.values():
                if one.entry.kind != "bulk":
                    self._beat(one, always=True)
            self._running.clear()

    def _begun(self, entry: SensorEntry) -> _Running:
        now = self._desk.clock.now()
        base = self._desk.state.get(Heartbeat, entry.id) or Heartbeat(entry.id, at=now, since=now)
        return _Running(entry, base, self._durable.stored(entry.id))

    def _start(self, one: _Running) -> None:
        entry = one.entry
        try:
            live = self._kinds[entry.kind].open(entry, self._place(entry))
            live.start(_SensorSink(self._durable, entry.id))
        except (Problem, OSError) as error:
            if one.problem != str(error):
                log.error("%s: %s", entry.name, error)
            one.problem = str(error)
            return
        one.live, one.problem = live, None
        log.info("%s: listens on %s", entry.name, entry.place)

    def _place(self, entry: SensorEntry) -> LivePlace:
        return LivePlace(self._folder / entry.id, self._desk.clock, self._folder.parent / FIELD_MAPS)

    def _end(self, one: _Running) -> None:
        if one.live is not None:
            one.live.stop()
            log.info("%s: stopped", one.entry.name)

    def _beat(self, one: _Running, *, always: bool = False) -> None:
        state, now = self._desk.state, self._desk.clock.now()
        counted = one.live.counters() if one.live is not None else one.files
        events = self._durable.stored(one.entry.id) - one.stored_before + one.file_events
        lag = self._durable.lag(now) if one.live is not None else one.lag_s
        beat = _summed(one.base, counted, events, now, lag, one.problem)
        last = state.get(Heartbeat, one.entry.id)
        same = last is not None and _without_time(last) == _without_time(beat)
        if always or not same or last is None or now - last.at >= _BEAT:
            state.put(beat)
        if always or one.lived is None or now - one.lived.at >= _LIFE:
            self._sign(one, beat)

    def _sign(self, one: _Running, beat: Heartbeat) -> None:
        """A sign of life, where it is heard and loses little; what it saw meanwhile is kept with it."""
        if state_of(one.entry, beat, beat.at) != "live":
            return
        before = one.lived or one.base
        lost = beat.dropped + beat.lost - before.dropped - before.lost
        if lost <= _MOST_LOST * (beat.received - before.received + lost):
            self._lives.note(one.entry.id, self._durable.sights.take(one.entry.id))
        one.lived = beat


def _summed(
    base: Heartbeat, counted: Counters, events: int, now: datetime, lag: float, problem: str | None
) -> Heartbeat:
    return Heartbeat(
        base.id,
        at=now,
        since=base.since,
        last_seen=counted.last_seen or base.last_seen,
        received=base.received + counted.received,
        bytes=base.bytes + counted.bytes,
        events=base.events + events,
        refused=base.refused + counted.refused,
        dropped=base.dropped + counted.dropped,
        lost=max(0, base.lost + counted.lost),
        damaged=base.damaged + counted.damaged,
        lag_s=round(lag, 1),
        reasons=dict((Counter(base.reasons) + Counter(counted.reasons)).most_common(_TOLD)),
        senders=dict((Counter(base.senders) + Counter(counted.senders)).most_common(_TOLD)),
        problem=problem,
    )


def _without_time(beat: Heartbeat) -> tuple[object, ...]:
    return tuple(getattr(beat, name) for name in beat.__struct_fields__ if name != "at")
