"""Export datagrams from the network: one UDP port, exporters named beforehand, everything counted."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Thread

from sensors.datagrams import Inflow
from sensors.exports.decoder import ExportDecoder
from sensors.exports.memory import Memory
from sensors.senders import Senders, listen_address
from sensors.waiting import Came
from taishi.core.clock import Clock
from taishi.core.event import Batch, Builders
from taishi.core.ports import Counters, Sink
from taishi.core.records import SensorEntry

log = logging.getLogger("taishi.exports")

#: Rows that are handed on together; how long they, and templates, stand in memory only (seconds).
_ROWS, _WAIT_S = 2000, 0.5
#: Why datagrams and events were dropped on this machine.
OVERFLOWN = "datagrams dropped by the kernel: its buffer was full"
BEHIND = "datagrams dropped: decoding could not keep up"
NO_ROOM = "events dropped: the store could not keep up"
#: Senders that are told by name, and strangers: an address is easily forged.
_TOLD, _STRANGERS = 500, 50


class ExportsReceiver:
    """Fits `taishi.core.ports.LiveSensor`: a thread that receives, decodes and hands over batches."""

    def __init__(self, entry: SensorEntry, folder: Path, clock: Clock) -> None:
        """Raises Problem where the entry names no address to listen on, or no exporter."""
        self._entry, self._clock = entry, clock
        self._address = listen_address(entry.place)
        self._exporters = Senders(entry.exporters)
        self._file = folder / "templates.json"
        self._decoder = ExportDecoder(Memory.load(self._file))
        self._inflow: Inflow | None = None
        self._thread: Thread | None = None
        self._stopping = False
        self._shown = Counters()
        self._senders: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._last_seen: datetime | None = None
        self._refused = self._dropped = 0
        self._handed = 0.0

    @property
    def port(self) -> int:
        """The port that it listens on, also where the entry said 0; only after `start`."""
        assert self._inflow is not None  # noqa: S101 - the contract above
        return self._inflow.port

    def start(self, sink: Sink) -> None:
        self._inflow = Inflow(*self._address)
        self._thread = Thread(
            target=self._run, args=(self._inflow, sink), name=f"sensor {self._entry.name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        if self._inflow is not None:
            self._inflow.close()
        self._stopping = True
        if self._thread is not None:
            self._thread.join()

    def counters(self) -> Counters:
        return self._shown

    def _run(self, inflow: Inflow, sink: Sink) -> None:
        builders = Builders("exports", self._entry.id, _ROWS)
        while True:
            last = self._stopping  # asked first: what came before it is still there
            came = inflow.take()
            if came is None and last:
                break
            try:
                self._turn(came, sink, builders)
            except Exception as error:  # noqa: BLE001 - one datagram must not silence its port
                self._count_failure(error)
                builders = Builders("exports", self._entry.id, _ROWS)
        self._hand(sink, builders.rest())
        self._save()
        self._show()

    def _turn(self, came: Came | None, sink: Sink, builders: Builders) -> None:
        if came is not None:
            self._take(*came, builders)
        self._hand(sink, builders.full())
        now = time.monotonic()
        if came is None or now - self._handed >= _WAIT_S:
            self._hand(sink, builders.rest())
            self._save()
            self._show()
            self._handed = now

    def _count_failure(self, error: Exception) -> None:
        self._decoder.tally.damaged += 1
        self._decoder.tally.reasons[f"{type(error).__name__} while decoding"] += 1
        log.error("%s: what was sent cannot be decoded", self._entry.name, exc_info=error)

    def _take(self, data: bytes, sender: str, builders: Builders) -> None:
        """A datagram that comes twice makes the same ids: its records are known by their place in it."""
        name = self._exporters.name(sender)
        if name is None:
            self._refused += 1
            if sender in self._strangers or len(self._strangers) < _STRANGERS:
                self._strangers[sender] += 1
            return
        self._last_seen = self._clock.now()
        told = f"{sender} {name}".strip()
        if told in self._senders or len(self._senders) < _TOLD:
            self._senders[told] += 1
        for place, made in enumerate(self._decoder.decode(data, sender, self._last_seen, name)):
            kind, row, extra = made
            builders.add(kind, place, row, extra)

    def _hand(self, sink: Sink, batches: Iterator[Batch]) -> None:
        for batch in batches:
            if not sink.put(batch):
                self._dropped += len(batch)

    def _show(self) -> None:
        """Makes the figures so far visible to other threads."""
        tally = self._decoder.tally
        reasons = tally.reasons.copy()
        unseen = (self._inflow.overflown, self._inflow.dropped) if self._inflow else (0, 0)
        reasons[OVERFLOWN] += unseen[0]
        reasons[BEHIND] += unseen[1]
        reasons[NO_ROOM] += self._dropped
        self._shown = Counters(
            received=tally.datagrams,
            bytes=tally.bytes,
            refused=self._refused,
            dropped=sum(unseen) + self._dropped,
            lost=sum(tally.lost.values()),
            damaged=tally.damaged,
            last_seen=self._last_seen,
            reasons={reason: n for reason, n in reasons.most_common(_TOLD) if n},
            senders={**self._senders, **{f"refused: {one}": n for one, n in self._strangers.items()}},
        )

    def _save(self) -> None:
        if self._decoder.memory.changed:
            try:
                self._decoder.memory.save(self._file)
            except OSError as error:
                log.error("%s: templates cannot be kept: %s", self._entry.name, error)
