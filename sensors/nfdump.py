"""Files of nfcapd and nfdump 1.6 (layout version 1): flow records that a collector has stored.

Source: nfdump's own nffile.h and nfx.h. Uncompressed and bzip2 blocks are read; LZO and LZ4 ones not.
"""

import bz2
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from sensors.exports.flow_row import flow_row
from sensors.exports.record import Record
from taishi.core.event import Batch, Builders, Json
from taishi.core.problems import Problem
from taishi.core.source import Reject, Source

#: Magic in either byte order; only the little-endian one is written by today's machines.
_MAGIC = bytes.fromhex("0ca5")
#: Magic, version, flags, number of blocks, name; then counters that are not needed.
_HEADER = struct.Struct("<HHII128s")
_STATISTICS = 136
#: Records, bytes, kind, flags.
_BLOCK = struct.Struct("<IIHH")
_DATA_BLOCK = 2
_LZO, _BZ2, _LZ4 = 1, 8, 16
_MAX_BLOCK = 64 << 20
_PAIR = struct.Struct("<HH")
#: Map id, bytes of all extensions; then extension ids.
_MAP, _FLOW = 2, 10
#: Flags, map, milliseconds of first and last, seconds, forwarding, TCP flags, protocol, type of service,
#: ports, exporter, two reserved bytes.
_COMMON = struct.Struct("<HHHHIIBBBBHHHBB")
_IPV6, _PACKETS_64, _BYTES_64 = 1, 2, 4
#: Bytes of each extension (nfx.c), by its id.
_EXTENSIONS = {
    4: 4, 5: 8, 6: 4, 7: 8, 8: 4, 9: 4, 10: 16, 11: 4, 12: 16, 13: 4, 14: 4, 15: 8, 16: 4, 17: 8, 18: 4,
    19: 8, 20: 16, 21: 16, 22: 40, 23: 4, 24: 16, 25: 4, 26: 8, 27: 8,
}  # fmt: skip
#: Of those the ones that are read: interfaces, systems, answers, VLANs, the exporter.
_INTERFACES, _SYSTEMS = {4: "<HH", 5: "<II"}, {6: "<HH", 7: "<II"}
_ANSWERS = {
    14: ("<I", "reverse_packets"),
    15: ("<Q", "reverse_packets"),
    16: ("<I", "reverse_octets"),
    17: ("<Q", "reverse_octets"),
}
_VLANS, _ROUTER4, _ROUTER6 = 13, 23, 24


