"""sFlow version 5 (https://sflow.org/sflow_version_5.txt): sampled packet headers become flow records.

Each record stands for one packet that was looked at out of `sampling_interval`. Counter samples tell of
interfaces, not of traffic, and are passed over.
"""

import struct
from collections.abc import Callable
from socket import AF_INET, AF_INET6, inet_ntop

from sensors.exports.message import Damaged, Message
from sensors.exports.record import Record
from sensors.pcap.community import ICMP, ICMP6
from sensors.pcap.links import NotIP, Undecodable
from sensors.pcap.packet import Decoder, Packet

#: Not a number on the wire: NetFlow has the small ones.
SFLOW = 0x105
_FAMILIES = {1: (AF_INET, 4), 2: (AF_INET6, 16)}
_WORD = struct.Struct("!I")
_PAIR = struct.Struct("!II")
#: Sub-agent, sequence, uptime in ms, number of samples.
_REST = struct.Struct("!IIII")
#: Sequence, source, rate, pool, drops, input, output, number of records; and with interfaces in two words.
_FLOW, _EXPANDED = struct.Struct("!IIIIIIII"), struct.Struct("!IIIIIIIIIII")
#: Protocol of the header, length of the frame, bytes removed, bytes of the header.
_RAW = struct.Struct("!IIII")
#: Length, protocol; addresses; ports, TCP flags, type of service.
_SAMPLED = struct.Struct("!II")
_SAMPLED_REST = struct.Struct("!IIII")
#: Header protocols as DLT numbers: Ethernet, IPv4, IPv6.
_LINKS = {1: 1, 11: 12, 12: 12}
#: Sample formats: flow, expanded flow; the others are counters.
_FLOW_SAMPLE, _EXPANDED_SAMPLE = 1, 3
_MAX_SAMPLES = 1000


def read_sflow(data: bytes, exporter: str, received: float) -> Message:
    """`received`: seconds since 1970, for the datagram tells no time. Raises Damaged for a wrong header."""
    try:
        family, size = _FAMILIES[_WORD.unpack_from(data, 4)[0]]
        agent = inet_ntop(family, data[8 : 8 + size])
        sub_agent, sequence, uptime, samples = _REST.unpack_from(data, 8 + size)
    except (struct.error, KeyError, ValueError):
        raise Damaged("sFlow header cut") from None
    found = Message(SFLOW, (f"{exporter} {agent}".strip(), sub_agent), sequence, received, uptime)
    if samples > _MAX_SAMPLES:
        raise Damaged("sFlow header tells of more samples than fit a datagram")
    try:
        _samples(data, 8 + size + _REST.size, samples, found)
    except (struct.error, IndexError):
        found.damage.append("sFlow datagram cut")
    return found


def _samples(data: bytes, at: int, samples: int, found: Message) -> None:
    for _ in range(samples):
        kind, length = _PAIR.unpack_from(data, at)
        at += _PAIR.size
        if at + length > len(data):
            found.damage.append("sFlow sample cut")
            return
        if kind in (_FLOW_SAMPLE, _EXPANDED_SAMPLE):
            record = _flow_sample(data[at : at + length], kind == _EXPANDED_SAMPLE, found)
            if record is not None:
                found.flows.append(record)
        at += length


def _flow_sample(data: bytes, expanded: bool, found: Message) -> Record | None:
    shape = _EXPANDED if expanded else _FLOW
    words = shape.unpack_from(data)
    rate = words[3] if expanded else words[2]
    interfaces = (words[7], words[9]) if expanded else (words[5], words[6])
    record: Record = {}
    at = shape.size
    for _ in range(min(words[-1], _MAX_SAMPLES)):
        kind, length = _PAIR.unpack_from(data, at)
        at += _PAIR.size
        if at + length > len(data):
            found.damage.append("sFlow record cut")
            break
        read = _READERS.get(kind)
        if read is not None:
            try:
                record.update(read(data[at : at + length]))
            except Undecodable as error:
                found.damage.append(f"sFlow header: {error}")
            except NotIP:
                pass
        at += length
    if "src_addr" not in record:
        return None  # ARP, spanning tree … : no flow
    return record | {
        "packets": 1,
        "sampling_interval": max(1, rate),
        "in_if": interfaces[0],
        "out_if": interfaces[1],
    }


def _raw_header(data: bytes) -> Record:
    protocol, length, _, size = _RAW.unpack_from(data)
    if protocol not in _LINKS:
        raise NotIP(f"header protocol {protocol}")
    header = data[_RAW.size : _RAW.size + size]
    packet = Decoder(_LINKS[protocol]).decode(header, 0, len(header), 0, 0)
    record: Record = {"frame_length": length}
    return record if packet is None else record | _of_packet(packet)


def _of_packet(packet: Packet) -> Record:
    family = AF_INET if packet.version == 4 else AF_INET6
    record: Record = {
        "src_addr": inet_ntop(family, packet.source),
        "dst_addr": inet_ntop(family, packet.destination),
        "proto": packet.protocol,
        "octets": packet.length,
        "ip_version": packet.version,
    }
    if packet.protocol in (ICMP, ICMP6):
        code = packet.destination_port if packet.one_way else 0
        record |= {"icmp_type": packet.source_port, "icmp_code": code}
    else:
        record |= {"src_port": packet.source_port, "dst_port": packet.destination_port}
    if packet.protocol == 6:
        record["tcp_flags"] = packet.flags
    if packet.vlan:
        record["vlan"] = packet.vlan & 0xFFF
    if packet.macs:
        record |= {"dst_mac": packet.macs[:6].hex(":"), "src_mac": packet.macs[6:12].hex(":")}
    return record


def _sampled(family: int, size: int) -> Callable[[bytes], Record]:
    def read(data: bytes) -> Record:
        length, protocol = _SAMPLED.unpack_from(data)
        source, destination = data[8 : 8 + size], data[8 + size : 8 + 2 * size]
        source_port, destination_port, flags, _ = _SAMPLED_REST.unpack_from(data, 8 + 2 * size)
        return {
            "src_addr": inet_ntop(family, source),
            "dst_addr": inet_ntop(family, destination),
            "proto": protocol & 0xFF,
            "octets": length,
            "src_port": source_port & 0xFFFF,
            "dst_port": destination_port & 0xFFFF,
            "tcp_flags": flags & 0xFF,
        }

    return read


def _switch(data: bytes) -> Record:
    return {"vlan": _WORD.unpack_from(data)[0] & 0xFFF}


#: Flow record formats: raw header, IPv4, IPv6, extended switch.
_READERS: dict[int, Callable[[bytes], Record]] = {
    1: _raw_header,
    3: _sampled(AF_INET, 4),
    4: _sampled(AF_INET6, 16),
    1001: _switch,
}
