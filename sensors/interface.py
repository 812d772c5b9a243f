"""Packets off a network interface, metered as they come: the flow meter of `sensors.pcap`, live."""

import logging
import selectors
import threading
import time
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pcapy

from sensors.pcap import dissectors
from sensors.pcap.limits import Limits
from sensors.pcap.rows import found_row
from taishi.core.clock import Clock
from taishi.core.discover import discover
from taishi.core.event import Batch, Builders
from taishi.core.ids import stable_id
from taishi.core.ports import Counters, LivePlace, Sink
from taishi.core.problems import Problem
from taishi.core.records import SensorEntry, SensorKind

if TYPE_CHECKING:
    from sensors.pcap.capture import Chunk
    from sensors.pcap.conversation import Dissector
    from sensors.pcap.ring import Ring

log = logging.getLogger("taishi.interface")

#: Bytes of each packet, of the kernel's buffer, and of what may wait to be metered.
_LONGEST, _KERNEL, ROOM = 65_535, 64 << 20, 64 << 20
#: Packets that cross from C to Python in one call.
_CHUNK = 4096
#: Flows that make a batch, and how long events wait for more at most, seconds.
_BATCH, _WAIT_S = 4096, 1.0
#: A flow that goes on is told in parts of so many seconds: who waits for its end sees nothing of a long one.
_ACTIVE_S = 300
_PAUSE_S = 0.2

KERNEL, BEHIND, NO_ROOM, UNKEPT = (
    "packets dropped by the kernel: its buffer was full",
    "packets dropped: metering could not keep up",
    "events dropped: the store could not keep up",
    "packets not kept for evidence (metered all the same)",
)


