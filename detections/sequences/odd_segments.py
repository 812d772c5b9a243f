"""Scans by TCP segments that open nothing: NULL, FIN, XMAS and ACK scans.

No TCP sends a segment without any flag, with FIN, PSH and URG alone, or FIN without ACK (RFC 9293, 3.10);
scanners do, because some filters only look at SYN and a closed port answers with RST (RFC 9293, 3.5.2;
ATT&CK T1046). A lone ACK may be the rest of a session whose beginning was not seen, so many more ports are
asked for. Look-alike: the rests of broken sessions, which go to one or two ports.
"""

from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Evidences, Finding, attack_hit
from detections.networks import Networks
from detections.sequences.recent import Recent
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Different ports, or hosts, asked by impossible segments, and by lone ACKs.
MIN_ODD, MIN_ACKS = 8, 30
_MOST = 512
_FLAGS = "tcp.source_flags"
#: Which flags make which scan.
_NAMES = {
    frozenset({"none"}): "NULL",
    frozenset({"fin"}): "FIN",
    frozenset({"fin", "psh", "urg"}): "XMAS",
    frozenset({"ack"}): "ACK",
}

FINDING = Finding(
    "taishi.sequence.odd-segments",
    Text("隐蔽端口扫描（NULL/FIN/XMAS/ACK）", "Port scan by segments that open nothing"),
    "attempted",
    "medium",
    ("T1046", "T1595.001"),
    Text(
        "核对开放端口是否必要；边界使用有状态的过滤，丢弃标志位不合法的报文。",
        "Check that every open port is needed; filter by state at the boundary and drop segments with "
        "impossible flags.",
    ),
)


class _Scanned(msgspec.Struct, forbid_unknown_fields=True):
    ports: set[int] = msgspec.field(default_factory=set)
    acks: set[int] = msgspec.field(default_factory=set)
    names: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class OddSegments:
    """Watches TCP flows of a few packets without payload whose beginning was no SYN."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs = Recent(tuple[str, str], _Scanned)

    def observe(self, batch: Batch) -> None:
        for event in _bare(batch).events():
            flags = event.extra.get(_FLAGS)
            name = _NAMES.get(frozenset(flags)) if isinstance(flags, dict) else None
            if name and self._networks.unicast(event.text("destination.ip")):
                self._note(event, name)

    def _note(self, event: Event, name: str) -> None:
        scanned = self._pairs[event.text("source.ip"), event.text("destination.ip")]
        ports = scanned.acks if name == "ACK" else scanned.ports
        port = event.number("destination.port")
        if port in ports or len(ports) >= _MOST:
            return
        ports.add(port)
        scanned.names.add(name)
        scanned.evidence.add(event, side="destination")

    def hits(self) -> Iterator[Hit]:
        for (source, target), scanned in self._pairs.items():
            number = len(scanned.ports | scanned.acks)
            if len(scanned.ports) < MIN_ODD and len(scanned.acks) < MIN_ACKS:
                continue
            how = "/".join(sorted(scanned.names))
            yield attack_hit(
                FINDING,
                scanned.evidence,
                source=source,
                target=target,
                summary=Text(
                    f"{source} 以 {how} 报文探测 {target} 的 {number} 个端口",
                    f"{source} asked {number} ports of {target} by {how} segments",
                ),
            )


def _bare(batch: Batch) -> Batch:
    """TCP flows of at most three packets a side, without payload, of which no beginning was seen."""
    column = batch.rows.column
    mask = pc.and_(pc.equal(column("network.transport"), "tcp"), pc.equal(column("taishi.flow.state"), "OTH"))
    mask = pc.and_(mask, pc.equal(column("taishi.flow.source_payload"), 0))
    for side in ("source", "destination"):
        mask = pc.and_(mask, pc.less_equal(column(f"{side}.packets"), 3))
    mask = pc.fill_null(mask, False)
    return Batch(batch.kind, batch.rows.filter(pa.array(mask) if not isinstance(mask, pa.Array) else mask))


SEQUENCE = OddSegments
