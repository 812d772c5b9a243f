"""Router advertisements that break a host: CVE-2020-16898, "Bad Neighbor".

The option for DNS servers (RFC 8106, 5.1; type 25) has one unit of eight bytes for its head and two for
each address, so its length is odd and at least three. Windows of 2020 read an even one past its end. No
router sends it.
"""

from collections.abc import Iterator

from detections.hits import Evidences, Finding, attack_hit
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

_ADVERTISEMENT, _DNS_SERVERS = 134, 25
#: Before the options stand two timers of four bytes (RFC 4861, 4.2).
_TIMERS = 8

FINDING = Finding(
    "taishi.sequence.router-advertisement",
    Text("畸形 IPv6 路由通告（CVE-2020-16898）", "Malformed router advertisement (CVE-2020-16898)"),
    "attempted",
    "high",
    ("T1210", "T1499.004"),
    Text(
        "在交换机上启用 RA Guard，定位发送该通告的主机；为 Windows 安装 2020 年 10 月补丁。",
        "Switch on RA guard, find the host that sent the advertisement; install the Windows updates of "
        "October 2020.",
    ),
)


class RouterAdvertisement:
    """Watches router advertisements as far as the first bytes of a flow tell."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, _networks: Networks) -> None:
        self._seen = Recent(tuple[str, str], Evidences)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "network.transport", "ipv6-icmp").events():
            head = event.extra.get("payload.source_head")
            if event.number("source.port") != _ADVERTISEMENT or not isinstance(head, str):
                continue
            if is_malformed(bytes.fromhex(head)):
                ends = event.text("source.ip"), event.text("destination.ip")
                self._seen[ends].add(event, side="destination")

    def hits(self) -> Iterator[Hit]:
        for (source, target), evidence in self._seen.items():
            yield attack_hit(
                FINDING,
                evidence,
                source=source,
                target=target,
                summary=Text(
                    f"{source} 向 {target} 发送 DNS 选项长度不合法的路由通告",
                    f"{source} sent {target} a router advertisement whose option of DNS servers is malformed",
                ),
            )


def is_malformed(body: bytes) -> bool:
    """Whether an option of DNS servers has an even or too small length; `body` follows the ICMPv6 header."""
    at = _TIMERS
    while at + 2 <= len(body):
        kind, units = body[at], body[at + 1]
        if kind == _DNS_SERVERS and units and (units % 2 == 0 or units < 3):
            return True
        if not units:
            return False
        at += units * 8
    return False


SEQUENCE = RouterAdvertisement
