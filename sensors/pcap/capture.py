"""Captures on disk (pcap, pcapng; plain or gzip): packets in their order, through libpcap."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pcapy

from sensors.unpacked import plain_file
from taishi.core.source import Source

#: First four bytes: pcap in either byte order with micro- or nanoseconds, Kuznetzov's variant, pcapng.
MAGIC = frozenset(
    bytes.fromhex(magic)
    for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1", "0a0d0d0a")
)
#: Packets that cross from C to Python in one call.
_CHUNK = 4096

#: Seconds, microseconds, where the packet begins in the chunk's data, how many bytes of it there are.
unpack_meta = struct.Struct("=IIII").iter_unpack

#: Called with the number of the packet that cannot be read and libpcap's reason.
Damaged = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Packets in one buffer: `meta` has 16 bytes a packet (see `unpack_meta`); `first` is its number."""

    first: int
    data: bytes
    meta: bytes


@dataclass(frozen=True)
class Capture:
    """A capture file that libpcap has agreed to open; `link` is its DLT number."""

    path: Path
    link: int

    def chunks(self, damaged: Damaged) -> Iterator[Chunk]:
        """Every packet up to the end or the first damaged place, which is told to `damaged`."""
        done = 0
        try:
            for chunk in _chunks(self.path, 0, _CHUNK):
                yield chunk
                done += len(chunk.meta) // 16
            return
        except pcapy.PcapError:
            pass
        # next_batch drops the packets it already has when one fails: take these one at a time.
        try:
            for chunk in _chunks(self.path, done, 1):
                yield chunk
                done += 1
        except pcapy.PcapError as error:
            damaged(done, str(error))


def _chunks(path: Path, skip: int, size: int) -> Iterator[Chunk]:
    reader = pcapy.open_offline(str(path))
    at = 0
    while at < skip:
        _, meta = reader.next_batch(min(_CHUNK, skip - at))
        at += len(meta) // 16
    while True:
        data, meta = reader.next_batch(size)
        if not meta:
            return
        yield Chunk(at, data, meta)
        at += len(meta) // 16


@contextmanager
def opened(source: Source, damaged: Damaged) -> Iterator[Capture | None]:
    """The capture behind a source; None, after telling `damaged`, where libpcap cannot open it."""

    def torn(reason: str) -> None:
        damaged(0, f"{reason}; packets before that place are kept")

    with plain_file(source, torn) as path:
        try:
            link = pcapy.open_offline(str(path)).datalink()
        except pcapy.PcapError as error:
            damaged(0, str(error))
            yield None
        else:
            yield Capture(path, link)
