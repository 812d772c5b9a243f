"""From captures to flows: one pass, one tally, bounded memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from sensors.pcap.capture import Capture, Chunk, Damaged, opened
from sensors.pcap.compiled.table import Table
from sensors.pcap.limits import Limits
from sensors.pcap.links import NotIP, Undecodable
from sensors.pcap.packet import Decoder, Packet
from taishi.core.event import Batch
from taishi.core.source import Reject, Source

if TYPE_CHECKING:
    from sensors.pcap.listening import Listener
    from sensors.pcap.neighbours import Neighbours, Told

_BATCH = 4096


@dataclass
class Tally:
    """Packets of a capture: every one is in a flow, or no IP, or undecodable. `bytes` as captured."""

    packets: int = 0
    bytes: int = 0
    undecodable: int = 0
    not_ip: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class Passage:
    """The way of one capture's packets into a table: the compiled lane, and the slow one for the rest."""

    def __init__(
        self, link: int, table: Table, tally: Tally, reject: Reject, listener: "Listener | None"
    ) -> None:
        self._link, self._table, self._tally = link, table, tally
        self._reject, self._listener = reject, listener
        #: Only who listens to payload wants ARP as well.
        self._neighbours = _neighbours(link) if listener is not None else None
        self._decoder = Decoder(link)

    def drain(self) -> "list[Told]":
        """What ARP told since the last call."""
        return self._neighbours.drain() if self._neighbours is not None else []

    def take(self, chunk: Chunk) -> None:
        """Meters one chunk."""
        if self._neighbours is not None:
            self._neighbours.take(chunk)
        raw, count, at = np.frombuffer(chunk.data, np.uint8), len(chunk.meta), 0
        while at < count:
            at = self._table.run(raw, chunk.meta, at, chunk.first, self._link)
            self._hear(chunk.data)
            for number in self._table.odd():
                self._decode(chunk, number)
            if at < count:
                self._decode(chunk, at)
                at += 1
        self._tally.packets += count
        self._tally.bytes += int(chunk.meta[:, 3].sum())
        for packet in self._decoder.stale(chunk.last_us):
            self._insert(packet)

    def end(self) -> None:
        """The capture is over."""
        for packet in self._decoder.stale(None):
            self._insert(packet)
        if self._neighbours is not None:
            self._neighbours.end()
        self._table.close()
        self._hear(memoryview(b""))
        for reason, count in self._table.not_ip.items():
            self._tally.not_ip += count
            self._tally.reasons += Counter({reason: count})

    def _decode(self, chunk: Chunk, number: int) -> None:
        data, time = chunk.frame(number)
        index = chunk.first + number
        try:
            packet = self._decoder.decode(data, 0, len(data), time, index)
        except NotIP as reason:
            self._tally.not_ip += 1
            self._tally.reasons[str(reason)] += 1
        except Undecodable as reason:
            self._tally.undecodable += 1
            self._tally.reasons[str(reason)] += 1
            self._reject(index, str(reason), data)
        else:
            if packet is not None:
                self._insert(packet)

    def _insert(self, packet: Packet) -> None:
        self._table.take(packet)
        self._hear(memoryview(packet.data))

    def _hear(self, data: memoryview) -> None:
        if self._listener is not None:
            self._listener.hear(self._table.heard(), data)


def _neighbours(link: int) -> "Neighbours":
    from sensors.pcap.neighbours import Neighbours

    return Neighbours(link)


def pass_through(
    source: Source, table: Table, tally: Tally, reject: Reject, listener: "Listener | None" = None
) -> "Iterator[list[Told]]":
    """Reads a capture into the table: a chunk a step, each with what ARP told. Damage goes to `reject`."""

    def damaged(index: int, reason: str) -> None:
        reject(index, f"{reason}; everything before packet {index} is kept", b"")

    with opened(source, damaged) as capture:
        if capture is not None:
            yield from _steps(capture, Passage(capture.link, table, tally, reject, listener), damaged)


def _steps(capture: Capture, passage: Passage, damaged: Damaged) -> "Iterator[list[Told]]":
    for chunk in capture.chunks(damaged):
        passage.take(chunk)
        yield passage.drain()
    passage.end()
    yield passage.drain()


class Metered:
    """The flows of some captures. Iterate over `flows` first: the figures are whole at its end.

    Raises Problem, when made, where a path cannot be read.
    """

    def __init__(self, paths: Iterable[Path], reject: Reject, limits: Limits) -> None:
        self._sources = [Source.of(path) for path in paths]
        self._reject = reject
        self._limits = limits
        self._tally = Tally()
        self.count = 0
        self.seconds = 0.0
        self.flows = self._flows()

    @property
    def packets(self) -> int:
        return self._tally.packets

    @property
    def bytes(self) -> int:
        """Bytes of frames as captured."""
        return self._tally.bytes

    @property
    def undecodable(self) -> int:
        """Packets whose headers are damaged, or of a link type that is not supported."""
        return self._tally.undecodable

    @property
    def not_ip(self) -> int:
        """Sound packets that have no IP flow (ARP, LLDP …): in no flow, and not undecodable."""
        return self._tally.not_ip

    @property
    def reasons(self) -> dict[str, int]:
        """Why packets are in no flow, with how many of them."""
        return dict(self._tally.reasons)

    def counted(self) -> int:
        """Meters everything and gives how many flows there are, without making rows of them."""
        for _, table in self._ready(1, keeping=False):
            self.count += len(table.ended())
            table.release()
        return self.count

    def _flows(self) -> Iterator[Batch]:
        # Arrow is loaded by those who want rows only.
        from sensors.pcap.batches import Writer

        writers: dict[str, Writer] = {}
        for identity, table in self._ready(_BATCH, keeping=True):
            if identity not in writers:
                writers = {identity: Writer(identity)}
            slots = table.ended()
            self.count += len(slots)
            for at in range(0, len(slots), _BATCH):
                yield writers[identity].batch(table, slots[at : at + _BATCH], {})
            table.release()

    def _ready(self, size: int, keeping: bool) -> Iterator[tuple[str, Table]]:
        """Identities of sources, with tables in which at least so many flows have ended, or the last ones."""
        began = perf_counter()
        for source in self._sources:
            table = Table(self._limits, listening=False, keeping=keeping)
            for _ in pass_through(source, table, self._tally, self._reject):
                if len(table.ended()) >= size:
                    yield source.identity, table
            if len(table.ended()):
                yield source.identity, table
            self.seconds = perf_counter() - began


def meter(paths: Iterable[Path], reject: Reject, limits: Limits | None = None) -> Metered:
    """The bidirectional flows of captures (pcap or pcapng, plain or gzip), each file by itself.

    `reject` is told packets that cannot be decoded. Raises Problem where a path cannot be read.
    """
    return Metered(paths, reject, limits or Limits())
