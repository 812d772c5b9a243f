"""How senders of documents are: what they brought, when last, and how far behind it was."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from taishi.app.sensor_lives import SensorLives
from taishi.app.unit_sights import UnitSights
from taishi.core.clock import Clock
from taishi.core.ports import StateStore
from taishi.core.records import Heartbeat, SensorEntry

#: Reasons that a heartbeat names.
_TOLD = 500
#: How often a sign of life is kept, which tells later when the sender was alive.
_LIFE = timedelta(minutes=1)


@dataclass
class _News:
    """What came of a sender since its heartbeat was written."""

    received: int = 0
    bytes: int = 0
    events: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    latest: datetime | None = None
    seen: datetime | None = None


class Heartbeats:
    """Added up in memory, written by `write` every few seconds. Safe for threads."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state, self._clock = state, clock
        self._lives = SensorLives(state, clock)
        self._lived: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._news: dict[str, _News] = {}
        #: The units that stood in what each sender brought.
        self.sights = UnitSights()

    def received(self, sensor: str, documents: int, size: int) -> None:
        """A delivery came; `size` in bytes."""
        with self._lock:
            news = self._news.setdefault(sensor, _News())
            news.received += documents
            news.bytes += size
            news.seen = self._clock.now()

    def settled(self, sensor: str, stored: int, bad: Sequence[str], latest: datetime | None) -> None:
        """`stored`: new events; `bad`: why documents are none; `latest`: the time of the newest event."""
        with self._lock:
            news = self._news.setdefault(sensor, _News())
            news.events += stored
            news.reasons.update(bad)
            news.latest = max(filter(None, (news.latest, latest)), default=None)

    def refused(self, sensor: str, why: str) -> None:
        """A delivery was sent back, to come again."""
        with self._lock:
            news = self._news.setdefault(sensor, _News())
            news.refused += 1
            news.reasons[why] += 1

    def write(self) -> None:
        """Durable on return. A sender that was removed meanwhile has none."""
        with self._lock:
            told, self._news = self._news, {}
        for sensor, news in told.items():
            if self._state.get(SensorEntry, sensor) is not None:
                self._state.put(self._beat(sensor, news))
                self._live(sensor)

    def _beat(self, sensor: str, news: _News) -> Heartbeat:
        now = self._clock.now()
        before = self._state.get(Heartbeat, sensor) or Heartbeat(sensor, at=now, since=now)
        behind = (news.seen - news.latest).total_seconds() if news.seen and news.latest else before.lag_s
        return replace(
            before,
            at=now,
            last_seen=news.seen or before.last_seen,
            received=before.received + news.received,
            bytes=before.bytes + news.bytes,
            events=before.events + news.events,
            refused=before.refused + news.refused,
            damaged=before.damaged + sum(news.reasons.values()) - news.refused,
            reasons=dict((Counter(before.reasons) + news.reasons).most_common(_TOLD)),
            lag_s=max(0.0, behind),
        )

    def _live(self, sensor: str) -> None:
        now, last = self._clock.now(), self._lived.get(sensor)
        if last is None or now - last >= _LIFE:
            self._lives.note(sensor, self.sights.take(sensor))
            self._lived[sensor] = now
