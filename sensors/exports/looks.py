"""Whether bytes are an export datagram: asked of whatever stands in a file or a capture, so it is strict."""

import struct

#: Version numbers as they stand in the first two bytes.
V5, V9, IPFIX = 5, 9, 10
_SFLOW = b"\0\0\0\5\0\0\0"
_V5_HEADER, _V5_RECORD, _V5_MOST = 24, 48, 30
_V9_HEADER, _IPFIX_HEADER, _SFLOW_HEADER = 20, 16, 28
_PAIR = struct.Struct("!HH")
_FIRST_DATA = 256


def is_export(data: bytes) -> bool:
    """The header, and lengths of all parts up to the end."""
    version = int.from_bytes(data[:2], "big")
    if version == V5:
        count = int.from_bytes(data[2:4], "big")
        return 0 < count <= _V5_MOST and len(data) == _V5_HEADER + _V5_RECORD * count
    if version == V9:
        return data[2:4] != b"\0\0" and _sets(data, _V9_HEADER, len(data), (0, 1))
    if version == IPFIX:
        length = int.from_bytes(data[2:4], "big")
        return length == len(data) and _sets(data, _IPFIX_HEADER, length, (2, 3))
    return is_sflow(data) and _samples(data)


def may_be_export(data: bytes) -> bool:
    """Less strict, for a file that is nothing else: damaged datagrams are to be told, not passed over."""
    version, length = _PAIR.unpack_from(data.ljust(4, b"\0"))
    if version == V5:
        return len(data) > _V5_HEADER and not (len(data) - _V5_HEADER) % _V5_RECORD
    if version == IPFIX:
        return length <= len(data) and _sets(data, _IPFIX_HEADER, length, (2, 3))
    return is_export(data)


def is_sflow(data: bytes) -> bool:
    """Version 5, with an agent's IPv4 or IPv6 address."""
    return data[:7] == _SFLOW and data[7:8] in (b"\1", b"\2")


def _sets(data: bytes, at: int, end: int, templates: tuple[int, int]) -> bool:
    found = False
    while at + 4 <= end:
        number, length = _PAIR.unpack_from(data, at)
        if length < 4:
            return found and not any(data[at:end])
        if at + length > end or (number < _FIRST_DATA and number not in templates):
            return False
        found = True
        at += length
    return found and not any(data[at:end])


def _samples(data: bytes) -> bool:
    at = _SFLOW_HEADER if data[7] == 1 else _SFLOW_HEADER + 12
    if at > len(data):
        return False
    samples = int.from_bytes(data[at - 4 : at], "big")
    for _ in range(min(samples, 1000)):
        if at + 8 > len(data):
            return False
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")
    return samples > 0 and at == len(data)
