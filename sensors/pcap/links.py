"""Link layers: from the first byte of a frame to its network layer."""

from collections.abc import Callable

ARP = 0x0806
IPV4 = 0x0800
IPV6 = 0x86DD
_VLAN = frozenset({0x8100, 0x88A8, 0x9100})
_MPLS = frozenset({0x8847, 0x8848})
_PPPOE_SESSION = 0x8864
#: PPP protocol numbers (RFC 1332, 5072, 3032) as EtherTypes.
_PPP = {0x0021: IPV4, 0x0057: IPV6, 0x0281: 0x8847}
#: AF_INET, and AF_INET6 of Linux, NetBSD, FreeBSD, Darwin in NULL/loop headers.
_FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
_NAMES = {ARP: "ARP", 0x8035: "RARP", 0x88CC: "LLDP", 0x888E: "EAPOL", 0x8863: "PPPoE discovery"}
LLC = "IEEE 802.2 LLC"

#: EtherType, where the network layer begins, VLAN (outer | inner << 12; 0 none), MACs (destination, source).
Frame = tuple[int, int, int, bytes]
Link = Callable[[bytes, int, int], Frame]


class Undecodable(Exception):
    """The bytes are not what their headers say, or nothing here can read them."""


class NotIP(Exception):
    """A sound frame of a protocol that has no IP flow: ARP, LLDP, spanning tree …"""


def name(ethertype: int) -> str:
    return _NAMES.get(ethertype, f"EtherType {ethertype:#06x}")


def ethernet(data: bytes, at: int, end: int) -> Frame:
    if end - at < 14:
        raise Undecodable("Ethernet header cut")
    kind = data[at + 12] << 8 | data[at + 13]
    macs = data[at : at + 12]
    if kind in (IPV4, IPV6):
        return kind, at + 14, 0, macs
    return _beneath(data, kind, at + 14, end, macs)


def _word(data: bytes, at: int, end: int) -> int:
    if end - at < 2:
        raise Undecodable("link header cut")
    return data[at] << 8 | data[at + 1]


def _beneath(data: bytes, kind: int, at: int, end: int, macs: bytes) -> Frame:
    """Past VLAN tags (IEEE 802.1Q, 802.1ad), PPPoE, MPLS and LLC/SNAP."""
    vlan = shift = 0
    while kind in _VLAN:
        if shift <= 12:
            vlan |= (_word(data, at, end) & 0xFFF) << shift
            shift += 12
        kind = _word(data, at + 2, end)
        at += 4
    if kind < 0x0600:
        kind, at = _llc(data, at, end)
    if kind == _PPPOE_SESSION:
        kind, at = _ppp_payload(data, at + 6, end)
    if kind in _MPLS:
        kind, at = _mpls(data, at, end)
    return kind, at, vlan, macs


def _llc(data: bytes, at: int, end: int) -> tuple[int, int]:
    if data[at : min(at + 3, end)] == b"\xaa\xaa\x03":
        return _word(data, at + 6, end), at + 8
    raise NotIP(LLC)


def _ppp_payload(data: bytes, at: int, end: int) -> tuple[int, int]:
    if data[at : min(at + 2, end)] == b"\xff\x03":
        at += 2
    kind = _word(data, at, end)
    if kind not in _PPP:
        raise NotIP(f"PPP {kind:#06x}")
    return _PPP[kind], at + 2


def _mpls(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Past the label stack (RFC 3032); the payload says by its first nibble what it is."""
    while True:
        if end - at < 5:
            raise Undecodable("MPLS label stack cut")
        bottom = data[at + 2] & 1
        at += 4
        if bottom:
            return _by_version(data, at, end)


def _by_version(data: bytes, at: int, end: int) -> tuple[int, int]:
    version = data[at] >> 4 if at < end else 0
    if version not in (4, 6):
        raise Undecodable("neither IPv4 nor IPv6")
    return (IPV4 if version == 4 else IPV6), at


def _raw(data: bytes, at: int, end: int) -> Frame:
    return *_by_version(data, at, end), 0, b""


def _null(data: bytes, at: int, end: int) -> Frame:
    """Four bytes of address family in the byte order of the capturing machine (DLT_LOOP: network's)."""
    if end - at < 4:
        raise Undecodable("loopback header cut")
    little = int.from_bytes(data[at : at + 4], "little")
    family = little if little <= 0xFFFF else int.from_bytes(data[at : at + 4], "big")
    if family not in _FAMILIES:
        raise NotIP(f"address family {family}")
    return _FAMILIES[family], at + 4, 0, b""


def _sll(data: bytes, at: int, end: int) -> Frame:
    """LINKTYPE_LINUX_SLL: sender's address only, at 6; protocol at 14."""
    if end - at < 16:
        raise Undecodable("Linux cooked header cut")
    macs = bytes(6) + data[at + 6 : at + 12]
    return _beneath(data, _word(data, at + 14, end), at + 16, end, macs)


def _sll2(data: bytes, at: int, end: int) -> Frame:
    """LINKTYPE_LINUX_SLL2: protocol first, sender's address at 12."""
    if end - at < 20:
        raise Undecodable("Linux cooked header cut")
    macs = bytes(6) + data[at + 12 : at + 18]
    return _beneath(data, _word(data, at, end), at + 20, end, macs)


def _ppp(data: bytes, at: int, end: int) -> Frame:
    return *_ppp_payload(data, at, end), 0, b""


#: By DLT/LINKTYPE number (https://www.tcpdump.org/linktypes.html).
LINKS: dict[int, Link] = {
    0: _null,
    1: ethernet,
    9: _ppp,
    12: _raw,
    14: _raw,
    50: _ppp,
    101: _raw,
    108: _null,
    113: _sll,
    228: _raw,
    229: _raw,
    276: _sll2,
}
