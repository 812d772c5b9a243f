"""What senders of documents bring becomes durable, and each document's fate is told."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.personal.shield import shield
from sensors.choose import sensors
from taishi.app.desk import Desk
from taishi.app.intake import Rejected
from taishi.app.owning_sender import owned_by
from taishi.app.quarantine import Quarantine
from taishi.app.reception.documents import Offered, documents
from taishi.app.reception.heartbeats import Heartbeats
from taishi.app.reception.reading import DocumentReader
from taishi.core.event import Batch
from taishi.core.ledger import Delivery
from taishi.core.records import SensorEntry

#: How much of a document that is none is kept.
_KEPT = 4096
#: Documents that are read and made durable together.
_TOGETHER = 20_000

Outcome = Literal["taken", "bad", "unwanted"]


class Fate(msgspec.Struct, frozen=True, gc=False):
    """What became of a document. `id`: its event's, and of the first of several. `why` where it is no event:
    `bad` it could not be read, `unwanted` this sender may not bring such; it lies in quarantine then.
    """

    outcome: Outcome
    id: str
    why: str = ""


class Reception:
    """Safe for threads: deliveries are read and written one after the other."""

    def __init__(self, desk: Desk, quarantine: Quarantine) -> None:
        self._desk, self._quarantine = desk, quarantine
        self._reader = DocumentReader(sensors(desk.field_maps.folder))
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()
        self.beats = Heartbeats(desk.state, desk.clock)

    def take(self, entry: SensorEntry, offered: Sequence[Offered], sender: str, size: int) -> list[Fate]:
        """The fate of each, in order; durable on return. `sender`: its address; `size`: bytes it sent. Raises
        Problem where the store takes nothing now: then it is to come again with all.
        """
        with self._counting(entry.id, len(offered)), self._lock:
            fates: list[Fate] = []
            for start in range(0, len(offered), _TOGETHER):
                fates += self._taken(entry, offered[start : start + _TOGETHER], sender)
            self.beats.received(entry.id, len(offered), size)
            return fates

    def waiting(self) -> Counter[str]:
        """Documents that are not durable yet, by sensor."""
        return +self._busy

    def tend(self) -> None:
        """Writes heartbeats that are due."""
        self.beats.write()

    def _counting(self, sensor: str, count: int) -> "_Busy":
        return _Busy(self._busy, sensor, count)

    def _taken(self, entry: SensorEntry, offered: Sequence[Offered], sender: str) -> list[Fate]:
        names, found, bad = documents(entry.id, offered)
        at, unwanted = self._desk.clock.now(), set[str]()
        batches = []
        for batch in self._reader.read(found, at, bad):
            if entry.kinds and batch.kind not in entry.kinds:
                these = {one.partition("-")[0] for one in batch.rows.column("event.id").to_pylist()}
                bad |= dict.fromkeys(these, f"this sender may not bring events of the kind {batch.kind}")
                unwanted |= these
            else:
                batches.append(batch)
        told = [(one, name, bad[name]) for one, name in zip(offered, names, strict=True) if name in bad]
        keep = _Once(lambda: self._keep(entry, told))
        done = self._desk.events.write(self._stamped(batches, entry, sender), Delivery(entry.id, keep))
        self.beats.settled(
            entry.id, done.stored + done.waiting, [why for _, _, why in told], _latest(batches)
        )
        return [_fate(name, bad.get(name), name in unwanted) for name in names]

    def _stamped(self, batches: Sequence[Batch], entry: SensorEntry, sender: str) -> Iterator[Batch]:
        stamp = self._desk.stamping()
        for batch in batches:
            stamped = owned_by(stamp(shield(_sent(batch, sender))), entry.unit)
            self.beats.sights.add(entry.id, stamped)
            yield stamped

    def _keep(self, entry: SensorEntry, told: Sequence[tuple[Offered, str, str]]) -> int:
        records = [Rejected(place, why, one.raw[:_KEPT]) for place, (one, _, why) in enumerate(told)]
        self._quarantine.add(f"bulk-{entry.id[:16]}", f"bulk {entry.name}", records)
        return len(records)


class _Once:
    """Asked again it says what it said, and does nothing."""

    def __init__(self, act: Callable[[], int]) -> None:
        self._act, self._said = act, -1

    def __call__(self) -> int:
        if self._said < 0:
            self._said = self._act()
        return self._said


class _Busy:
    """Counts as long as it is entered."""

    def __init__(self, counter: Counter[str], sensor: str, count: int) -> None:
        self._counter, self._sensor, self._count = counter, sensor, count

    def __enter__(self) -> None:
        self._counter[self._sensor] += self._count

    def __exit__(self, *_: object) -> None:
        self._counter[self._sensor] -= self._count


def _fate(name: str, why: str | None, unwanted: bool) -> Fate:
    if why is None:
        return Fate("taken", name)
    return Fate("unwanted" if unwanted else "bad", name, why)


def _sent(batch: Batch, sender: str) -> Batch:
    return batch.with_columns({"taishi.sender": pa.array([sender] * len(batch), pa.string())})


def _latest(batches: Sequence[Batch]) -> datetime | None:
    """The time of the newest event."""
    times = [pc.max(batch.rows.column("@timestamp")).as_py() for batch in batches if len(batch)]
    return max(times).astimezone(UTC) if times else None
