"""DHCP exhaustion: one sender asks for far more leases than a network has machines.

A host asks once when it starts and again at half its lease (RFC 2131, 4.4.5): a handful of messages an
hour. Tools that exhaust the pool send thousands of DISCOVERs with made-up transactions and hardware
addresses, so that a server of their own can answer instead (ATT&CK T1499, T1557.003). Look-alike: a relay
that forwards for many networks, whose messages come from a server port and an address of its own and are
not counted.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Messages of one hardware address, and how many of them a minute, that no client needs.
MIN_MESSAGES, MIN_RATE = 300, 60.0
_CLIENT, _SERVER = 68, 67

FINDING = Finding(
    "taishi.sequence.dhcp-flood",
    Text("DHCP 地址耗尽攻击", "DHCP exhaustion"),
    "attempted",
    "medium",
    ("T1499", "T1557.003"),
    Text(
        "按物理地址在接入交换机上定位并断开该主机，开启 DHCP Snooping 与端口限速，核对有无仿冒 DHCP 服务器。",
        "Find the host by its hardware address at the access switch and disconnect it, switch on DHCP "
        "snooping and port rate limits, look for a false DHCP server.",
    ),
)


class _Sender(msgspec.Struct, forbid_unknown_fields=True):
    messages: int = 0
    first: datetime | None = None
    last: datetime | None = None
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class DhcpFlood:
    """Watches flows from the client's port to the server's."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._senders = Recent(str, _Sender)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "network.protocol", "dhcp").events():
            if event.number("source.port") == _CLIENT and event.number("destination.port") == _SERVER:
                self._note(event)

    def _note(self, event: Event) -> None:
        sender = self._senders[event.text("source.mac") or event.text("source.ip")]
        sender.messages += event.number("source.packets")
        end = event.time + timedelta(microseconds=event.number("event.duration") / 1000)
        sender.first = min(sender.first or event.time, event.time)
        sender.last = max(sender.last or end, end)
        sender.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for name, sender in self._senders.items():
            if sender.messages < MIN_MESSAGES or sender.first is None or sender.last is None:
                continue
            minutes = max((sender.last - sender.first).total_seconds() / 60, 1.0)
            if sender.messages / minutes >= MIN_RATE:
                yield hit(
                    FINDING,
                    sender.evidence,
                    key="flood",
                    subject=name,
                    subject_kind="host",
                    attackers=[name],
                    summary=Text(
                        f"{name} 在 {minutes:.0f} 分钟内发出 {sender.messages} 个 DHCP 请求",
                        f"{name} sent {sender.messages} DHCP requests within {minutes:.0f} minutes",
                    ),
                )


SEQUENCE = DhcpFlood
