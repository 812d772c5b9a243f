"""ISO transport on TCP: TPKT (RFC 1006, 6) around X.224 units (ISO 8073, class 0), as controllers use it."""

from collections.abc import Iterator
from typing import NamedTuple

CONNECT, CONFIRM, DATA = 0xE0, 0xD0, 0xF0
_CALLED = 0xC2
_UNITS = 2000


class Unit(NamedTuple):
    """One X.224 unit: where its packet begins, its kind, its header's parameters, what it carries."""

    offset: int
    kind: int
    parameters: bytes
    body: bytes


def units(data: bytes) -> Iterator[Unit]:
    """The units that follow each other; the last one may be cut off."""
    at = 0
    for _ in range(_UNITS):
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 2] != b"\3\0" or size < 7 or at + 6 > len(data):
            return
        head = 5 + data[at + 4]
        yield Unit(at, data[at + 5] & 0xF0, data[at + 11 : at + head], data[at + head : at + size])
        at += size


def called_selector(unit: Unit) -> bytes:
    """The transport selector (TSAP) of the side that is called, empty where a request names none."""
    at = 0
    while at + 2 <= len(unit.parameters):
        code, size = unit.parameters[at], unit.parameters[at + 1]
        if code == _CALLED:
            return unit.parameters[at + 2 : at + 2 + size]
        at += 2 + size
    return b""