class InterfaceSensor:
    """Fits `taishi.core.ports.LiveSensor`: one thread empties the kernel's buffer, one meters, one keeps
    packets for evidence.
    """

    def __init__(self, entry: SensorEntry, clock: Clock, folder: Path | None = None) -> None:
        """`folder`: its own, None: keeps no packets. Raises Problem where there is no such interface."""
        if not entry.place or "/" in entry.place or not Path("/sys/class/net", entry.place).exists():
            known = ", ".join(sorted(path.name for path in Path("/sys/class/net").iterdir()))
            raise Problem(f"interface {entry.place}: there is none; there are: {known}")
        self._entry, self._clock, self._folder = entry, clock, folder
        self._ring: Ring | None = None
        self._waiting: deque[Chunk] = deque()
        self._bytes = 0
        self._woken = threading.Condition()
        self._stopping = self._drained = False
        self._threads: list[threading.Thread] = []
        self._received = self._size = self._kernel = self._behind = self._lost_events = 0
        self._undecodable = self._failed = 0
        self._last_seen: datetime | None = None

    def start(self, sink: Sink) -> None:
        self._reader = _opened(self._entry.place)
        if self._folder is not None:
            self._ring = _ring(self._entry, self._folder, self._reader.datalink(), self._clock)
        if self._ring is not None:
            self._ring.start()
        for name, work in (("capture", self._capture), ("meter", lambda: self._meter(sink))):
            thread = threading.Thread(target=work, name=f"{name} {self._entry.place}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._stopping = True
        for thread in self._threads:
            thread.join()
        if self._ring is not None:
            self._ring.stop()

    def counters(self) -> Counters:
        unkept = self._ring.dropped if self._ring is not None else 0
        reasons = {KERNEL: self._kernel, BEHIND: self._behind, NO_ROOM: self._lost_events, UNKEPT: unkept}
        return Counters(
            received=self._received,
            bytes=self._size,
            dropped=self._kernel + self._behind + self._lost_events,
            damaged=self._undecodable,
            last_seen=self._last_seen,
            reasons={reason: n for reason, n in reasons.items() if n},
        )

    def _capture(self) -> None:
        told = 0.0
        with selectors.DefaultSelector() as ready:
            ready.register(self._reader.getfd(), selectors.EVENT_READ)
            while not self._stopping:
                try:
                    if ready.select(_PAUSE_S):
                        self._take()
                except pcapy.PcapError as error:
                    log.error("%s: %s", self._entry.name, error)
                    time.sleep(_PAUSE_S)
                if time.monotonic() - told > _WAIT_S:
                    self._kernel, told = self._reader.stats()[1], time.monotonic()
        self._take()
        self._kernel = self._reader.stats()[1]
        with self._woken:
            self._drained = True
            self._woken.notify()

    def _take(self) -> None:
        """What the kernel has now, as one chunk for the meter."""
        import numpy as np

        from sensors.pcap.capture import Chunk

        data, meta = self._reader.next_batch(_CHUNK)
        number = len(meta) // 16
        if not number:
            return
        self._last_seen = self._clock.now()
        rows = np.frombuffer(meta, np.uint32).reshape(-1, 4)
        if self._ring is not None:
            self._ring.put(data, rows)
        with self._woken:
            if self._bytes + len(data) > ROOM:
                self._behind += number
                return
            self._waiting.append(Chunk(self._received, memoryview(data), rows))
            self._received += number
            self._size += len(data)
            self._bytes += len(data)
            self._woken.notify()

    def _next(self) -> "Chunk | None":
        """The oldest chunk; None where there was none for a moment."""
        with self._woken:
            if not self._waiting and not self._drained:
                self._woken.wait(_PAUSE_S)
            if not self._waiting:
                return None
            chunk = self._waiting.popleft()
            self._bytes -= len(chunk.data)
            return chunk

    def _meter(self, sink: Sink) -> None:
        meter = _Meter(self._entry, self._clock, self._reader.datalink())
        while True:
            last = self._drained  # asked first: what came before it is still there
            chunk = self._next()
            if chunk is None and last:
                break
            try:
                if chunk is None:
                    meter.quiet(self._clock.now())
                else:
                    meter.take(chunk)
                self._hand(sink, meter.batches())
            except Exception as error:  # one packet must not blind the sensor
                log.error("%s: metering begins anew", self._entry.name, exc_info=error)
                self._failed += 1
                meter = _Meter(self._entry, self._clock, self._reader.datalink())
            self._undecodable = meter.undecodable + self._failed
        meter.end()
        self._hand(sink, meter.batches(everything=True))

    def _hand(self, sink: Sink, batches: Iterator[Batch]) -> None:
        for batch in batches:
            if not sink.put(batch):
                self._lost_events += len(batch)


class _Meter:
    """The flow table of one run, with what is heard in its flows."""

    def __init__(self, entry: SensorEntry, clock: Clock, link: int) -> None:
        # numba is loaded by those who capture only.
        from sensors.pcap.batches import Writer
        from sensors.pcap.compiled.table import Table
        from sensors.pcap.listening import Listener
        from sensors.pcap.meter import Passage, Tally

        identity = stable_id(entry.id, clock.now().isoformat())
        found = tuple(cast("Iterator[Dissector]", discover(dissectors, "DISSECTOR")))
        limits = Limits(active=_ACTIVE_S)
        self._builders = Builders("pcap", identity)
        self._table, self._writer = Table(limits, listening=True), Writer(identity)
        self._tally = Tally()
        self._listener = Listener(self._table, found, limits.held_bytes, lambda *_: None)
        self._passage = Passage(link, self._table, self._tally, lambda *_: None, self._listener)
        self._handed = time.monotonic()

    @property
    def undecodable(self) -> int:
        return self._tally.undecodable

    def take(self, chunk: "Chunk") -> None:
        self._passage.take(chunk)

    def quiet(self, now: datetime) -> None:
        """Nothing has come for a moment: flows that were silent for too long end all the same."""
        self._table.sweep(round(now.timestamp() * 1_000_000))
        self._listener.hear(self._table.heard(), memoryview(b""))

    def end(self) -> None:
        self._passage.end()

    def batches(self, *, everything: bool = False) -> Iterator[Batch]:
        """Events of flows that have ended, and what was found in any; in batches, or once a second."""
        for flow, found, number in self._listener.drain():
            self._builders.add(found.kind, found.record, *found_row(flow, found, number))
        for record, row, extra in self._passage.drain():
            self._builders.add("other", record, row, extra)
        yield from self._builders.full()
        slots, due = self._table.ended(), everything or time.monotonic() - self._handed > _WAIT_S
        if len(slots) >= _BATCH or (due and len(slots)):
            for at in range(0, len(slots), _BATCH):
                yield self._writer.batch(self._table, slots[at : at + _BATCH], self._listener.known)
            self._listener.known.clear()
            self._table.release()
        if due:
            self._handed = time.monotonic()
            yield from self._builders.rest()


class Interfaces:
    """Fits `taishi.core.ports.LiveKind`."""

    kind: SensorKind = "interface"

    def open(self, entry: SensorEntry, place: LivePlace) -> InterfaceSensor:
        return InterfaceSensor(entry, place.clock, place.folder)


def _ring(entry: SensorEntry, folder: Path, link: int, clock: Clock) -> "Ring | None":
    from sensors.pcap.ring import RING_AGE_S, RING_BYTES, RING_FOLDER, Ring, Segments

    most = RING_BYTES if entry.ring_bytes is None else entry.ring_bytes
    age = RING_AGE_S if entry.ring_age_s is None else entry.ring_age_s
    if not most:
        return None
    return Ring(lambda: Segments(folder / RING_FOLDER, link, most, age), clock, entry.name)


def _opened(name: str) -> "pcapy.Reader":
    try:
        reader = pcapy.create(name)
        reader.set_snaplen(_LONGEST)
        reader.set_promisc(1)
        reader.set_timeout(100)
        reader.set_buffer_size(_KERNEL)
        reader.activate()
        reader.setnonblock(1)
    except pcapy.PcapError as error:
        raise Problem(f"interface {name}: {error}; run as root or give the service CAP_NET_RAW") from None
    return reader


LIVE = Interfaces()
