"""What an interface brought last, as pcap files up to a size and an age: evidence is carved from them."""

import logging
import os
import shutil
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sensors.pcap.pcap_file import HEADER_BYTES, RECORD_BYTES, file_header
from taishi.core.clock import Clock

log = logging.getLogger("taishi.ring")

#: Where nobody said otherwise: bytes, and seconds.
RING_BYTES, RING_AGE_S = 2 << 30, 86_400
#: The folder of a ring, in that of its sensor.
RING_FOLDER = "ring"
#: No ring is smaller: below that, segments would hold next to nothing.
LEAST_BYTES = 16 << 20
#: A ring is cut into so many files by size, and so many by age: what is over goes a file at a time.
_PARTS, _AGE_PARTS = 16, 8
#: Bytes that may wait to be written, and what is left free on the disk for everybody else.
ROOM, RESERVE = 64 << 20, 1 << 30
_PAUSE_S = 1.0

Stamps = npt.NDArray[np.uint32]


@dataclass
class _Segment:
    path: Path
    size: int
    first_us: int
    last_us: int


class Segments:
    """The files of one ring, oldest first. Not safe for threads.

    At no moment do they hold more than `most` bytes and one segment; what was written last is never
    taken away for its size. A file that a kill cut short stays readable up to its last whole packet.
    """

    def __init__(self, folder: Path, link: int, most: int, age_s: int) -> None:
        """Goes on with what an earlier run left in the folder."""
        self._folder, self._link = folder, link
        self._most, self._age_us = most, age_s * 1_000_000
        self._part = max(most // _PARTS, HEADER_BYTES + RECORD_BYTES)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._files = [_found(path) for path in sorted(folder.glob("*.pcap"))]
        self._size = sum(one.size for one in self._files)
        self._named = max((one.first_us for one in self._files), default=0)
        self._open: int | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self._size

    def write(self, data: bytes, meta: Stamps) -> None:
        """Appends packets (`meta` as of `sensors.pcap.capture.Chunk`).

        Raises OSError where the disk takes no more; what was written before stands.
        """
        sizes = meta[:, 3].astype(np.int64) + RECORD_BYTES
        ends, heads = np.cumsum(sizes), _heads(meta)
        at = 0
        while at < len(meta):
            done = int(ends[at - 1]) if at else 0
            upto = int(np.searchsorted(ends, done + self._room(_us(meta[at])), side="right"))
            if upto <= at:
                if self._open is not None:
                    self._close()
                    continue
                upto = at + 1
            if self._open is None:
                self._begin(_us(meta[at]))
            self._append(_records(heads, data, meta, at, upto), _us(meta[upto - 1]))
            at = upto
            self._prune_size()

    def prune(self, now: datetime) -> None:
        """Takes away what is older than the ring may be."""
        oldest = round(now.timestamp() * 1_000_000) - self._age_us
        while self._files and self._files[0].last_us < oldest:
            if len(self._files) == 1:
                self._close()
            self._drop()

    def close(self) -> None:
        self._close()

    def _room(self, now_us: int) -> int:
        """Bytes that the open segment still takes; 0 where it is full or spans too much time."""
        if self._open is None:
            return self._part - HEADER_BYTES
        one = self._files[-1]
        young = abs(now_us - one.first_us) <= self._age_us // _AGE_PARTS
        return max(0, self._part - one.size) if young else 0

    def _begin(self, first_us: int) -> None:
        while self._files and shutil.disk_usage(self._folder).free < RESERVE:
            self._drop()
        if shutil.disk_usage(self._folder).free < RESERVE:
            raise OSError(f"less than {RESERVE >> 20} MiB are free on the disk")
        # Clocks go back at times: names follow each other all the same.
        self._named = max(first_us, self._named + 1)
        path = self._folder / f"{self._named:020d}.pcap"
        self._open = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._files.append(_Segment(path, 0, first_us, first_us))
        self._append(file_header(self._link), first_us)

    def _append(self, body: bytes, last_us: int) -> None:
        one, file = self._files[-1], self._open
        if file is None:
            raise ValueError("no segment is open")
        try:
            rest = memoryview(body)
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError:
            os.ftruncate(file, one.size)
            self._close()
            raise
        one.size += len(body)
        one.last_us = max(one.last_us, last_us)
        self._size += len(body)

    def _prune_size(self) -> None:
        while self._size > self._most and len(self._files) > 1:
            self._drop()

    def _drop(self) -> None:
        gone = self._files.pop(0)
        self._size -= gone.size
        gone.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._open is not None:
            os.close(self._open)
            self._open = None


class Ring:
    """Segments with a thread that fills them: whoever captures is never held up. `start`, `put`, `stop`."""

    def __init__(self, segments: Callable[[], Segments], clock: Clock, name: str) -> None:
        self._segments, self._clock, self._name = segments, clock, name
        self._waiting: deque[tuple[bytes, Stamps]] = deque()
        self._bytes = 0
        self._woken = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"ring {name}", daemon=True)
        self._said = ""
        #: Packets that were not kept: the disk could not keep up, or took none.
        self.dropped = 0

    def start(self) -> None:
        self._thread.start()

    def put(self, data: bytes, meta: Stamps) -> None:
        """Takes packets, which must not change any more; counts them where there is no room. At once."""
        with self._woken:
            if self._bytes + len(data) > ROOM:
                self.dropped += len(meta)
                return
            self._waiting.append((data, meta))
            self._bytes += len(data)
            self._woken.notify()

    def stop(self) -> None:
        """Returns when all that waits is written."""
        with self._woken:
            self._stopping = True
            self._woken.notify()
        self._thread.join()

    def _run(self) -> None:
        segments: Segments | None = None
        while True:
            taken, last = self._next()
            try:
                segments = segments or self._segments()
                if taken is not None:
                    segments.write(*taken)
                segments.prune(self._clock.now())
            except OSError as error:
                self._failed(error, len(taken[1]) if taken else 0)
            if last:
                break
        if segments is not None:
            with suppress(OSError):
                segments.close()

    def _next(self) -> tuple[tuple[bytes, Stamps] | None, bool]:
        """What has waited longest, if anything; and whether this was all."""
        with self._woken:
            if not self._waiting and not self._stopping:
                self._woken.wait(_PAUSE_S)
            if not self._waiting:
                return None, self._stopping
            taken = self._waiting.popleft()
            self._bytes -= len(taken[0])
            return taken, False

    def _failed(self, error: OSError, packets: int) -> None:
        with self._woken:
            self.dropped += packets
        if str(error) != self._said:
            self._said = str(error)
            log.error("%s: packets are not kept for evidence: %s", self._name, error)


def _us(row: Stamps) -> int:
    return int(row[0]) * 1_000_000 + int(row[1])


def _heads(meta: Stamps) -> bytes:
    """Record headers: seconds, microseconds, bytes captured, bytes on the wire."""
    return meta[:, [0, 1, 3, 3]].astype("<u4").tobytes()


def _records(heads: bytes, data: bytes, meta: Stamps, start: int, stop: int) -> bytes:
    """Slices of bytes are joined in half the time that views take."""
    starts = meta[start:stop, 2]
    ends = (starts + meta[start:stop, 3]).tolist()
    pieces = [b""] * (2 * (stop - start))
    pieces[::2] = [
        heads[at : at + RECORD_BYTES] for at in range(start * RECORD_BYTES, stop * RECORD_BYTES, RECORD_BYTES)
    ]
    pieces[1::2] = [data[at:end] for at, end in zip(starts.tolist(), ends, strict=True)]
    return b"".join(pieces)


def _found(path: Path) -> _Segment:
    """A file of an earlier run: its name has its beginning, its last change is its end."""
    stat = path.stat()
    first = int(path.stem) if path.stem.isdigit() else 0
    return _Segment(path, stat.st_size, first, stat.st_mtime_ns // 1000)
