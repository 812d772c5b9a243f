"""Tunnels: where the inner packet of GRE, IP-in-IP, 6in4, Teredo and VXLAN begins."""

from typing import NamedTuple

from sensors.pcap import links
from sensors.pcap.links import IPV4, IPV6, NotIP, Undecodable

_GRE, _IPIP, _SIX_IN_FOUR, _UDP = 47, 4, 41, 17
PROTOCOLS = frozenset({_GRE, _IPIP, _SIX_IN_FOUR})
#: RFC 4380; RFC 7348 and the port Linux used before it.
_TEREDO, _VXLAN = 3544, frozenset({4789, 8472})
_TRANSPARENT_ETHERNET, _ERSPAN = 0x6558, 0x88BE


class Inside(NamedTuple):
    name: str
    ethertype: int
    at: int


def may_be(source_port: int, destination_port: int) -> bool:
    """Whether UDP between these ports is worth a look; the content decides."""
    return destination_port in _VXLAN or _TEREDO in (source_port, destination_port)


def inside(protocol: int, port: int, data: bytes, at: int, end: int) -> Inside | None:
    """The inner packet in `data[at:end]`, None where the content is no tunnel of ours."""
    try:
        if protocol == _GRE:
            return _gre(data, at, end)
        if protocol == _UDP:
            return _vxlan(data, at, end) if port in _VXLAN else _teredo(data, at, end)
        return Inside(*(("ipip", IPV4, at) if protocol == _IPIP else ("6in4", IPV6, at)))
    except (Undecodable, NotIP):
        return None


def _frame(name: str, data: bytes, at: int, end: int) -> Inside:
    ethertype, at, _, _ = links.ethernet(data, at, end)
    return Inside(name, ethertype, at)


def _gre(data: bytes, at: int, end: int) -> Inside | None:
    """RFC 2784 and 2890; version 1 (PPTP, RFC 2637) is mostly encrypted and stays outside."""
    if end - at < 8 or data[at + 1] & 7:
        return None
    flags = data[at]
    kind = data[at + 2] << 8 | data[at + 3]
    sequenced = flags & 0x10 > 0
    at += 4 + 4 * ((flags & 0x80 > 0) + (flags & 0x20 > 0) + sequenced)
    if kind == _ERSPAN:
        return _frame("erspan", data, at + 8 * sequenced, end)
    if kind == _TRANSPARENT_ETHERNET:
        return _frame("gre", data, at, end)
    return Inside("gre", kind, at) if kind in (IPV4, IPV6) else None


def _vxlan(data: bytes, at: int, end: int) -> Inside | None:
    if end - at < 22 or data[at] != 0x08 or any(data[at + 1 : at + 4]):
        return None
    return _frame("vxlan", data, at + 8, end)


def _teredo(data: bytes, at: int, end: int) -> Inside | None:
    """An IPv6 packet, after an authentication and an origin header where there are any."""
    if data[at : min(at + 2, end)] == b"\0\1" and end - at >= 13:
        at += 13 + data[at + 2] + data[at + 3]
    if data[at : min(at + 2, end)] == b"\0\0":
        at += 8
    if end - at < 40 or data[at] >> 4 != 6:
        return None
    # Whole and no more: chance bytes on this port do not pass.
    return Inside("teredo", IPV6, at) if (data[at + 4] << 8 | data[at + 5]) == end - at - 40 else None
