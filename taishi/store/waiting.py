"""Events that wait on this machine's disk for a store that is away, in files of frames, oldest first."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from taishi.core.event import Batch
from taishi.core.problems import Problem
from taishi.store.durable_files import WriterLock, write_whole
from taishi.store.spool import MARKER_BYTES, Damage, Frame, Spool, pack, scan

log = logging.getLogger("taishi.store")

#: Bytes of one file: what is read at once, and sent again after a crash (it then adds nothing).
_FILE_BYTES = 32 << 20


class Waiting:
    """Safe for threads; one process a folder."""

    def __init__(self, folder: Path, marker: bytes) -> None:
        """`marker`: drawn at random for this folder, MARKER_BYTES. Raises Problem for a folder that cannot be
        used or that another process writes.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held = WriterLock(folder)
            self._marker = _marker(folder / "marker", marker)
        except OSError as error:
            raise Problem(
                f"{folder}: cannot hold waiting events ({error.strerror}); check its rights"
            ) from None
        self._folder = folder
        self._lock = threading.Lock()
        self._rows = {path: self._recovered(path) for path in sorted(folder.glob("*.spool"))}
        self._open: tuple[Path, Spool, int] | None = None
        self._next = 1 + max((int(path.stem) for path in self._rows), default=0)

    @property
    def rows(self) -> int:
        """How many wait."""
        with self._lock:
            return sum(self._rows.values())

    @property
    def damaged(self) -> int:
        """Stretches of files that could not be read when this began, or before."""
        return sum(1 for _ in self._folder.glob("*.damaged"))

    def put(self, batches: Sequence[Batch]) -> None:
        """Durable on return. Raises Problem where the disk refuses; then nothing was added."""
        frames = [pack(self._marker, one.kind, 0, one.rows) for one in batches if len(one)]
        size = sum(map(len, frames))
        if not frames:
            return
        with self._lock:
            if self._open is not None and self._open[2] + size > _FILE_BYTES:
                self._shut()
            path, spool, taken = self._open or self._new()
            self._open = (path, spool, taken)
            spool.append(frames)
            self._open = (path, spool, taken + size)
            self._rows[path] = self._rows.get(path, 0) + sum(map(len, batches))

    def oldest(self) -> tuple[Path, list[Batch]] | None:
        """The file that has waited longest, with what is in it; nothing is added to it any more."""
        with self._lock:
            path = min(self._rows, default=None)
            if path is None:
                return None
            if self._open is not None and self._open[0] == path:
                self._shut()
        frames = [part for part in scan(path.read_bytes(), self._marker) if isinstance(part, Frame)]
        return path, [Batch(frame.kind, frame.rows) for frame in frames]

    def done(self, path: Path) -> None:
        """The store has what is in that file."""
        with self._lock:
            path.unlink(missing_ok=True)
            self._rows.pop(path, None)

    def close(self) -> None:
        """What waits goes on waiting. Closing twice does nothing."""
        with self._lock:
            self._shut()
            self._held.release()

    def _new(self) -> tuple[Path, Spool, int]:
        path = self._folder / f"{self._next:010}.spool"
        self._next += 1
        try:
            return path, Spool(path, 0), 0
        except OSError as error:
            raise Problem(
                f"{path}: cannot be written ({error.strerror}); make room or check the disk"
            ) from None

    def _shut(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _recovered(self, path: Path) -> int:
        """How many rows a file has. What is damaged is kept beside it and told; a torn end was never
        acknowledged.
        """
        data, rows = path.read_bytes(), 0
        for part in scan(data, self._marker):
            if isinstance(part, Frame):
                rows += part.rows.num_rows
            elif isinstance(part, Damage) and part.what == "damaged":
                self._set_aside(path, data, part)
        return rows

    @staticmethod
    def _set_aside(path: Path, data: bytes, part: Damage) -> None:
        aside = path.with_name(f"{path.stem}-{part.offset}.damaged")
        write_whole(aside, data[part.offset : part.offset + part.size])
        log.error(
            "%s: %d damaged bytes at %d were passed over and kept in %s", path, part.size, part.offset, aside
        )


def _marker(path: Path, drawn: bytes) -> bytes:
    if not path.exists():
        write_whole(path, drawn)
    marker = path.read_bytes()
    if len(marker) != MARKER_BYTES:
        raise Problem(f"{path}: is no marker of {MARKER_BYTES} bytes; restore it, or move the folder away")
    return marker
