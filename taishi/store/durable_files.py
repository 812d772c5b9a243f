"""Files that are durable, and a folder that one process writes."""

import fcntl
import os
import sys
from pathlib import Path

from taishi.core.problems import Held


def sync_folder(path: Path) -> None:
    """Makes names that were added or renamed in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, body: bytes) -> None:
    """The file is there whole and durable, for nobody but its owner, or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    sync_folder(path.parent)


class WriterLock:
    """One writer a folder, by flock; it ends with the process, however that ends."""

    def __init__(self, root: Path) -> None:
        """Raises Held naming the process that holds it."""
        self._file = (root / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise Held(f"{root}: is being written by {holder}; stop that first, or open it to read") from None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"process {os.getpid()} ({Path(sys.argv[0]).name or 'python'})")
        self._file.flush()

    def release(self) -> None:
        self._file.close()
