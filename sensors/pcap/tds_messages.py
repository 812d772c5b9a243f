"""Messages and fields of TDS (MS-TDS): packets, PRELOGIN, LOGIN7, tokens of the answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sensors.pcap.little import u16, u32

BATCH, CALL, ANSWER, LOGIN, SSPI, PRELOGIN = 0x01, 0x03, 0x04, 0x10, 0x11, 0x12
_KINDS = frozenset({BATCH, CALL, ANSWER, LOGIN, SSPI, PRELOGIN, 0x02, 0x06, 0x07, 0x08, 0x0E})
_HEADER, _LAST = 8, 0x01
_PACKETS = 400
#: Kinds of TLS records (RFC 8446, 5.1).
_RECORDS = frozenset({b"\x14", b"\x15", b"\x16", b"\x17"})
#: Fixed part of LOGIN7 before the table of offsets, and places in that table (2.2.6.4).
_SECOND_FLAGS, _INTEGRATED = 25, 0x80
_HOST, _USER, _APPLICATION, _SERVER, _LIBRARY, _DATABASE, _TOKEN = 36, 40, 48, 52, 60, 68, 78
_LOGIN_SIZE = 94
#: Tokens whose length stands behind them in two bytes (2.2.7): order, error, information, acknowledgement …
ERROR, ACKNOWLEDGED = 0xAA, 0xAD
_LENGTH_TOKENS = frozenset({0xA9, ERROR, 0xAB, ACKNOWLEDGED, 0xE3, 0xED, 0xE5})
_TOKENS = 64


class Message(NamedTuple):
    """Packets of one kind up to the last one of the message, without their headers."""

    offset: int
    kind: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Login:
    """LOGIN7 without its password. `integrated`: Windows vouches for the user, in `token`."""

    user: str
    host: str
    application: str
    library: str
    database: str
    integrated: bool
    token: bytes


def is_packet(data: bytes) -> bool:
    """Header (2.2.3.1): kind, status, length, process, number, a window that is always 0."""
    return (
        len(data) >= _HEADER
        and data[0] in _KINDS
        and data[1] & ~0x1F == 0
        and int.from_bytes(data[2:4], "big") >= _HEADER
        and data[7] == 0
    )


def messages(data: bytes) -> Iterator[Message]:
    """Up to the first bytes that are no packet; the last message may be cut off.

    Where only the logon is protected, it is sent as records of TLS between packets (2.2.6.5): passed over.
    """
    at, start, parts = 0, 0, list[bytes]()
    for _ in range(_PACKETS):
        if data[at : at + 1] in _RECORDS and data[at + 1 : at + 2] == b"\x03":
            at = start = at + 5 + int.from_bytes(data[at + 3 : at + 5], "big")
            continue
        if not is_packet(data[at : at + _HEADER]):
            return
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append(data[at + _HEADER : at + size])
        if data[at + 1] & _LAST or at + size >= len(data):
            yield Message(start, data[at], b"".join(parts))
            start, parts = at + size, []
        at += size


def options(body: bytes) -> Mapping[int, bytes]:
    """PRELOGIN (2.2.6.5): by their token; empty where it is the TLS handshake that uses the same packets."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 5 <= len(body) and body[at] != 0xFF and len(found) < 16:
        start, size = (
            int.from_bytes(body[at + 1 : at + 3], "big"),
            int.from_bytes(body[at + 3 : at + 5], "big"),
        )
        if start + size > len(body) or body[at] > 0x20:
            return {}
        found[body[at]] = body[start : start + size]
        at += 5
    return found


def login(body: bytes) -> Login | None:
    """None where it is cut off before its names, or none."""
    if len(body) < _LOGIN_SIZE or u32(body, 0) > 1 << 17 or body[7] not in (0x70, 0x71, 0x72, 0x73, 0x74):
        return None

    def text(place: int) -> str:
        start = u16(body, place)
        return body[start : start + 2 * u16(body, place + 2)].decode("utf-16-le", "replace")[:128]

    start = u16(body, _TOKEN)
    return Login(
        user=text(_USER),
        host=text(_HOST),
        application=text(_APPLICATION),
        library=text(_LIBRARY),
        database=text(_DATABASE),
        integrated=bool(body[_SECOND_FLAGS] & _INTEGRATED),
        token=body[start : start + u16(body, _TOKEN + 2)],
    )


def tokens(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The tokens of an answer to a logon, up to the first of another form: rows do not come before it."""
    at = 0
    for _ in range(_TOKENS):
        if at + 3 > len(body) or body[at] not in _LENGTH_TOKENS:
            return
        size = u16(body, at + 1)
        yield body[at], body[at + 3 : at + 3 + size]
        at += 3 + size
