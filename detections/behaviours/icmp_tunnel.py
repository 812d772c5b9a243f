"""ICMP tunnels: echo packets that carry far more, and more varied, data than a ping does."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

#: Bytes both ways (IP headers included) below which nothing worth a tunnel has passed.
MIN_BYTES = 30_000
#: Mean bytes of a packet: a ping has 60 to 98, a path-MTU probe is few.
MIN_MEAN = 130
MIN_PACKETS = 50

FINDING = Finding(
    "taishi.behaviour.icmp-tunnel",
    Text("ICMP 隧道", "ICMP tunnel"),
    "compromised",
    "high",
    ("T1095", "T1572"),
    Text(
        "立即断网隔离该主机，查明收发 ICMP 数据的进程并清除；在边界限制 ICMP 的大小与速率。",
        "Isolate the host, find and remove the process behind the ICMP data; limit ICMP size and rate.",
    ),
)


@dataclass
class _Pair:
    bytes: int = 0
    packets: int = 0
    evidence: Evidences = field(default_factory=Evidences)


class IcmpTunnel:
    """Watches ICMP flows."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs: dict[tuple[str, str], _Pair] = defaultdict(_Pair)

    def observe(self, batch: Batch) -> None:
        for event in batch.events():
            if event.text("network.transport") in ("icmp", "ipv6-icmp"):
                source, destination = event.text("source.ip"), event.text("destination.ip")
                key = (source, destination)
                if (destination, source) in self._pairs:
                    key = (destination, source)
                pair = self._pairs[key]
                pair.bytes += event.number("source.bytes") + event.number("destination.bytes")
                pair.packets += event.number("source.packets") + event.number("destination.packets")
                pair.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for (source, destination), pair in self._pairs.items():
            large = pair.bytes >= MIN_BYTES and pair.packets >= MIN_PACKETS
            if large and pair.bytes / pair.packets >= MIN_MEAN:
                ours, other = self._sides(source, destination)
                yield hit(
                    FINDING,
                    pair.evidence,
                    key=other,
                    subject=ours,
                    subject_kind="ip",
                    peers=[other],
                    summary=Text(
                        f"{ours} 与 {other} 以 ICMP 传输 {pair.bytes / 1024:.0f} KB，{pair.packets} 个报文",
                        f"{pair.bytes / 1024:.0f} KB passed between {ours} and {other} in {pair.packets} "
                        "ICMP packets",
                    ),
                )

    def _sides(self, source: str, destination: str) -> tuple[str, str]:
        if self._networks.inside(destination) and not self._networks.inside(source):
            return destination, source
        return source, destination


BEHAVIOUR = IcmpTunnel
