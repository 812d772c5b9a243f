"""From a captured frame to one decoded packet: network and transport headers, tunnels unwrapped."""

import struct
from collections.abc import Iterator

from sensors.pcap import tunnels
from sensors.pcap.community import ICMP, ICMP6, icmp_ports
from sensors.pcap.fragments import Datagram, Fragments
from sensors.pcap.links import IPV4, IPV6, LINKS, NotIP, Undecodable, name

TCP, UDP, SCTP = 6, 17, 132
_DEPTH = 4
#: Version and length, length, identification, flags and offset, protocol, addresses (RFC 791).
_IPV4 = struct.Struct("!BxHHHxB2x4s4s").unpack_from
#: Version, payload length, next header, addresses (RFC 8200).
_IPV6 = struct.Struct("!B3xHBx16s16s").unpack_from
#: Ports, sequence number, header length, flags (RFC 9293).
_TCP = struct.Struct("!HHI4xBB").unpack_from
_UDP = struct.Struct("!HHH").unpack_from
_PORTS = struct.Struct("!HH").unpack_from
#: Extension headers of IPv6 whose length counts 8 bytes after the first 8: hop-by-hop, routing,
#: destination, mobility, HIP, shim6.
_EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140})
_FRAGMENT, _AUTHENTICATION, _NOTHING = 44, 51, 59


class Packet:
    """One packet. The decoder fills the same object again and again: copy what must last.

    `length` is the IP packet's in bytes, `size` its payload's as the headers say; what was captured
    of the payload is `data[begin:end]`. `time` is in microseconds since 1970, `index` the number in
    the capture, `count` more than 1 where fragments were put together.
    """

    __slots__ = (
        "begin",
        "count",
        "data",
        "destination",
        "destination_port",
        "end",
        "flags",
        "index",
        "length",
        "macs",
        "one_way",
        "protocol",
        "sequence",
        "size",
        "source",
        "source_port",
        "time",
        "tunnel",
        "version",
        "vlan",
    )

    data: bytes
    macs: bytes
    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    protocol: int
    version: int
    vlan: int
    tunnel: str
    begin: int
    end: int
    size: int
    length: int
    count: int
    flags: int
    sequence: int
    one_way: bool
    time: int
    index: int


