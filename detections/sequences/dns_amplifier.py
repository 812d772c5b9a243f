"""A DNS server of ours used to flood somebody: strangers ask it for ANY, again and again.

ANY draws the largest answer (RFC 8482 lets servers refuse it) and goes to whoever stands as the sender,
mostly forged; a resolver of people has no use for it (ATT&CK T1498.002). Look-alike: a diagnosis by hand, a
few questions.
"""

from collections.abc import Iterator
from datetime import timedelta

from detections.hits import Finding, hit
from detections.networks import Networks
from detections.sequences.bursts import Burst
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

MIN_QUESTIONS, SPAN = 50, timedelta(minutes=1)
_TYPES = frozenset({"ANY", "*", "255"})

FINDING = Finding(
    "taishi.sequence.dns-amplifier",
    Text("DNS 放大攻击", "DNS amplification"),
    "attempted",
    "medium",
    ("T1498.002",),
    Text(
        "DNS 服务器只为本单位解析，拒绝外部 ANY 查询，启用响应速率限制（RRL）。",
        "Let the server resolve for the unit only, refuse ANY from outside, limit the rate of answers.",
    ),
)


class DnsAmplifier:
    """Watches questions of type ANY from outside."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"dns"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._asked = Recent(tuple[str, str], Burst)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "dns.question.type").events():
            source, server = event.text("source.ip"), event.text("destination.ip")
            if event.text("dns.question.type") in _TYPES and not self._networks.inside(source):
                key = server, event.text("dns.question.name")[:255]
                self._asked[key].add(event, SPAN, side="destination", keep=MIN_QUESTIONS)

    def hits(self) -> Iterator[Hit]:
        for (server, name), burst in self._asked.items():
            if burst.most >= MIN_QUESTIONS:
                number = burst.evidence.count
                yield hit(
                    FINDING,
                    burst.evidence,
                    key=name,
                    subject=server,
                    subject_kind="ip",
                    summary=Text(
                        f"外部地址向 {server} 发出 {number} 次对 {name} 的 ANY 查询",
                        f"Outside addresses asked {server} for ANY of {name} {number} times",
                    ),
                )


SEQUENCE = DnsAmplifier
