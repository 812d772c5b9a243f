"""Flows and what was found in them as rows of the columns that events travel in."""

import re
from collections import Counter
from math import log2
from socket import AF_INET, AF_INET6, inet_ntop

from sensors.pcap.community import ICMP, ICMP6, community_id
from sensors.pcap.conversation import Found, moment
from sensors.pcap.flow import ACK, FIN, PSH, RST, SYN, URG, Flow, Half
from taishi.core.event import Json, Value

#: IP protocol numbers (IANA) as `network.transport` names them; others by their number.
TRANSPORTS = {
    ICMP: "icmp",
    2: "igmp",
    6: "tcp",
    17: "udp",
    46: "rsvp",
    47: "gre",
    50: "esp",
    51: "ah",
    ICMP6: "ipv6-icmp",
    89: "ospf",
    103: "pim",
    112: "vrrp",
    132: "sctp",
}
PORTED = frozenset({ICMP, 6, 17, ICMP6, 132})
_FLAGS = ((FIN, "fin"), (SYN, "syn"), (RST, "rst"), (PSH, "psh"), (ACK, "ack"), (URG, "urg"))
_HEAD_BYTES = 64
#: A first payload with one of these words may hold a secret, which is not kept.
_SECRETIVE = re.compile(rb"(?i)auth|pass|pwd|login|cookie")

_CATEGORY = {"logon": "authentication", "http": "web"}


def address(packed: bytes) -> str:
    return inet_ntop(AF_INET if len(packed) == 4 else AF_INET6, packed)


def mac(packed: bytes) -> str | None:
    """As ECS writes it: capital letters, hyphens; None where the link has none."""
    return packed.hex("-").upper() if any(packed) else None


def transport(flow: Flow) -> str:
    return TRANSPORTS.get(flow.transport, str(flow.transport))


def _common(flow: Flow, kind: str, answering: bool = False) -> dict[str, Value]:
    source, destination = flow.source, flow.destination
    if answering:
        source, destination = destination, source
    row: dict[str, Value] = {
        "event.kind": "event",
        "event.category": _CATEGORY.get(kind, "network"),
        "event.type": "start" if kind == "logon" else "connection" if kind == "flow" else "protocol",
        "event.module": "pcap",
        "event.dataset": f"pcap.{kind}",
        "source.ip": address(source.address),
        "destination.ip": address(destination.address),
        "network.transport": transport(flow),
        "network.protocol": flow.protocol,
        "network.community_id": community_id(
            flow.transport, source.address, destination.address, source.port, destination.port
        ),
    }
    if flow.transport in PORTED:
        row["source.port"], row["destination.port"] = source.port, destination.port
    return row


def found_row(flow: Flow, found: Found, number: int) -> tuple[dict[str, Value], dict[str, Json]]:
    """One event inside a flow; `number` keeps two equal requests of one flow apart."""
    row = _common(flow, found.kind, found.answering)
    row["@timestamp"] = moment(found.time)
    row.update(found.row)
    return row, {"flow.event": number, **found.extra}


def flow_row(flow: Flow) -> tuple[dict[str, Value], dict[str, Json]]:
    source, destination = flow.source, flow.destination
    row = _common(flow, "flow")
    row.update(
        {
            "@timestamp": moment(flow.start),
            "event.start": moment(flow.start),
            "event.end": moment(flow.end),
            "event.duration": (flow.end - flow.start) * 1000,
            "network.type": f"ipv{flow.version}",
            "network.bytes": source.bytes + destination.bytes,
            "network.packets": source.packets + destination.packets,
            "source.bytes": source.bytes,
            "source.packets": source.packets,
            "source.mac": mac(source.mac),
            "destination.bytes": destination.bytes,
            "destination.packets": destination.packets,
            "destination.mac": mac(destination.mac),
            "network.vlan.id": str(flow.vlan & 0xFFF) if flow.vlan else None,
            "taishi.flow.state": flow.state(),
            "taishi.flow.history": _history(flow),
            "taishi.flow.source_payload": source.payload,
            "taishi.flow.destination_payload": destination.payload,
        }
    )
    return row, _flow_extra(flow)


def _history(flow: Flow) -> str | None:
    """Zeek's letters, with ^ first where the first packet seen was the answer."""
    letters = flow.history
    if flow.transport == 17:
        letters = ("D" if flow.source.loaded else "") + ("d" if flow.destination.loaded else "")
    return ("^" + letters if flow.flipped else letters) or None


def _flow_extra(flow: Flow) -> dict[str, Json]:
    extra: dict[str, Json] = {}
    for name, half in (("source", flow.source), ("destination", flow.destination)):
        if half.loaded:
            if not (flow.secret or _SECRETIVE.search(half.head)):
                extra[f"payload.{name}_head"] = half.head[:_HEAD_BYTES].hex()
            if half.head:
                extra[f"payload.{name}_entropy"] = _entropy(half.head)
            extra[f"payload.{name}_sizes"] = _sizes(half)
        if half.flags:
            extra[f"tcp.{name}_flags"] = _flags(half)
            if half.retransmitted:
                extra[f"tcp.{name}_retransmitted"] = half.retransmitted
    if flow.lengths:
        extra["payload.first"] = list(flow.lengths)
    if flow.vlan >> 12:
        extra["network.inner.vlan.id"] = str(flow.vlan >> 12)
    if flow.tunnel:
        extra["tunnel"] = flow.tunnel
    return extra


def _entropy(head: bytes) -> float:
    """Shannon's, in bits a byte."""
    total = sum(count * log2(count) for count in Counter(head).values())
    return int((len(head) * log2(len(head)) - total) / len(head) * 100 + 0.5) / 100


def _sizes(half: Half) -> dict[str, Json]:
    mean = (20 * half.payload + half.loaded) // (2 * half.loaded) / 10
    return {"packets": half.loaded, "min": half.smallest, "max": half.largest, "mean": mean}


def _flags(half: Half) -> dict[str, Json]:
    """How many packets had each flag; `none` where a packet had not one of them."""
    counts: dict[str, Json] = {}
    for bit, name in _FLAGS:
        number = sum(count for flags, count in half.flags.items() if flags & bit)
        if number:
            counts[name] = number
    bare = sum(count for flags, count in half.flags.items() if not flags & 63)
    return counts | ({"none": bare} if bare else {})
