"""The first packets of a capture out of its first bytes, to see what kind of capture it is."""

import struct
from collections.abc import Iterator

from sensors.pcap.links import NotIP, Undecodable
from sensors.pcap.packet import UDP, Decoder

#: pcap's magic numbers (draft-ietf-opsawg-pcap): byte order of what follows, and bytes before each packet.
_ORDERS = {
    bytes.fromhex("a1b2c3d4"): (">", 16),
    bytes.fromhex("a1b23c4d"): (">", 16),
    bytes.fromhex("d4c3b2a1"): ("<", 16),
    bytes.fromhex("4d3cb2a1"): ("<", 16),
}
_HEADER_BYTES = 24
_SECTION = bytes.fromhex("0a0d0d0a")
#: pcapng block types (draft-ietf-opsawg-pcapng): interface description, enhanced packet.
_INTERFACE, _PACKET = 1, 6


def first_payloads(head: bytes) -> Iterator[bytes]:
    """Payloads of the UDP packets that stand in the beginning of a capture."""
    decoders: dict[int, Decoder] = {}
    for link, frame in _frames(head):
        decoder = decoders.setdefault(link, Decoder(link))
        try:
            packet = decoder.decode(frame, 0, len(frame), 0, 0)
        except (Undecodable, NotIP):
            continue
        if packet is not None and packet.protocol == UDP:
            yield packet.data[packet.begin : packet.end]


def _frames(head: bytes) -> Iterator[tuple[int, bytes]]:
    """Link type (DLT) and bytes of each frame."""
    try:
        yield from _pcapng(head) if head[:4] == _SECTION else _pcap(head)
    except struct.error:
        return


def _pcap(head: bytes) -> Iterator[tuple[int, bytes]]:
    if head[:4] not in _ORDERS:
        return
    order, before = _ORDERS[head[:4]]
    link = struct.unpack_from(f"{order}I", head, 20)[0] & 0xFFFF
    at = _HEADER_BYTES
    while at + before <= len(head):
        size = struct.unpack_from(f"{order}I", head, at + 8)[0]
        at += before
        if at + size > len(head):
            return
        yield link, head[at : at + size]
        at += size


def _pcapng(head: bytes) -> Iterator[tuple[int, bytes]]:
    order = "<" if head[8:12] == bytes.fromhex("4d3c2b1a") else ">"
    links: list[int] = []
    at = 0
    while at + 12 <= len(head):
        kind, size = struct.unpack_from(f"{order}II", head, at)
        if size < 12:
            return
        if kind == _INTERFACE:
            links.append(struct.unpack_from(f"{order}H", head, at + 8)[0])
        elif kind == _PACKET:
            interface, captured = struct.unpack_from(f"{order}I8xI", head, at + 8)
            if interface < len(links) and at + 28 + captured <= len(head):
                yield links[interface], head[at + 28 : at + 28 + captured]
        at += size
