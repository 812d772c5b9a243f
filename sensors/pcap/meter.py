"""From captures to flows: one pass, one tally, bounded memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from sensors.pcap.capture import Capture, Chunk, opened, unpack_meta
from sensors.pcap.links import NotIP, Undecodable
from sensors.pcap.packet import Decoder
from sensors.pcap.rows import flow_row
from sensors.pcap.table import FlowTable, Limits, Ready
from taishi.core.event import Batch, BatchBuilder
from taishi.core.source import Reject, Source

_BATCH = 4096


@dataclass
class Tally:
    """Packets of a capture: every one is in a flow, or no IP, or undecodable. `bytes` as captured."""

    packets: int = 0
    bytes: int = 0
    undecodable: int = 0
    not_ip: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def metered(source: Source, table: FlowTable, tally: Tally, reject: Reject) -> Iterator[list[Ready]]:
    """Reads a capture into the table and gives what becomes ready; damaged packets go to `reject`."""

    def damaged(index: int, reason: str) -> None:
        reject(index, f"{reason}; everything before packet {index} is kept", b"")

    with opened(source, damaged) as capture:
        if capture is not None:
            yield from _read(capture, table, tally, reject)


def _read(capture: Capture, table: FlowTable, tally: Tally, reject: Reject) -> Iterator[list[Ready]]:
    decoder = Decoder(capture.link)

    def damaged(index: int, reason: str) -> None:
        reject(index, f"{reason}; everything before packet {index} is kept", b"")

    for chunk in capture.chunks(damaged):
        last = _take(chunk, decoder, table, tally, reject)
        for packet in decoder.stale(last):
            table.take(packet)
        yield table.drain()
    for packet in decoder.stale(None):
        table.take(packet)
    table.close()
    yield table.drain()


def _take(chunk: Chunk, decoder: Decoder, table: FlowTable, tally: Tally, reject: Reject) -> int:
    """Meters one chunk; gives the time of its last packet in microseconds."""
    data, index, time = chunk.data, chunk.first, 0
    decode, take = decoder.decode, table.take
    for seconds, micros, at, size in unpack_meta(chunk.meta):
        time = seconds * 1_000_000 + micros
        try:
            packet = decode(data, at, at + size, time, index)
            if packet is not None:
                take(packet)
        except NotIP as reason:
            tally.not_ip += 1
            tally.reasons[str(reason)] += 1
        except Undecodable as reason:
            tally.undecodable += 1
            tally.reasons[str(reason)] += 1
            reject(index, str(reason), data[at : at + size])
        index += 1
    tally.packets += index - chunk.first
    tally.bytes += len(data)
    return time


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

    def _flows(self) -> Iterator[Batch]:
        began = perf_counter()
        for source in self._sources:
            builder = BatchBuilder("flow", "pcap", source.identity)
            table = FlowTable((), self._limits, self._reject)
            for ready in metered(source, table, self._tally, self._reject):
                for flow, _, _ in ready:
                    builder.add(flow.index, *flow_row(flow))
                if len(builder) >= _BATCH:
                    yield from self._given(builder)
            yield from self._given(builder)
            self.seconds = perf_counter() - began

    def _given(self, builder: BatchBuilder) -> Iterator[Batch]:
        self.count += len(builder)
        batch = builder.take()
        if batch is not None:
            yield batch


def meter(paths: Iterable[Path], reject: Reject, limits: Limits | None = None) -> Metered:
    """The bidirectional flows of captures (pcap or pcapng, plain or gzip), each file by itself.

    `reject` is told packets that cannot be decoded. Raises Problem where a path cannot be read.
    """
    return Metered(paths, reject, limits or Limits())
