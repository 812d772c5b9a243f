"""The spool: what was acknowledged and is not in a segment yet, as frames in one file.

A frame of rows is marker (16 bytes, drawn at random for each store, so that no event can carry one), kind
(8), number of its first row (8), payload length (4), CRC-32 of all that and the payload (4), payload: one
Arrow IPC stream without the columns that have no value. A frame of counts (kind `fates`) says in JSON for
whom the rows before it were delivered, and what became of all that was; both are written in one go. A frame
that does not check is passed over up to the next marker that does.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Literal, cast

import msgspec
import pyarrow as pa

from taishi.core.ecs import Kind
from taishi.core.ledger import Fates
from taishi.core.problems import Problem
from taishi.kit.packed_rows import packed, unpacked
from taishi.store.durable_files import sync_folder

MARKER_BYTES = 16
_HEADER = struct.Struct("<16s8sQI")
_CHECKSUM = struct.Struct("<I")
_OVERHEAD = _HEADER.size + _CHECKSUM.size
_FATES = "fates"


@dataclass(frozen=True)
class Frame:
    """One acknowledged batch; its rows are numbered from `first` on. `end` is where the next frame begins."""

    kind: Kind
    first: int
    rows: pa.RecordBatch
    end: int


@dataclass(frozen=True)
class Counted:
    """What became of a delivery, or of a part of it."""

    sensor: str
    fates: Fates
    end: int = 0


@dataclass(frozen=True)
class Damage:
    """A stretch that is no frame: `torn` at the end (never acknowledged, or cut), `damaged` otherwise."""

    offset: int
    size: int
    what: Literal["damaged", "torn"]


def pack(marker: bytes, kind: Kind, first: int, rows: pa.RecordBatch) -> bytes:
    return _framed(marker, kind, first, packed(rows))


def pack_counted(marker: bytes, counted: Counted) -> bytes:
    fates = counted.fates
    told = [counted.sensor, fates.stored, fates.duplicate, fates.quarantined]
    return _framed(marker, _FATES, 0, msgspec.json.encode(told))


def _framed(marker: bytes, kind: str, first: int, payload: bytes) -> bytes:
    header = _HEADER.pack(marker, kind.encode(), first, len(payload))
    return header + _CHECKSUM.pack(zlib.crc32(payload, zlib.crc32(header))) + payload


def scan(data: bytes | mmap, marker: bytes, offset: int = 0) -> Iterator[Frame | Counted | Damage]:
    """Every frame from `offset` on, and every stretch that is none."""
    while offset < len(data):
        frame = _frame_at(data, marker, offset)
        if frame is None:
            after = _next_frame(data, marker, offset + 1)
            if after is None:
                yield Damage(offset, len(data) - offset, _tail(data, marker, offset))
                return
            yield Damage(offset, after - offset, "damaged")
            offset = after
        else:
            yield frame
            offset = frame.end


def _frame_at(data: bytes | mmap, marker: bytes, offset: int) -> Frame | Counted | None:
    payload_at = offset + _OVERHEAD
    if payload_at > len(data) or data[offset : offset + MARKER_BYTES] != marker:
        return None
    _, kind, first, size = _HEADER.unpack_from(data, offset)
    (checksum,) = _CHECKSUM.unpack_from(data, offset + _HEADER.size)
    payload = memoryview(data)[payload_at : payload_at + size]
    header = data[offset : offset + _HEADER.size]
    if len(payload) < size or zlib.crc32(payload, zlib.crc32(header)) != checksum:
        return None
    name = kind.rstrip(b"\0").decode()
    if name == _FATES:
        sensor, *fates = msgspec.json.decode(payload, type=tuple[str, int, int, int])
        return Counted(sensor, Fates(*fates), payload_at + size)
    of = cast(Kind, name)
    return Frame(of, first, unpacked(payload, of), payload_at + size)


def _next_frame(data: bytes | mmap, marker: bytes, start: int) -> int | None:
    found = data.find(marker, start)
    while found >= 0:
        if _frame_at(data, marker, found) is not None:
            return found
        found = data.find(marker, found + 1)
    return None


def _tail(data: bytes | mmap, marker: bytes, offset: int) -> Literal["damaged", "torn"]:
    """A whole last frame that does not check was acknowledged once; anything else was cut short."""
    if len(data) - offset < _OVERHEAD or data[offset : offset + MARKER_BYTES] != marker:
        return "torn"
    size = _HEADER.unpack_from(data, offset)[3]
    return "torn" if offset + _OVERHEAD + size > len(data) else "damaged"


class Spool:
    """The file that frames are appended to. Whoever has the writer lock has one."""

    def __init__(self, path: Path, end: int) -> None:
        """Cuts whatever stands after `end`."""
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        self._end = end
        self._broken = False
        os.ftruncate(self._handle, end)
        os.fsync(self._handle)
        sync_folder(path.parent)

    def append(self, frames: Sequence[bytes]) -> None:
        """Durable on return. Raises Problem where the disk refuses; then nothing was added."""
        if self._broken:
            raise Problem(f"{self.path}: an earlier write failed on disk; start again to go on safely")
        try:
            self._write(b"".join(frames))
            os.fdatasync(self._handle)
        except OSError as error:
            self._undo()
            raise Problem(
                f"{self.path}: cannot be written ({error.strerror}); make room or check the disk"
            ) from None
        self._end = os.lseek(self._handle, 0, os.SEEK_CUR)

    def _write(self, data: bytes) -> None:
        os.lseek(self._handle, self._end, os.SEEK_SET)
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]

    def _undo(self) -> None:
        try:
            os.ftruncate(self._handle, self._end)
            os.fsync(self._handle)
        except OSError:
            # After a failed fsync the kernel may forget dirty pages: only reading the file anew is honest.
            self._broken = True

    def close(self) -> None:
        os.close(self._handle)
