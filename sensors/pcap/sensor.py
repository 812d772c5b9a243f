"""Packet captures become flow, dns, http, tls and logon events."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from sensors.pcap import dissectors
from sensors.pcap.capture import MAGIC
from sensors.pcap.conversation import Dissector
from sensors.pcap.limits import Limits
from sensors.pcap.rows import found_row
from taishi.core.discover import discover
from taishi.core.event import Batch, Builders
from taishi.core.source import Reject, Source

if TYPE_CHECKING:
    from sensors.pcap.neighbours import Told

_BATCH = 4096


class PcapSensor:
    """Reads pcap and pcapng, plain or gzip."""

    name = "pcap"

    def recognizes(self, source: Source) -> int:
        """90: a sensor that looks inside captures (for flow exports, say) may be surer."""
        return 90 if source.head[:4] in MAGIC else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        """Events in the order in which their flows end; `taishi.record` is the packet's number."""
        # numba is loaded by those who read a capture only.
        from sensors.pcap.batches import Writer
        from sensors.pcap.compiled.table import Table
        from sensors.pcap.listening import Listener
        from sensors.pcap.meter import Tally, pass_through

        builders = Builders(self.name, source.identity)
        found_here = tuple(cast(Iterator[Dissector], discover(dissectors, "DISSECTOR")))
        limits = Limits()
        table, writer = Table(limits, listening=True), Writer(source.identity)
        listener = Listener(table, found_here, limits.held_bytes, reject)
        for told, last in _ends(pass_through(source, table, Tally(), reject, listener)):
            for record, row, extra in told:
                builders.add("other", record, row, extra)
            for flow, found, number in listener.drain():
                builders.add(found.kind, found.record, *found_row(flow, found, number))
            yield from builders.full()
            slots = table.ended()
            if len(slots) >= _BATCH or (last and len(slots)):
                for at in range(0, len(slots), _BATCH):
                    yield writer.batch(table, slots[at : at + _BATCH], listener.known)
                listener.known.clear()
                table.release()
        yield from builders.rest()


def _ends(steps: "Iterator[list[Told]]") -> "Iterator[tuple[list[Told], bool]]":
    """Every step with False, then nothing with True once."""
    for told in steps:
        yield told, False
    yield [], True
