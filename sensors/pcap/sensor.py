"""Packet captures become flow, dns, http, tls and logon events."""

from collections.abc import Iterator
from typing import cast

from sensors.pcap import dissectors
from sensors.pcap.capture import MAGIC
from sensors.pcap.conversation import Dissector
from sensors.pcap.meter import Tally, metered
from sensors.pcap.rows import flow_row, found_row
from sensors.pcap.table import FlowTable, Limits
from taishi.core.discover import discover
from taishi.core.event import Batch, Builders
from taishi.core.source import Reject, Source


class PcapSensor:
    """Reads pcap and pcapng, plain or gzip."""

    name = "pcap"

    def recognizes(self, source: Source) -> int:
        """90: a sensor that looks inside captures (for flow exports, say) may be surer."""
        return 90 if source.head[:4] in MAGIC else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        """Events in the order in which their flows end; `taishi.record` is the packet's number."""
        builders = Builders(self.name, source.identity)
        found_here = cast(Iterator[Dissector], discover(dissectors, "DISSECTOR"))
        table = FlowTable(tuple(found_here), Limits(), reject)
        for ready in metered(source, table, Tally(), reject):
            for flow, found, number in ready:
                if found is None:
                    builders.add("flow", flow.index, *flow_row(flow))
                else:
                    builders.add(found.kind, found.record, *found_row(flow, found, number))
            yield from builders.full()
        yield from builders.rest()
