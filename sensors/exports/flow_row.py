"""Flow records as rows of the columns that events travel in; the same fields as `sensors.pcap.rows`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from socket import AF_INET, AF_INET6, inet_pton

from sensors.exports.record import Record
from sensors.pcap.community import ICMP, ICMP6, community_id, icmp_ports
from sensors.pcap.rows import TRANSPORTS
from taishi.core.event import Json, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = 1 << 63
_PORTED = frozenset({6, 17, 33, 132, 136})
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
#: Bytes of a TCP packet that carries nothing, options and all (RFC 791, RFC 9293).
_BARE = 60
#: `firewallEvent` (IANA, Cisco NSEL) as `event.type`.
_FIREWALL = {1: "start", 2: "end", 3: "denied"}
_DIRECTIONS = {0: "ingress", 1: "egress"}


def flow_row(record: Record, span: tuple[float, float], rate: int) -> dict[str, Value]:
    """`span`: seconds since 1970. Counters are multiplied by `rate`: one of so many packets was looked at."""
    start, end = _moment(span[0]), _moment(span[1])
    source, destination = _address(record, "src"), _address(record, "dst")
    protocol = _count(record, "proto")
    sent = _volume(record, "octets", "initiator_octets", "octets_total", "out_octets")
    packets = _volume(record, "packets", "initiator_packets", "packets_total", "out_packets")
    row: dict[str, Value] = {
        "@timestamp": start,
        "event.start": start,
        "event.end": end,
        "event.duration": (end - start) // timedelta(microseconds=1) * 1000,
        "event.kind": "event",
        "event.category": "network",
        "event.type": "connection",
        "source.ip": source,
        "destination.ip": destination,
        "network.transport": None if protocol is None else TRANSPORTS.get(protocol, str(protocol)),
        "network.type": _family(source or destination),
        "source.bytes": _scaled(sent, rate),
        "source.packets": _scaled(packets, rate),
        "source.mac": _mac(record.get("src_mac") or record.get("station_mac")),
        "destination.mac": _mac(record.get("dst_mac") or record.get("post_dst_mac")),
        "network.vlan.id": _vlan(record),
        "network.direction": _DIRECTIONS.get(_count(record, "direction") or 0)
        if "direction" in record
        else None,
    }
    _answer(row, record, rate)
    _ports(row, record, protocol)
    row["taishi.flow.state"] = _state(record, row, protocol, _bare(sent, packets), rate)
    _firewall(row, record)
    row["network.community_id"] = _community(row, protocol)
    return {name: value for name, value in row.items() if value is not None}


def _answer(row: dict[str, Value], record: Record, rate: int) -> None:
    """What the other side sent, where a record tells of both (RFC 5103, Cisco NSEL). Some exporters fill the
    responder's counter of one-way records with 0, which says nothing.
    """
    for what, both, responder in (
        ("bytes", "reverse_octets", "responder_octets"),
        ("packets", "reverse_packets", "responder_packets"),
    ):
        if both in record or _count(record, responder):
            row[f"destination.{what}"] = _scaled(_volume(record, both, responder), rate)
        sent, answered = row[f"source.{what}"], row.get(f"destination.{what}")
        if isinstance(sent, int):
            row[f"network.{what}"] = sent + (answered if isinstance(answered, int) else 0)


def _ports(row: dict[str, Value], record: Record, protocol: int | None) -> None:
    if protocol in (ICMP, ICMP6):
        kind, code = _icmp(record, protocol)
        row["source.port"], row["destination.port"], _ = icmp_ports(protocol, kind, code)
    elif protocol in _PORTED or protocol is None:
        for side, name in (("source", "src"), ("destination", "dst")):
            port = _count(record, f"{name}_port")
            if port is None:
                port = _count(record, f"tcp_{name}_port") or _count(record, f"udp_{name}_port")
            row[f"{side}.port"] = port if port is not None and port <= 0xFFFF else None


def _icmp(record: Record, protocol: int) -> tuple[int, int]:
    """Type and code; many exporters put them into the destination port (NetFlow v5, Cisco)."""
    if "icmp_type" in record:
        kind, code = _count(record, "icmp_type") or 0, _count(record, "icmp_code") or 0
        if kind or code or not _count(record, "dst_port"):
            return kind & 0xFF, code & 0xFF
    both = _count(record, "icmp_type_code_v6" if protocol == ICMP6 else "icmp_type_code")
    both = both or _count(record, "dst_port") or 0
    return both >> 8 & 0xFF, both & 0xFF


def _state(
    record: Record, row: Mapping[str, Value], protocol: int | None, bare: bool, rate: int
) -> str | None:
    """Zeek's word for how a TCP connection went, as far as the flags of one side tell: a sender that never
    acknowledged anything was never answered. OTH where the beginning is not in the record, or where only
    some packets were looked at and the answer may have been among the others.
    """
    if protocol != 6:
        return None
    flags = _flags(record, "tcp_flags", "initial_tcp_flags", "union_tcp_flags")
    back = _flags(record, "reverse_tcp_flags", "reverse_initial_tcp_flags", "reverse_union_tcp_flags")
    if not flags & _SYN or (rate > 1 and not flags & _ACK):
        return "OTH"
    if not flags & _ACK:
        if row.get("destination.packets"):
            return "S1" if back & _SYN else "REJ"
        return "RSTOS0" if flags & _RST else "S0"
    if flags & _RST:
        return "RSTO" if bare else "S1"
    return "SF" if flags & _FIN else "S1"


def _flags(record: Record, *names: str) -> int:
    """TCP flags seen, of every field that tells some."""
    found = 0
    for name in names:
        found |= _count(record, name) or 0
    return found


def _bare(sent: int | None, packets: int | None) -> bool:
    """Whether packets of that size can have carried nothing."""
    return bool(packets) and (sent or 0) <= (packets or 0) * _BARE


def _firewall(row: dict[str, Value], record: Record) -> None:
    event = _count(record, "firewall_event")
    if event in _FIREWALL:
        row["event.type"] = _FIREWALL[event]
    if event == 3:
        row["event.outcome"] = "failure"
        if row.get("network.transport") == "tcp":
            row["taishi.flow.state"] = "REJ"


def _community(row: Mapping[str, Value], protocol: int | None) -> str | None:
    source, destination = row["source.ip"], row["destination.ip"]
    if not isinstance(source, str) or not isinstance(destination, str) or protocol is None:
        return None
    if (":" in source) != (":" in destination) or protocol > 255:
        return None
    if not (_is_address(source) and _is_address(destination)):
        return None
    ports = [row.get(f"{side}.port") for side in ("source", "destination")]
    sport, dport = (port if isinstance(port, int) else 0 for port in ports)
    return community_id(protocol, _packed(source), _packed(destination), sport, dport)


def _is_address(text: str) -> bool:
    """A field of another length than an address has stays as its bytes in hexadecimal."""
    return ":" in text or text.count(".") == 3


def _packed(address: str) -> bytes:
    return inet_pton(AF_INET6 if ":" in address else AF_INET, address)


def _address(record: Record, side: str) -> str | None:
    """Before translation where both are told; an access point's client stands for its source."""
    names = (f"{side}_addr", f"post_nat_{side}_addr", *(("station_address",) if side == "src" else ()))
    found = [value for name in names if isinstance(value := record.get(name), str) and value]
    real = [value for value in found if value not in ("0.0.0.0", "::")]  # noqa: S104 - not filled in
    return next(iter(real or found), None)


def _family(address: str | None) -> str | None:
    return None if address is None else "ipv6" if ":" in address else "ipv4"


def _vlan(record: Record) -> str | None:
    found = _count(record, "vlan") or _count(record, "dot1q_vlan") or _count(record, "post_vlan")
    return str(found) if found else None


def _mac(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip("0:"):
        return None
    return value.upper().replace(":", "-")


def _volume(record: Record, *names: str) -> int | None:
    """The first counter that counted something; 0 where all that are there say so."""
    found = [count for name in names if (count := _count(record, name)) is not None]
    return next((count for count in found if count), 0 if found else None)


def _scaled(count: int | None, rate: int) -> int | None:
    scaled = None if count is None else count * rate
    return scaled if scaled is not None and scaled < _INT64 else None


def _count(record: Record, name: str) -> int | None:
    value = record.get(name)
    return value if isinstance(value, int) and 0 <= value < _INT64 else None


def _moment(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def plain(record: Record) -> dict[str, Json]:
    """The record as JSON can hold it: numbers beyond 64 bits as text."""
    return {
        name: str(value) if isinstance(value, int) and abs(value) >= _INT64 else value
        for name, value in record.items()
    }
