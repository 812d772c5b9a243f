"""A backup becomes an installation again: whole and checked, or not at all."""

import hashlib
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

import msgspec

from taishi.app.backup.contents import FORMAT, NAME, Contents, FileCopy, table_rows
from taishi.app.backup.making import EVENTS, STATE, Progress
from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.store import open_event_store, open_state_store
from taishi.store.durable_files import sync_folder

_BLOCK = 1 << 20
#: `backup.json` is read into memory.
_MOST_CONTENTS = 256 << 20


def restore(backup: Path, data: Path, progress: Progress) -> Contents:
    """`data` must not be there, or be empty. Raises Problem where the backup is damaged, was changed, or does
    not come to what it says; then `data` is as it was before.
    """
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise Problem(f"{data}: is not empty; stop the service there and move the folder away")
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        with _staging(data) as staging:
            contents = _unpacked(backup, staging, progress)
            _check_counts(contents, staging)
            for folder in sorted(path for path in staging.rglob("*") if path.is_dir()):
                sync_folder(folder)
            if data.exists():
                data.rmdir()
            staging.rename(data)
            sync_folder(data.parent)
    except OSError as error:
        raise Problem(f"{data}: cannot be written ({error.strerror}); check room and rights") from error
    return contents


@contextmanager
def _staging(data: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f".{data.name}.restoring.", dir=data.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked(backup: Path, staging: Path, progress: Progress) -> Contents:
    found: dict[str, FileCopy] = {}
    contents: Contents | None = None
    try:
        with tarfile.open(backup, "r:") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isreg() else None
                if file is None or contents is not None:
                    raise _damaged(backup, f"{member.name} does not belong there")
                if member.name == NAME:
                    contents = _read_contents(backup, file.read(_MOST_CONTENTS))
                    continue
                found[member.name] = _extract(backup, member, file, staging)
                progress(member.name)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(backup, str(error)) from error
    except FileNotFoundError:
        raise Problem(f"{backup}: no such file; check the path") from None
    if contents is None:
        raise _damaged(backup, f"{NAME} is missing: it ends too early")
    for name in sorted({*found, *contents.files}):
        if found.get(name) != contents.files.get(name):
            raise _damaged(backup, f"{name} is not what it was when the backup was made")
    return contents


def _read_contents(backup: Path, body: bytes) -> Contents:
    try:
        contents = msgspec.json.decode(body, type=Contents)
    except msgspec.DecodeError as error:
        raise _damaged(backup, f"{NAME}: {error}") from error
    if contents.format > FORMAT:
        raise Problem(f"{backup}: was made by a newer release ({contents.version}); restore it with that one")
    return contents


def _damaged(backup: Path, why: str) -> Problem:
    return Problem(f"{backup}: is no backup, or is damaged: {why}; take another one")


def _extract(backup: Path, member: tarfile.TarInfo, file: object, staging: Path) -> FileCopy:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts or not name.parts:
        raise _damaged(backup, f"{member.name} leads out of the folder")
    target = staging.joinpath(*name.parts)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, (member.mode & 0o700) | 0o600)
    with os.fdopen(handle, "wb") as out:
        while piece := file.read(_BLOCK):  # type: ignore[attr-defined]  # tarfile's reader
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    os.utime(target, (member.mtime, member.mtime))
    return FileCopy(size, digest.hexdigest())


def _check_counts(contents: Contents, staging: Path) -> None:
    """Raises Problem where what was restored cannot be opened or is less than what was saved."""
    try:
        rows = table_rows(staging / STATE)
        with closing(sqlite3.connect(staging / STATE)) as database:
            (said,) = database.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise Problem(f"the state cannot be read ({error}); take another backup") from error
    if rows != contents.state or said != "ok":
        raise Problem(f"the state is not whole ({said}); take another backup")
    state = open_state_store(str(staging / STATE))
    try:
        wrong = state.verify()
    finally:
        state.close()
    if wrong:
        raise Problem(f"the audit chain is broken: {wrong[0].en}; take another backup")
    if contents.events is not None:
        with closing(open_event_store(str(staging / EVENTS), read_only=True)) as events:
            found = events.count(Query())
        if found != contents.events:
            raise Problem(f"{found} of {contents.events} events were restored; take another backup")
