"""Captures on disk (pcap, pcapng; plain or gzip): packets in their order, through libpcap."""

import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pcapy

from sensors.unpacked import plain_file
from taishi.core.source import Source

#: The first four bytes of a pcap file: its byte order, and whether its times are in nanoseconds.
_PCAP = {
    bytes.fromhex("d4c3b2a1"): ("<", False),
    bytes.fromhex("a1b2c3d4"): (">", False),
    bytes.fromhex("4d3cb2a1"): ("<", True),
    bytes.fromhex("a1b23c4d"): (">", True),
}
#: Those, Kuznetzov's variant, pcapng.
MAGIC = frozenset([*_PCAP, *(bytes.fromhex(magic) for magic in ("a1b2cd34", "34cdb2a1", "0a0d0d0a"))])
#: Packets that cross from C to Python in one call, and bytes that are read from a file in one.
_CHUNK, _BLOCK = 4096, 1 << 22
#: What libpcap takes at most of one packet.
_LONGEST = 262_144
_FILE_HEADER = 24

#: Called with the number of the packet that cannot be read and libpcap's reason.
Damaged = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Packets in one buffer, which is used again for the next chunk.

    `meta` has a row a packet: seconds, microseconds, where it begins in `data`, how many bytes of it there
    are; `first` is the first one's number.
    """

    first: int
    data: memoryview
    meta: npt.NDArray[np.uint32]

    @property
    def last_us(self) -> int:
        """When the last packet was seen, in microseconds since 1970."""
        return int(self.meta[-1, 0]) * 1_000_000 + int(self.meta[-1, 1])

    def frame(self, number: int) -> tuple[bytes, int]:
        """One packet, counted within the chunk, and when it was seen."""
        seconds, micros, at, size = self.meta[number].tolist()
        return bytes(self.data[at : at + size]), seconds * 1_000_000 + micros


@dataclass(frozen=True)
class Capture:
    """A capture file that libpcap has agreed to open; `link` is its DLT number."""

    path: Path
    link: int

    def chunks(self, damaged: Damaged) -> Iterator[Chunk]:
        """Every packet up to the end or the first damaged place, which is told to `damaged`."""
        done = yield from _plain(self.path)
        if done is None:
            return
        try:
            for chunk in _chunks(self.path, done, _CHUNK):
                done = chunk.first + len(chunk.meta)
                yield chunk
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


def _plain(path: Path) -> Generator[Chunk, None, int | None]:
    """The packets of a plain pcap file up to the first thing in it that is out of the ordinary.

    Returns how many those were, for libpcap to judge what follows; None where nothing does.
    """
    with path.open("rb", buffering=0) as file:
        head = file.read(_FILE_HEADER)
        if len(head) < _FILE_HEADER or head[:4] not in _PCAP:
            return 0
        order, nanoseconds = _PCAP[head[:4]]
        major, minor, longest = struct.unpack_from(order + "HH8xI", head, 4)
        if (major, minor) != (2, 4):
            return 0
        return (yield from _blocks(file, order == ">", nanoseconds, min(longest or _LONGEST, _LONGEST)))


def _blocks(file: FileIO, big: bool, nanoseconds: bool, longest: int) -> Generator[Chunk, None, int | None]:
    from sensors.pcap.compiled.order import split

    view = memoryview(bytearray(_BLOCK + _LONGEST + 16))
    raw = np.frombuffer(view, np.uint8)
    meta = np.zeros((_BLOCK >> 6, 4), np.uint32)
    first = at = size = 0
    while True:
        view[: size - at] = view[at:size]
        at, size = 0, size - at
        fresh = file.readinto(view[size : size + _BLOCK])
        if not fresh:
            return first if size else None
        size += fresh
        count, odd = 1, False
        while count:
            count, at, odd = split(raw, at, size, big, nanoseconds, longest, meta)
            if count:
                yield Chunk(first, view, meta[:count])
                first += count
            if odd:
                return first


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
        yield Chunk(at, memoryview(data), np.frombuffer(meta, np.uint32).reshape(-1, 4))
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
