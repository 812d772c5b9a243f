"""Zip files of one form only: every member stored as it is, in order, without dates, comments or extras.

A file of this form is the only one that its members make, so one can tell that no byte of it was changed;
and nothing in it can be larger than the file itself. Any other program reads it (APPNOTE.TXT 6.3.3).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct, error
from zlib import crc32

#: Above it no file is made or read.
MAX_BYTES = 1 << 29
MAX_MEMBERS = 10_000
#: 1980-01-01, the first day that a zip file knows; version 2.0; no flags; stored.
_DATE, _VERSION, _UNIX_FILE_600 = 0x21, 20, 0o100600 << 16
_LOCAL, _CENTRAL, _END = Struct("<4s5H3I2H"), Struct("<4s6H3I5H2I"), Struct("<4s4H2IH")
_HERE = b"PK\x03\x04"

Member = tuple[str, bytes]


@dataclass(frozen=True)
class PlainZip:
    """What was read: the members up to the first damage, and where that is (None: nowhere)."""

    members: Sequence[Member]
    damage: int | None


def write_plain_zip(members: Iterable[Member]) -> bytes:
    """Names are ASCII, none twice. Raises ValueError where there is too much for one file."""
    body, central, count = bytearray(), bytearray(), 0
    for name, content in members:
        told = (0, 0, 0, _DATE, crc32(content), len(content), len(content), len(name), 0)
        place = _CENTRAL.pack(
            b"PK\x01\x02", 0x300 | _VERSION, _VERSION, *told, 0, 0, 0, _UNIX_FILE_600, len(body)
        )
        central += place + name.encode("ascii")
        body += _LOCAL.pack(_HERE, _VERSION, *told) + name.encode("ascii") + content
        count += 1
        if len(body) > MAX_BYTES or count > MAX_MEMBERS:
            raise ValueError(f"more than {MAX_MEMBERS} members or {MAX_BYTES} bytes")
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(central), len(body), 0)
    return bytes(body + central + end)


def read_plain_zip(body: bytes) -> PlainZip:
    """Never fails: what is not of the form is damage."""
    members = tuple(_members(body))
    try:
        made = write_plain_zip(members)
    except (ValueError, UnicodeEncodeError):
        return PlainZip(members, 0)
    return PlainZip(members, None if made == body else _first_difference(made, body))


def _members(body: bytes) -> Iterator[Member]:
    at = 0
    for _ in range(MAX_MEMBERS):
        try:
            head, *_, size, named, _ = _LOCAL.unpack_from(body, at)
        except error:
            return
        start = at + _LOCAL.size
        at = start + named + size
        if head != _HERE or at > len(body):
            return
        yield body[start : start + named].decode("ascii", "replace"), body[start + named : at]


def _first_difference(one: bytes, other: bytes) -> int:
    shorter = min(len(one), len(other))
    low, high = 0, shorter  # one[:low] is other[:low]; the difference lies before high, or at the end
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
