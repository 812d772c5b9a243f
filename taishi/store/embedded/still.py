"""A moment of an embedded store that another process goes on writing: files that change no more."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from taishi.core.problems import Problem
from taishi.store.embedded.folder import Folder
from taishi.store.embedded.manifest import Listing, Manifest
from taishi.store.embedded.recovery import mapped
from taishi.store.embedded.segments import beside
from taishi.store.spool import Damage, Frame, scan

#: A spool may roll between reading the manifest and holding the file; so often in a row it never does.
_TRIES = 20


@dataclass(frozen=True)
class Still:
    """`events`: how many it holds."""

    events: int


def hold_still(root: Path, scratch: Path) -> Still:
    """Makes `scratch`, on the same file system, the store as it is now: segments as further names of the same
    files, which nobody changes. Raises Problem where there is no store.
    """
    source, held = Folder(root), Folder(scratch)
    if not source.manifest.exists():
        raise Problem(f"{root}: holds no event store")
    held.make()
    for _ in range(_TRIES):
        copy_database(source.manifest, held.manifest)
        with closing(Manifest(held.manifest, read_only=True)) as manifest:
            listing, runs = manifest.listing(), [name for name, _ in manifest.known()]
        try:
            spooled = _hold(source, held, listing, runs)
        except FileNotFoundError:
            continue
        return Still(sum(one.rows for one in listing.segments) + spooled)
    raise Problem(f"{root}: changes too fast to be copied; try again")


def _hold(source: Folder, held: Folder, listing: Listing, runs: list[str]) -> int:
    """Gives the rows of the spool. Raises FileNotFoundError where something was replaced meanwhile."""
    for segment in listing.segments:
        path = source.segments / segment.path
        _link(path, held.segments / segment.path)
        for one, other in zip(beside(path), beside(held.segments / segment.path), strict=True):
            if one.exists():
                _link(one, other)
    for name in runs:
        if (source.known / name).exists():  # made again where they are missing
            _link(source.known / name, held.known / name)
    return _spool(source.spool(listing.generation), held.spool(listing.generation), listing.marker)


def _link(path: Path, name: Path) -> None:
    name.unlink(missing_ok=True)
    name.hardlink_to(path)


def _spool(path: Path, copy: Path, marker: bytes) -> int:
    """Whole frames only: what is being written now is for the next backup."""
    rows, end, data = 0, 0, mapped(path)
    if not path.exists():
        raise FileNotFoundError(path)
    for part in scan(data, marker):
        if not isinstance(part, Damage):
            end = part.end
        if isinstance(part, Frame):
            rows += part.rows.num_rows
    copy.write_bytes(data[:end])
    return rows


def copy_database(path: Path, copy: Path) -> None:
    """A SQLite file as it is at one moment, also while others write it. Raises Problem."""
    try:
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise Problem(f"{path}: cannot be copied ({error}); run `taishi doctor`") from error