class Decoder:
    """Decodes the frames of one capture in their order."""

    def __init__(self, link: int) -> None:
        self._link = LINKS.get(link)
        self._number = link
        self._fragments = Fragments()
        self._packet = Packet()

    def decode(self, data: bytes, at: int, end: int, time: int, index: int) -> Packet | None:
        """The packet in `data[at:end]`; None where it is a fragment that waits for the others.

        Raises Undecodable or NotIP with the reason.
        """
        if self._link is None:
            raise Undecodable(f"link type {self._number} is not supported")
        packet = self._packet
        packet.time, packet.index, packet.tunnel, packet.count = time, index, "", 1
        kind, at, packet.vlan, packet.macs = self._link(data, at, end)
        return packet if self._network(packet, kind, data, at, end, 0) else None

    def stale(self, now: int | None) -> Iterator[Packet]:
        """Incomplete datagrams that are given up (None: all), as packets with what was there."""
        for datagram in self._fragments.stale(now):
            packet = self._packet
            packet.time, packet.tunnel, packet.index = datagram.since, "", datagram.index
            packet.vlan, packet.macs = 0, b""
            yield self._incomplete(packet, datagram)

    def _incomplete(self, packet: Packet, datagram: Datagram) -> Packet:
        packet.source, packet.destination, _, protocol = datagram.key
        packet.version = 4 if len(packet.source) == 4 else 6
        packet.count, packet.length = datagram.packets, datagram.length
        body = datagram.joined()
        try:
            self._transport(packet, protocol, body, 0, len(body), max(len(body), 8), _DEPTH)
        except Undecodable:
            _portless(packet, protocol, body, 0, len(body), len(body))
        return packet

    def _network(self, packet: Packet, kind: int, data: bytes, at: int, end: int, depth: int) -> bool:
        if kind == IPV4:
            return self._ipv4(packet, data, at, end, depth)
        if kind == IPV6:
            return self._ipv6(packet, data, at, end, depth)
        raise NotIP(name(kind))

    def _ipv4(self, packet: Packet, data: bytes, at: int, end: int, depth: int) -> bool:
        if end - at < 20:
            raise Undecodable("IPv4 header cut")
        first, total, number, offset, protocol, source, destination = _IPV4(data, at)
        header = (first & 15) << 2
        if first >> 4 != 4 or header < 20:
            raise Undecodable("IPv4 header is wrong")
        # A card that segments for the kernel leaves 0 here.
        total = total or end - at
        if total < header or end - at < header:
            raise Undecodable("IPv4 length is wrong")
        end = min(end, at + total)
        packet.version, packet.source, packet.destination = 4, source, destination
        packet.length = total
        at += header
        if offset & 0x3FFF:
            key = (source, destination, number, protocol)
            return self._fragment(packet, key, (offset & 0x1FFF) << 3, offset & 0x2000 > 0, data[at:end])
        return self._transport(packet, protocol, data, at, end, total - header, depth)

    def _ipv6(self, packet: Packet, data: bytes, at: int, end: int, depth: int) -> bool:
        if end - at < 40:
            raise Undecodable("IPv6 header cut")
        first, size, protocol, source, destination = _IPV6(data, at)
        if first >> 4 != 6:
            raise Undecodable("IPv6 header is wrong")
        # 0: a jumbogram (RFC 2675) or segmentation in the card.
        size = size or end - at - 40
        end = min(end, at + 40 + size)
        packet.version, packet.source, packet.destination = 6, source, destination
        packet.length = size + 40
        stop = at + 40 + size
        at += 40
        while protocol in _EXTENSIONS or protocol in (_AUTHENTICATION, _FRAGMENT):
            if end - at < 8:
                raise Undecodable("IPv6 extension header cut")
            following = data[at]
            if protocol == _FRAGMENT:
                place = data[at + 2] << 8 | data[at + 3]
                number = int.from_bytes(data[at + 4 : at + 8], "big")
                if place & 0xFFF9:
                    key = (source, destination, number, following)
                    return self._fragment(packet, key, place & 0xFFF8, place & 1 > 0, data[at + 8 : end])
                at += 8
            elif protocol == _AUTHENTICATION:
                at += (data[at + 1] + 2) << 2
            else:
                at += (data[at + 1] + 1) << 3
            protocol = following
        if at > end:
            raise Undecodable("IPv6 extension header cut")
        return self._transport(packet, protocol, data, at, end, stop - at, depth)

    def _fragment(
        self, packet: Packet, key: tuple[bytes, bytes, int, int], offset: int, more: bool, piece: bytes
    ) -> bool:
        whole = self._fragments.add(key, offset, more, piece, packet.length, packet.time, packet.index)
        if whole is None:
            return False
        body = whole.joined()
        packet.count, packet.length = whole.packets, whole.length
        return self._transport(packet, key[3], body, 0, len(body), len(body), _DEPTH)

    def _transport(
        self, packet: Packet, protocol: int, data: bytes, at: int, end: int, size: int, depth: int
    ) -> bool:
        """`size`: bytes of the IP payload as the header says; `end - at` of them were captured."""
        packet.data = data
        packet.one_way = False
        if protocol == TCP:
            _tcp(packet, data, at, end, size)
        elif protocol == UDP:
            _udp(packet, data, at, end, size)
            if depth < _DEPTH and tunnels.may_be(packet.source_port, packet.destination_port):
                return self._unwrapped(packet, protocol, depth)
        elif protocol in (ICMP, ICMP6):
            _icmp(packet, protocol, data, at, end, size)
        else:
            _portless(packet, protocol, data, at, end, size)
            if protocol == SCTP and end - at >= 4:
                packet.source_port, packet.destination_port = _PORTS(data, at)
            elif depth < _DEPTH and protocol in tunnels.PROTOCOLS:
                return self._unwrapped(packet, protocol, depth)
        return True

    def _unwrapped(self, packet: Packet, protocol: int, depth: int) -> bool:
        """The packet inside; where there is none that can be read, the outer one stands."""
        begin, end = packet.begin, packet.end
        found = tunnels.inside(protocol, packet.destination_port, packet.data, begin, end)
        if found is None:
            return True
        outer = packet.source, packet.destination, packet.source_port, packet.destination_port
        lengths = packet.length, packet.size, packet.version, packet.tunnel
        data = packet.data
        packet.tunnel = f"{packet.tunnel} {found.name}".strip()
        try:
            return self._network(packet, found.ethertype, data, found.at, end, depth + 1)
        except (Undecodable, NotIP):
            packet.source, packet.destination, packet.source_port, packet.destination_port = outer
            packet.length, packet.size, packet.version, packet.tunnel = lengths
            packet.protocol, packet.data, packet.begin, packet.end = protocol, data, begin, end
            packet.flags, packet.one_way = 0, False
            return True


def _tcp(packet: Packet, data: bytes, at: int, end: int, size: int) -> None:
    if end - at < 20:
        raise Undecodable("TCP header cut")
    packet.source_port, packet.destination_port, packet.sequence, header, packet.flags = _TCP(data, at)
    header = header >> 4 << 2
    if header < 20 or header > size:
        raise Undecodable("TCP header length is wrong")
    packet.protocol = TCP
    packet.size = size - header
    packet.begin = min(at + header, end)
    packet.end = end


def _udp(packet: Packet, data: bytes, at: int, end: int, size: int) -> None:
    if end - at < 8:
        raise Undecodable("UDP header cut")
    packet.source_port, packet.destination_port, length = _UDP(data, at)
    # 0: longer than 65,535 bytes (RFC 2675).
    length = min(length or size, size)
    if length < 8:
        raise Undecodable("UDP length is wrong")
    packet.protocol = UDP
    packet.flags = 0
    packet.size = length - 8
    packet.begin = at + 8
    packet.end = min(end, at + length)


def _icmp(packet: Packet, protocol: int, data: bytes, at: int, end: int, size: int) -> None:
    if end - at < 4:
        raise Undecodable("ICMP header cut")
    packet.protocol = protocol
    packet.flags = 0
    packet.source_port, packet.destination_port, packet.one_way = icmp_ports(protocol, data[at], data[at + 1])
    packet.begin = min(at + 8, end)
    packet.end = end
    packet.size = max(size - 8, 0)


def _portless(packet: Packet, protocol: int, data: bytes, at: int, end: int, size: int) -> None:
    packet.data = data
    packet.protocol = protocol
    packet.flags = packet.sequence = packet.source_port = packet.destination_port = 0
    packet.one_way = False
    packet.begin, packet.end, packet.size = at, end, size
