"""A port for syslog: senders named beforehand, messages read by the sensors of files, everything counted."""

import logging
import time
from collections import Counter
from datetime import datetime
from threading import Thread

from sensors.choose import sensors
from sensors.datagrams import Inflow
from sensors.senders import Senders, listen_address
from sensors.syslog_port.reading import MessageReader, Whose, whose
from sensors.syslog_port.streams import CROWDED, STRANGER, Streams
from sensors.syslog_port.tls import server_context
from sensors.waiting import Came, Waiting
from taishi.core.ports import Counters, LivePlace, Sink
from taishi.core.records import SensorEntry

log = logging.getLogger("taishi.syslog")

#: Bytes that may wait to be read; messages read together; how long one waits for others (seconds).
ROOM, _TOGETHER, _WAIT_S = 64 << 20, 4096, 0.5
#: How long a batch of a port without datagrams waits for room in the store before it is tried again.
_AGAIN_S = 0.1
OVERFLOWN = "datagrams dropped by the kernel: its buffer was full"
BEHIND = "datagrams dropped: reading could not keep up"
NO_ROOM = "events dropped: the store could not keep up"
STRANGE = "datagrams refused: the sender is not named"
CUT = "messages cut: longer than 256 KiB"
#: Senders that are told by name, and strangers: an address is easily forged.
_TOLD, _STRANGERS = 500, 50


class SyslogReceiver:
    """Fits `taishi.core.ports.LiveSensor`: threads that receive, one that reads and hands over batches."""

    def __init__(self, entry: SensorEntry, place: LivePlace) -> None:
        """Raises Problem where the entry names no address, no sender, or a certificate that is none."""
        self._entry, self._clock = entry, place.clock
        self._address, self._senders = listen_address(entry.place), Senders(entry.exporters)
        self._tls = server_context(entry.tls) if entry.transport == "tls" else None
        self._waiting = Waiting(ROOM)
        self._reader = MessageReader(sensors(place.field_maps), self._senders)
        self._inflow: Inflow | None = None
        self._streams: Streams | None = None
        self._thread: Thread | None = None
        self._stopping = False
        self._batch: dict[Whose, list[bytes]] = {}
        self._held = self._received = self._bytes = self._dropped = 0
        self._handed = time.monotonic()
        self._told: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()
        self._last_seen: datetime | None = None
        self._shown = Counters()

    @property
    def port(self) -> int:
        """The port that it listens on, also where the entry said 0; only after `start`."""
        listening = self._streams or self._inflow
        assert listening is not None  # noqa: S101 - the contract above
        return listening.port

    def start(self, sink: Sink) -> None:
        """Raises Problem where a port cannot be had; then none is held."""
        host, port = self._address
        if self._entry.transport != "udp":
            self._streams = Streams((host, port), self._senders, self._waiting, self._tls)
            port = self._streams.port
        if self._entry.transport in ("udp", "udp+tcp"):
            try:
                self._inflow = Inflow(host, port, waiting=self._waiting)
            except BaseException:
                if self._streams is not None:
                    self._streams.close()
                raise
        name = f"sensor {self._entry.name}"
        self._thread = Thread(target=self._run, args=(sink,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        for receiving in (self._streams, self._inflow):
            if receiving is not None:
                receiving.close()
        self._stopping = True
        if self._thread is not None:
            self._thread.join()

    def counters(self) -> Counters:
        return self._shown

    def _run(self, sink: Sink) -> None:
        while True:
            last = self._stopping  # asked first: what came before it is still there
            came = self._waiting.take()
            if came is not None:
                self._take(came)
            over = time.monotonic() - self._handed >= _WAIT_S
            if self._held >= _TOGETHER or over or (came is None and last):
                self._hand(sink)
                self._show()
                self._handed = time.monotonic()
            if came is None and last:
                return

    def _take(self, came: Came) -> None:
        message, sender = came[0].strip(b"\r\n\0"), came[1]
        name = self._senders.name(sender)
        if name is None:
            if sender in self._strangers or len(self._strangers) < _STRANGERS:
                self._strangers[sender] += 1
            self._told[STRANGE] += 1
            return
        self._received += 1
        self._bytes += len(came[0])
        self._last_seen = self._clock.now()
        told = f"{sender} {name}".strip()
        if told in self._told or len(self._told) < _TOLD:
            self._told[told] += 1
        if message and not message.isspace():
            self._batch.setdefault(whose(message, sender), []).append(message)
            self._held += 1

    def _hand(self, sink: Sink) -> None:
        """What came so far; datagrams go lost where there is no room for them, streams are held back."""
        messages, self._batch, self._held = self._batch, {}, 0
        for batch in self._reader.read(messages, self._clock.now()):
            while not sink.put(batch):
                if self._inflow is not None or self._stopping:
                    self._dropped += len(batch)
                    break
                time.sleep(_AGAIN_S)

    def _show(self) -> None:
        """Makes the figures so far visible to other threads."""
        reasons = self._reader.damaged.copy()
        damaged = reasons.total()
        unseen = (self._inflow.overflown, self._inflow.dropped) if self._inflow else (0, 0)
        reasons.update({OVERFLOWN: unseen[0], BEHIND: unseen[1], NO_ROOM: self._dropped})
        reasons[STRANGE] = self._told[STRANGE]
        if self._streams is not None:
            reasons += self._streams.reasons
            reasons[CUT] = self._streams.cut
        refused = sum(reasons[one] for one in (STRANGE, STRANGER, CROWDED))
        self._shown = Counters(
            received=self._received,
            bytes=self._bytes,
            refused=refused,
            dropped=sum(unseen) + self._dropped,
            damaged=damaged,
            last_seen=self._last_seen,
            reasons={reason: n for reason, n in reasons.most_common(_TOLD) if n},
            senders=self._said(),
        )

    def _said(self) -> dict[str, int]:
        told = {name: n for name, n in self._told.items() if name != STRANGE}
        return {**told, **{f"refused: {one}": n for one, n in self._strangers.items()}}
