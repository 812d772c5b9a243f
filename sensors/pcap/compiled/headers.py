"""Compiled: one frame to one packet. The same answers as `sensors.pcap.packet`, which also says why not.

Fragments wait for others and are left to `Decoder`; what has no IP packet that can be read is `ODD` here, and
`Decoder` gives the reason.
"""

import numpy as np

from sensors.pcap.community import ICMP, ICMP6, icmp_ports
from sensors.pcap.compiled.inner import inner

#: What a frame is: a packet, for the slow lane, not a packet, ARP, IEEE 802.2 LLC.
TAKEN, FRAGMENT, ODD, ARP, LLC = range(5)
#: Stands for an EtherType where there is none, and where LLC says what follows.
_NONE, _LLC = -1, -2
_IPV4, _IPV6, _ARP = 0x0800, 0x86DD, 0x0806
_IPIP, _SIX_IN_FOUR, _GRE, _ERSPAN, _VXLAN, _TEREDO = range(1, 7)
_DEPTH = 4


def _counters(protocol: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """By ICMP type: the type that answers it, -1 where none does."""
    found = [icmp_ports(protocol, kind, 0) for kind in range(256)]
    return np.array([-1 if one_way else counter for _, counter, one_way in found], np.int16)


_ICMP_COUNTERS, _ICMP6_COUNTERS = _counters(ICMP), _counters(ICMP6)


@inner()
def _be16(data, at):  # type: ignore[no-untyped-def]
    return np.int64(data[at]) << 8 | np.int64(data[at + 1])


@inner()
def _be32(data, at):  # type: ignore[no-untyped-def]
    return _be16(data, at) << 16 | _be16(data, at + 2)


@inner()
def _be48(data, at):  # type: ignore[no-untyped-def]
    return np.uint64(_be16(data, at) << 32 | _be32(data, at + 2))


@inner()
def _be64(data, at):  # type: ignore[no-untyped-def]
    return np.uint64(_be32(data, at)) << np.uint64(32) | np.uint64(_be32(data, at + 4))


@inner()
def _ethernet(data, at, end, p):  # type: ignore[no-untyped-def]
    """EtherType and place of the network layer; negative where there is none. Sets `vlan` and MACs."""
    if end - at < 14:
        return -1, at
    p.destination_mac, p.source_mac = _be48(data, at), _be48(data, at + 6)
    kind = _be16(data, at + 12)
    if kind in (_IPV4, _IPV6):
        return kind, at + 14
    return _beneath(data, kind, at + 14, end, p)


@inner()
def _beneath(data, kind, at, end, p):  # type: ignore[no-untyped-def]
    """Past VLAN tags, LLC/SNAP, PPPoE and MPLS."""
    shift = 0
    while kind == 0x8100 or kind == 0x88A8 or kind == 0x9100:
        if end - at < 4:
            return -1, at
        if shift <= 12:
            p.vlan |= (_be16(data, at) & 0xFFF) << shift
            shift += 12
        kind = _be16(data, at + 2)
        at += 4
    if kind < 0x0600:
        if end - at < 3 or data[at] != 0xAA or data[at + 1] != 0xAA or data[at + 2] != 3:
            return _LLC, at
        if end - at < 8:
            return _NONE, at
        kind = _be16(data, at + 6)
        at += 8
    if kind == 0x8864:
        kind, at = _ppp(data, at + 6, end)
    if kind == 0x8847 or kind == 0x8848:
        kind, at = _mpls(data, at, end)
    return kind, at


@inner()
def _ppp(data, at, end):  # type: ignore[no-untyped-def]
    if end - at >= 2 and data[at] == 0xFF and data[at + 1] == 3:
        at += 2
    if end - at < 2:
        return -1, at
    kind = _be16(data, at)
    if kind == 0x0021:
        return _IPV4, at + 2
    if kind == 0x0057:
        return _IPV6, at + 2
    return (0x8847, at + 2) if kind == 0x0281 else (-1, at)


@inner()
def _mpls(data, at, end):  # type: ignore[no-untyped-def]
    while end - at >= 5:
        bottom = data[at + 2] & 1
        at += 4
        if bottom:
            return _by_version(data, at, end)
    return -1, at


@inner()
def _by_version(data, at, end):  # type: ignore[no-untyped-def]
    version = data[at] >> 4 if at < end else 0
    if version == 4:
        return _IPV4, at
    return (_IPV6, at) if version == 6 else (-1, at)


@inner()
def _null(data, at, end):  # type: ignore[no-untyped-def]
    if end - at < 4:
        return -1, at
    big = _be32(data, at)
    little = (big & 0xFF) << 24 | (big & 0xFF00) << 8 | big >> 8 & 0xFF00 | big >> 24
    family = little if little <= 0xFFFF else big
    if family == 2:
        return _IPV4, at + 4
    if family == 10 or family == 24 or family == 28 or family == 30:
        return _IPV6, at + 4
    return -1, at


@inner()
def _link(data, at, end, link, p):  # type: ignore[no-untyped-def]
    """By DLT number: see `sensors.pcap.links`."""
    p.vlan = 0
    p.source_mac = p.destination_mac = np.uint64(0)
    if link == 1:
        return _ethernet(data, at, end, p)
    if link == 113 or link == 276:
        header, sender, kind = (16, 6, 14) if link == 113 else (20, 12, 0)
        if end - at < header:
            return -1, at
        p.source_mac = _be48(data, at + sender)
        return _beneath(data, _be16(data, at + kind), at + header, end, p)
    if link == 0 or link == 108:
        return _null(data, at, end)
    if link == 9 or link == 50:
        return _ppp(data, at, end)
    if link == 12 or link == 14 or link == 101 or link == 228 or link == 229:
        return _by_version(data, at, end)
    return -1, at


@inner()
def _network(data, kind, at, end, p):  # type: ignore[no-untyped-def]
    if kind == _IPV4:
        return _ipv4(data, at, end, p)
    if kind == _IPV6:
        return _ipv6(data, at, end, p)
    if kind == _LLC:
        return LLC
    return ARP if kind == _ARP else ODD


@inner()
def _ipv4(data, at, end, p):  # type: ignore[no-untyped-def]
    if end - at < 20:
        return ODD
    header = np.int64(data[at] & 15) << 2
    if data[at] >> 4 != 4 or header < 20:
        return ODD
    total = _be16(data, at + 2)
    if total == 0:
        total = end - at
    if total < header or end - at < header:
        return ODD
    if _be16(data, at + 6) & 0x3FFF:
        return FRAGMENT
    p.version, p.length = 4, total
    p.source_high = p.destination_high = np.uint64(0)
    p.source_low, p.destination_low = np.uint64(_be32(data, at + 12)), np.uint64(_be32(data, at + 16))
    protocol = np.int64(data[at + 9])
    return _transport(data, protocol, at + header, min(end, at + total), total - header, p)


@inner()
def _ipv6(data, at, end, p):  # type: ignore[no-untyped-def]
    if end - at < 40 or data[at] >> 4 != 6:
        return ODD
    size = _be16(data, at + 4)
    if size == 0:
        size = end - at - 40
    protocol = np.int64(data[at + 6])
    p.version, p.length = 6, size + 40
    p.source_high, p.source_low = _be64(data, at + 8), _be64(data, at + 16)
    p.destination_high, p.destination_low = _be64(data, at + 24), _be64(data, at + 32)
    at += 40
    stop = at + size
    end = min(end, stop)
    while _is_extension(protocol):
        if end - at < 8:
            return ODD
        following = np.int64(data[at])
        if protocol == 44:
            if _be16(data, at + 2) & 0xFFF9:
                return FRAGMENT
            at += 8
        elif protocol == 51:
            at += (np.int64(data[at + 1]) + 2) << 2
        else:
            at += (np.int64(data[at + 1]) + 1) << 3
        protocol = following
    if at > end:
        return ODD
    return _transport(data, protocol, at, end, stop - at, p)


@inner()
def _is_extension(protocol):  # type: ignore[no-untyped-def]
    if protocol == 6 or protocol == 17:
        return False
    return (
        protocol == 0 or protocol == 43 or protocol == 44 or protocol == 51
        or protocol == 60 or protocol == 135 or protocol == 139 or protocol == 140
    )  # fmt: skip


@inner()
def _transport(data, protocol, at, end, size, p):  # type: ignore[no-untyped-def]
    p.protocol = protocol
    p.one_way = p.flags = 0
    if protocol == 6:
        return _tcp(data, at, end, size, p)
    if protocol == 17:
        return _udp(data, at, end, size, p)
    if protocol in (ICMP, ICMP6):
        return _icmp(data, protocol, at, end, size, p)
    p.source_port = p.destination_port = 0
    p.begin, p.end, p.size = at, end, size
    if protocol == 132 and end - at >= 4:
        p.source_port, p.destination_port = _be16(data, at), _be16(data, at + 2)
    return TAKEN


@inner()
def _tcp(data, at, end, size, p):  # type: ignore[no-untyped-def]
    if end - at < 20:
        return ODD
    header = np.int64(data[at + 12] >> 4) << 2
    if header < 20 or header > size:
        return ODD
    p.source_port, p.destination_port = _be16(data, at), _be16(data, at + 2)
    p.sequence, p.flags = _be32(data, at + 4), np.int64(data[at + 13])
    p.begin, p.end, p.size = min(at + header, end), end, size - header
    return TAKEN


@inner()
def _udp(data, at, end, size, p):  # type: ignore[no-untyped-def]
    if end - at < 8:
        return ODD
    length = _be16(data, at + 4)
    if length == 0 or length > size:
        length = size
    if length < 8:
        return ODD
    p.source_port, p.destination_port = _be16(data, at), _be16(data, at + 2)
    p.begin, p.end, p.size = at + 8, min(end, at + length), length - 8
    return TAKEN


@inner()
def _icmp(data, protocol, at, end, size, p):  # type: ignore[no-untyped-def]
    if end - at < 4:
        return ODD
    kind = np.int64(data[at])
    counter = np.int64(_ICMP_COUNTERS[kind] if protocol == ICMP else _ICMP6_COUNTERS[kind])
    p.source_port = kind
    p.one_way = counter < 0
    p.destination_port = np.int64(data[at + 1]) if counter < 0 else counter
    p.begin, p.end, p.size = min(at + 8, end), end, max(size - 8, 0)
    return TAKEN


@inner()
def _inside(data, p, spare):  # type: ignore[no-untyped-def]
    """The inner packet of a tunnel: its EtherType (0 none), place and the tunnel's number."""
    at, end = p.begin, p.end
    if p.protocol == 17:
        if p.destination_port == 4789 or p.destination_port == 8472:
            return _vxlan(data, at, end, spare)
        if p.source_port == 3544 or p.destination_port == 3544:
            return _teredo(data, at, end)
    elif p.protocol == 47:
        return _gre(data, at, end, spare)
    elif p.protocol == 4:
        return _IPV4, at, _IPIP
    elif p.protocol == 41:
        return _IPV6, at, _SIX_IN_FOUR
    return 0, at, 0


@inner()
def _vxlan(data, at, end, spare):  # type: ignore[no-untyped-def]
    if end - at < 22 or data[at] != 8 or data[at + 1] or data[at + 2] or data[at + 3]:
        return 0, at, 0
    kind, at = _ethernet(data, at + 8, end, spare)
    return max(kind, 0), at, _VXLAN


@inner()
def _gre(data, at, end, spare):  # type: ignore[no-untyped-def]
    if end - at < 8 or data[at + 1] & 7:
        return 0, at, 0
    flags, kind = data[at], _be16(data, at + 2)
    sequenced = np.int64(flags >> 4 & 1)
    at += 4 + 4 * (np.int64(flags >> 7) + np.int64(flags >> 5 & 1) + sequenced)
    if kind == 0x88BE or kind == 0x6558:
        name = _GRE
        if kind == 0x88BE:
            at += 8 * sequenced
            name = _ERSPAN
        kind, at = _ethernet(data, at, end, spare)
        return max(kind, 0), at, name
    return (kind, at, _GRE) if kind in (_IPV4, _IPV6) else (0, at, 0)


@inner()
def _teredo(data, at, end):  # type: ignore[no-untyped-def]
    if end - at >= 13 and data[at] == 0 and data[at + 1] == 1:
        at += 13 + np.int64(data[at + 2]) + np.int64(data[at + 3])
    if end - at >= 2 and data[at] == 0 and data[at + 1] == 0:
        at += 8
    if end - at < 40 or data[at] >> 4 != 6 or _be16(data, at + 4) != end - at - 40:
        return 0, at, 0
    return _IPV6, at, _TEREDO


@inner()
def _copy(to, p):  # type: ignore[no-untyped-def]
    """All that `_network` and what it calls may change."""
    to.source_high, to.source_low = p.source_high, p.source_low
    to.destination_high, to.destination_low = p.destination_high, p.destination_low
    to.source_port, to.destination_port = p.source_port, p.destination_port
    to.length, to.size, to.begin, to.end = p.length, p.size, p.begin, p.end
    to.protocol, to.version, to.flags = p.protocol, p.version, p.flags
    to.tunnel, to.one_way = p.tunnel, p.one_way


@inner()
def decode(data, at, end, link, p, outer):  # type: ignore[no-untyped-def]
    """Fills `p` (`outer` is scratch); tunnels are unwrapped as far as what is inside can be read."""
    kind, at = _link(data, at, end, link, p)
    p.tunnel, p.count = 0, 1
    status = _network(data, kind, at, end, p)
    for _ in range(_DEPTH):
        if status != TAKEN or p.protocol == 6:
            return status
        kind, at, name = _inside(data, p, outer[1])
        if kind == 0:
            return status
        _copy(outer[0], p)
        p.tunnel = p.tunnel << 3 | name
        status = _network(data, kind, at, p.end, p)
        if status in (ODD, ARP):
            _copy(p, outer[0])
            return TAKEN
    return status
