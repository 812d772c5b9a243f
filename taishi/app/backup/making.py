"""A backup while the service runs: each database at one moment, events by files that change no more."""

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec

from taishi import __version__
from taishi.app.backup.contents import NAME, Contents, FileCopy, table_rows
from taishi.core.problems import Problem
from taishi.store.durable_files import sync_folder
from taishi.store.embedded.still import copy_database, hold_still

STATE, EVENTS = "state.sqlite", "events"
#: Left out: locks, what is being written, what SQLite keeps beside its files, packets that are only on their
#: way through (those behind alerts are kept elsewhere).
_LEFT_OUT = (".lock", "-wal", "-shm", "-journal", ".part", ".tmp")
_RING = "ring"
_SCRATCH = ".backup."

#: Told the name of each file as it is copied.
Progress = Callable[[str], None]


def make_backup(
    data: Path, target: Path, store: str, now: datetime, progress: Progress
) -> tuple[Contents, int]:
    """Writes `target`, for nobody but its owner; gives what is in it, and its bytes. Raises Problem where it
    cannot be made; then there is no such file.
    """
    _check(data, target)
    half = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _scratch(data) as scratch, _private(half) as file:
            contents = _write(data, scratch, file, store, now, progress)
            file.flush()
            os.fsync(file.fileno())
        half.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise Problem(f"{target}: cannot be written ({error.strerror}); make room there") from error
    finally:
        half.unlink(missing_ok=True)
    return contents, target.stat().st_size


def _check(data: Path, target: Path) -> None:
    if not (data / STATE).is_file():
        raise Problem(f"{data}: holds no data of this product; check --data")
    if target.exists():
        raise Problem(f"{target}: exists already; name another file")
    if not target.parent.is_dir():
        raise Problem(f"{target.parent}: is no folder; make it first")
    if data.resolve() in target.resolve().parents:
        raise Problem(f"{target}: lies in the data directory itself; name a place elsewhere")


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def _scratch(data: Path) -> Iterator[Path]:
    """A folder beside the data's own, on their file system; what a killed backup left goes."""
    for old in data.glob(f"{_SCRATCH}*"):
        shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=data))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(
    data: Path, scratch: Path, file: BinaryIO, store: str, now: datetime, progress: Progress
) -> Contents:
    """The state first: what it refers to is there by then."""
    copy_database(data / STATE, scratch / STATE)
    rows = table_rows(scratch / STATE)
    events = None
    if (data / EVENTS / "manifest.db").exists():
        events = hold_still(data / EVENTS, scratch / EVENTS).events
    files: dict[str, FileCopy] = {}
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in _files(data, scratch):
            copied = _add(tar, name, path)
            if copied is not None:
                files[name] = copied
                progress(name)
        contents = Contents(now, __version__, store, events, rows, files)
        _add_bytes(tar, NAME, msgspec.json.encode(contents), now)
    return contents


def _files(data: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Name in the backup, and where the file is that stands still."""
    yield STATE, scratch / STATE
    for path in sorted((scratch / EVENTS).rglob("*")) if (scratch / EVENTS).exists() else ():
        if path.is_file():
            yield f"{EVENTS}/{path.relative_to(scratch / EVENTS).as_posix()}", path
    for path in sorted(data.rglob("*")):
        name = path.relative_to(data)
        if name.parts[0] == EVENTS or name.parts[0].startswith(_SCRATCH) or name.as_posix() == STATE:
            continue
        if not path.is_file() or path.is_symlink() or _RING in name.parts[:-1] or path.name == "lock":
            continue
        if path.name.endswith(_LEFT_OUT):
            continue
        yield name.as_posix(), _still(path, scratch)


def _still(path: Path, scratch: Path) -> Path:
    """Databases are copied at one moment; other files are replaced, never changed, or only grow."""
    if path.suffix not in (".sqlite", ".db"):
        return path
    copy = scratch / f"copy-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.sqlite"
    copy_database(path, copy)
    return copy


class _Hashed:
    """A file that is read once, with its digest."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._digest.update(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _add(tar: tarfile.TarFile, name: str, path: Path) -> FileCopy | None:
    """As much of the file as it has now; None where it is gone."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = about.st_size, about.st_mode & 0o700, about.st_mtime
            hashed = _Hashed(file)
            tar.addfile(member, hashed)  # type: ignore[arg-type]  # it is only read
            return FileCopy(about.st_size, hashed.sha256)
    except FileNotFoundError:
        return None


def _add_bytes(tar: tarfile.TarFile, name: str, body: bytes, now: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(body), 0o600, now.timestamp()
    tar.addfile(member, BytesIO(body))
