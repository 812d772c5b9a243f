"""Export datagrams offline: in captures, or one raw datagram a file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sensors.exports.frames import first_payloads
from sensors.exports.looks import is_export, may_be_export
from sensors.pcap import SENSOR as PCAP
from sensors.pcap.capture import MAGIC, opened
from sensors.pcap.links import NotIP, Undecodable
from sensors.pcap.packet import UDP, Decoder, Packet
from sensors.pcap.rows import address
from taishi.core.event import Batch, Builders
from taishi.core.source import Reject, Source

if TYPE_CHECKING:
    from sensors.exports.decoder import ExportDecoder

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The longest UDP datagram.
_DATAGRAM = 65535

#: Source and destination of a conversation that carried export datagrams.
Ends = tuple[str, int, str, int]


class ExportsSensor:
    """NetFlow v5 and v9, IPFIX, sFlow v5. A capture's other packets are metered as any capture's."""

    name = "exports"

    def __init__(self) -> None:
        self._decoder: ExportDecoder | None = None

    def fresh(self) -> "ExportsSensor":
        return ExportsSensor()

    def recognizes(self, source: Source) -> int:
        """95 for a capture in whose beginning an export datagram stands: one more than plain captures."""
        if source.head[:4] in MAGIC:
            return 95 if any(map(is_export, first_payloads(source.head))) else 0
        return 80 if may_be_export(source.head) else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        """Flow records in the order of their datagrams; `taishi.record` counts them."""
        if source.head[:4] in MAGIC:
            return self._capture(source, reject)
        return self._raw(source, reject)

    def _decoding(self) -> "ExportDecoder":
        """Loaded by who reads records only: every capture is looked at, few hold any."""
        from sensors.exports.decoder import ExportDecoder
        from sensors.exports.memory import Memory

        if self._decoder is None:
            self._decoder = ExportDecoder(Memory())
        return self._decoder

    def _raw(self, source: Source, reject: Reject) -> Iterator[Batch]:
        builders, decoder = Builders(self.name, source.identity), self._decoding()
        with source.open() as content:
            data = content.read(_DATAGRAM + 1)
        made = decoder.decode(data, "", source.written, reject=lambda said: reject(0, said, data))
        for record, (kind, row, extra) in enumerate(made):
            builders.add(kind, record, row, extra)
        yield from builders.rest()

    def _capture(self, source: Source, reject: Reject) -> Iterator[Batch]:
        exporting: set[Ends] = set()
        yield from self._exported(source, reject, exporting)
        for batch in PCAP.read(source, reject):
            rest = _without(batch, exporting)
            if len(rest):
                yield rest

    def _exported(self, source: Source, reject: Reject, exporting: set[Ends]) -> Iterator[Batch]:
        builders, decoder = Builders(self.name, source.identity), self._decoding()
        record = 0
        for number, time, ends, payload in _datagrams(source):
            if ends not in exporting:
                if not is_export(payload):
                    continue
                exporting.add(ends)

            def damaged(said: str, number: int = number, payload: bytes = payload) -> None:
                reject(number, said, payload)

            for kind, row, extra in decoder.decode(payload, ends[0], time, reject=damaged):
                builders.add(kind, record, row, extra)
                record += 1
            yield from builders.full()
        yield from builders.rest()


def _datagrams(source: Source) -> Iterator[tuple[int, datetime, Ends, bytes]]:
    """Number, time, ends and payload of every whole UDP datagram; what is damaged the meter tells of."""
    with opened(source, lambda *_: None) as capture:
        if capture is None:
            return
        decoder = Decoder(capture.link)
        for chunk in capture.chunks(lambda *_: None):
            for place in range(len(chunk.meta)):
                frame, time = chunk.frame(place)
                number = chunk.first + place
                try:
                    packet = decoder.decode(frame, 0, len(frame), time, number)
                except (Undecodable, NotIP):
                    continue
                if packet is not None and packet.protocol == UDP:
                    yield number, _EPOCH + timedelta(microseconds=time), _ends(packet), _payload(packet)


def _ends(packet: Packet) -> Ends:
    return (
        address(packet.source),
        packet.source_port,
        address(packet.destination),
        packet.destination_port,
    )


def _payload(packet: Packet) -> bytes:
    return packet.data[packet.begin : packet.end]


def _without(batch: Batch, exporting: set[Ends]) -> Batch:
    """The batch without the conversations between exporters and collectors, which stand there decoded."""
    if batch.kind != "flow":
        return batch
    import pyarrow as pa

    columns = [
        batch.column(name) for name in ("source.ip", "source.port", "destination.ip", "destination.port")
    ]
    mask = [tuple(ends) not in exporting for ends in zip(*columns, strict=True)]
    return batch if all(mask) else Batch("flow", batch.rows.filter(pa.array(mask, pa.bool_())))