class Nfdump:
    """One flow record is one event."""

    name = "nfdump"

    def recognizes(self, source: Source) -> int:
        return 90 if source.head[:2] == _MAGIC and len(source.head) >= _HEADER.size + _STATISTICS else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        """Raises Problem for a layout or compression that is not read here, with what to do."""
        builders, number = Builders(self.name, source.identity), 0
        for block in _blocks(source, reject):
            maps: dict[int, tuple[int, ...]] = {}
            for kind, body in _records(block, reject, number):
                if kind == _MAP:
                    number_of, *extensions = struct.unpack(f"<{len(body) // 2}H", body[: len(body) // 2 * 2])
                    maps[number_of] = tuple(one for one in extensions[1:] if one)
                elif kind == _FLOW:
                    try:
                        record, span, extra = _flow(body, maps)
                    except (struct.error, ValueError):
                        reject(number, "nfdump flow record cut", body)
                    else:
                        row = flow_row(record, span, 1)
                        row |= {"event.module": "nfdump", "event.dataset": "nfdump.flow"}
                        builders.add("flow", number, row, {**extra, **record})
                    number += 1
            yield from builders.full()
        yield from builders.rest()


def _blocks(source: Source, reject: Reject) -> Iterator[bytes]:
    with source.open() as content:
        head = content.read(_HEADER.size + _STATISTICS)
        _, version, flags, blocks, _ = _HEADER.unpack_from(head)
        if version != 1:
            raise Problem(
                f"{source.path}: nfdump file of layout {version}; write it as CSV or IPFIX, "
                "or with nfdump 1.6: nfdump -r FILE -w NEW"
            )
        if flags & (_LZO | _LZ4):
            raise Problem(f"{source.path}: compressed with LZO or LZ4; give what `nfdump -J 0 -r FILE` makes")
        for number in range(blocks):
            header = content.read(_BLOCK.size)
            if len(header) < _BLOCK.size:
                reject(number, "nfdump file cut", header)
                return
            _, size, kind, _ = _BLOCK.unpack(header)
            data = content.read(size) if size <= _MAX_BLOCK else b""
            if len(data) < size:
                reject(number, "nfdump block cut", data[:64])
                if not data:
                    return
            if kind == _DATA_BLOCK:
                yield from _unpacked(data, flags & _BZ2 > 0, number, reject)


def _unpacked(data: bytes, packed: bool, number: int, reject: Reject) -> Iterator[bytes]:
    if not packed:
        yield data
        return
    try:
        yield bz2.BZ2Decompressor().decompress(data, _MAX_BLOCK)
    except (OSError, EOFError, ValueError):
        reject(number, "nfdump block cannot be unpacked", data[:64])


def _records(block: bytes, reject: Reject, number: int) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record of a block."""
    at = 0
    while at + _PAIR.size <= len(block):
        kind, size = _PAIR.unpack_from(block, at)
        if size < _PAIR.size or at + size > len(block):
            reject(number, "nfdump record cut", block[at : at + 64])
            return
        yield kind, block[at + _PAIR.size : at + size]
        at += size


def _flow(
    body: bytes, maps: dict[int, tuple[int, ...]]
) -> tuple[Record, tuple[float, float], dict[str, Json]]:
    """The record, start and end in seconds since 1970, and who exported it."""
    (
        flags,
        extensions,
        first_ms,
        last_ms,
        first,
        last,
        status,
        tcp,
        protocol,
        service,
        sport,
        dport,
        _,
        _,
        _,
    ) = _COMMON.unpack_from(body)
    record: Record = {
        "proto": protocol,
        "tcp_flags": tcp,
        "tos": service,
        "forwarding_status": status,
        "src_port": sport,
        "dst_port": dport,
    }
    at = _addresses(body, _COMMON.size, flags & _IPV6 > 0, record)
    for name, wide in (("packets", flags & _PACKETS_64), ("octets", flags & _BYTES_64)):
        shape = "<Q" if wide else "<I"
        record[name] = struct.unpack_from(shape, body, at)[0]
        at += struct.calcsize(shape)
    extra = _extended(body, at, maps.get(extensions, ()), record)
    return record, (first + first_ms / 1000, last + last_ms / 1000), extra


def _addresses(body: bytes, at: int, wide: bool, record: Record) -> int:
    """Both addresses, in the byte order of the machine that wrote; gives where they end."""
    for name in ("src_addr", "dst_addr"):
        record[name], at = _address(body, at, wide)
    return at


def _address(body: bytes, at: int, wide: bool) -> tuple[str, int]:
    if wide:
        high, low = struct.unpack_from("<QQ", body, at)
        return str(IPv6Address(high << 64 | low)), at + 16
    return str(IPv4Address(struct.unpack_from("<I", body, at)[0])), at + 4


def _extended(body: bytes, at: int, extensions: tuple[int, ...], record: Record) -> dict[str, Json]:
    """What the extensions hold, up to the first that nobody here knows the size of."""
    extra: dict[str, Json] = {}
    for one in extensions:
        if one not in _EXTENSIONS:
            break
        if one in _INTERFACES:
            record["in_if"], record["out_if"] = struct.unpack_from(_INTERFACES[one], body, at)
        elif one in _SYSTEMS:
            record["src_as"], record["dst_as"] = struct.unpack_from(_SYSTEMS[one], body, at)
        elif one in _ANSWERS:
            shape, name = _ANSWERS[one]
            record[name] = struct.unpack_from(shape, body, at)[0]
        elif one == _VLANS:
            record["vlan"], record["post_vlan"] = struct.unpack_from("<HH", body, at)
        elif one in (_ROUTER4, _ROUTER6):
            extra["exporter.ip"], _ = _address(body, at, one == _ROUTER6)
        at += _EXTENSIONS[one]
    return extra


SENSOR = Nfdump()
