"""A folder, file or release zip of rules, taken into a folder of our own: only rules, nothing beside it."""

import os
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from taishi.core.problems import Problem

#: SigmaHQ's 4,000 rules are 14 MB; beyond this it is no rule pack.
MOST_FILES, MOST_BYTES = 50_000, 256 << 20
_CHUNK = 1 << 16
SUFFIXES = (".yml", ".yaml")
#: A release's own note of what it is (SigmaHQ's release zips carry one).
_NOTES = ("version.txt", "VERSION")
_COMMIT, _REFERENCE = re.compile(r"[0-9a-f]{40}"), re.compile(r"ref: (refs(?:/[\w+-][\w.+-]*)+)")
#: What the zipfile module and its decompressors raise for an archive that is damaged or encrypted.
_BROKEN = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, ValueError, RuntimeError, OverflowError)


@dataclass(frozen=True)
class Release:
    """What was taken. `sha256` is of the file as it came; of a folder, over the rules' names and contents.

    `version`: the commit or release as the source itself says it, empty where it says nothing.
    `left_out`: files in folders that a SigmaHQ checkout keeps beside its rules, by folder.
    """

    version: str
    sha256: str
    files: int
    left_out: dict[str, int]


def take_release(path: Path, into: Path) -> Release:
    """Copies the rule files of `path` below the new folder `into`. Raises Problem where it cannot be used."""
    into.mkdir(parents=True)
    if path.is_dir():
        return _from_folder(path, into)
    if not path.is_file():
        raise Problem(f"{path}: no such folder, rule or archive; check the path")
    if not zipfile.is_zipfile(path):
        if path.suffix == ".zip":
            raise Problem(f"{path}: is not a zip archive; download it again")
        name = path.name if path.suffix in SUFFIXES else f"{path.name}.yml"
        keeper = _Keeper(path, into)
        with path.open("rb") as file:
            keeper.keep(PurePosixPath(name), file)
        return Release("", _digest(path), 1, {})
    with _archive(path) as archive:
        return _from_zip(path, archive, into)


class _Keeper:
    """Writes rule files below a folder within the bounds on number and size."""

    def __init__(self, path: Path, into: Path) -> None:
        self._path, self._into = path, into
        self.files = self._bytes = 0
        self.hash = sha256()

    def keep(self, name: PurePosixPath, file: IO[bytes]) -> None:
        target = self._into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.files += 1
        self.hash.update(f"{name}\0".encode("utf-8", "surrogateescape"))
        with target.open("xb") as kept:
            while chunk := file.read(_CHUNK):
                self._bytes += len(chunk)
                if self.files > MOST_FILES or self._bytes > MOST_BYTES:
                    most = f"{MOST_FILES:,} files or {MOST_BYTES >> 20} MiB"
                    raise Problem(f"{self._path}: unpacks to more than {most}; that is no rule pack")
                self.hash.update(chunk)
                kept.write(chunk)


def _from_folder(path: Path, into: Path) -> Release:
    keeper, top = _Keeper(path, into), path.resolve()
    names = [PurePosixPath(found.relative_to(path).as_posix()) for found in _rule_files(path)]
    wanted, left_out = _rules_among(names)
    for name in wanted:
        if not (path / name).resolve().is_relative_to(top):
            raise Problem(f"{path / name}: is a link out of the folder; remove it")
        with (path / name).open("rb") as file:
            keeper.keep(name, file)
    return Release(_commit(path), keeper.hash.hexdigest(), keeper.files, left_out)


def _rule_files(path: Path) -> Iterator[Path]:
    """Below folders with a leading dot (.git, .github) there are no rules."""
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name[0] != ".")
        for found in (Path(folder) / name for name in sorted(names) if name.endswith(SUFFIXES)):
            if found.is_file():
                yield found


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _BROKEN as error:
        said = " ".join(str(error).split())[:200]
        raise Problem(f"{path}: cannot be unpacked ({said}); download it again") from None
    except OSError as error:
        said = error.strerror or str(error)
        raise Problem(f"{path}: cannot be unpacked here ({said}); check the archive and free space") from None


def _from_zip(path: Path, archive: zipfile.ZipFile, into: Path) -> Release:
    members = {name: info for info in archive.infolist() if (name := _member(path, info))}
    top = _single_top(members)
    inside = {name.relative_to(top): info for name, info in members.items()}
    wanted, left_out = _rules_among([name for name in inside if name.suffix in SUFFIXES])
    keeper = _Keeper(path, into)
    for name in wanted:
        with archive.open(inside[name]) as file:
            keeper.keep(name, file)
    return Release(_zip_version(archive, inside, top), _digest(path), keeper.files, left_out)


def _member(path: Path, info: zipfile.ZipInfo) -> PurePosixPath | None:
    """Where a member would go; None for a folder. Raises Problem for a name that leads out, or a link."""
    name = PurePosixPath(info.filename)
    parts = name.parts
    if name.is_absolute() or ".." in parts or "\\" in info.filename or re.match(r"[A-Za-z]:", info.filename):
        raise Problem(
            f"{path}: holds {info.filename!r}, which leads out of the folder; do not use this archive"
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Problem(f"{path}: holds a link, {info.filename!r}; do not use this archive")
    hidden = not parts or any(part[0] == "." for part in parts)
    if hidden or info.is_dir():  # a name without a letter is hidden, and is_dir() fails on it
        return None
    if not info.filename.isprintable():
        raise Problem(
            f"{path}: holds a name that cannot be printed, {info.filename!r}; do not use this archive"
        )
    return name


def _single_top(members: dict[PurePosixPath, zipfile.ZipInfo]) -> PurePosixPath:
    """The folder that everything lies in (`sigma-<commit>` in a checkout's zip), else the archive itself.

    A folder called as SigmaHQ calls its kinds of rules is content, not wrapping.
    """
    tops = {name.parts[0] for name in members}
    only = next(iter(tops)) if len(tops) == 1 else ""
    wraps = only and all(len(name.parts) > 1 for name in members) and not _holds_rules(only)
    return PurePosixPath(only if wraps else ".")


def _holds_rules(folder: str) -> bool:
    return folder == "rules" or folder.startswith("rules-")


def _rules_among(names: list[PurePosixPath]) -> tuple[list[PurePosixPath], dict[str, int]]:
    """Of a SigmaHQ checkout or release only `rules` and `rules-*`; of anything else every file."""
    if not any(len(name.parts) > 1 and _holds_rules(name.parts[0]) for name in names):
        return names, {}
    wanted = [name for name in names if _holds_rules(name.parts[0])]
    return wanted, dict(Counter(name.parts[0] for name in names if not _holds_rules(name.parts[0])))


def _zip_version(
    archive: zipfile.ZipFile, inside: dict[PurePosixPath, zipfile.ZipInfo], top: PurePosixPath
) -> str:
    """A note in the archive; the commit that GitHub writes as its comment; the wrapping folder's name."""
    for note in _NOTES:
        info = inside.get(PurePosixPath(note))
        if info is not None:
            with archive.open(info) as file:
                return _shown(file.read(200))
    comment = archive.comment.decode("ascii", "replace").strip()
    if _COMMIT.fullmatch(comment):
        return comment
    return top.name if top.name != "." else ""


def _shown(note: bytes) -> str:
    line = next(iter(note.decode("utf-8", "replace").strip().splitlines()), "")
    shown = "".join(letter for letter in line if letter.isprintable())
    return shown.removeprefix("Release:").strip()[:100]


def _commit(path: Path) -> str:
    """The commit of a git checkout (gitrepository-layout(5)), or what its own note says."""
    for note in _NOTES:
        if (path / note).is_file():
            with (path / note).open("rb") as file:
                return _shown(file.read(200))
    git = path / ".git"
    head = _line(git / "HEAD")
    if _COMMIT.fullmatch(head):
        return head
    named = _REFERENCE.fullmatch(head)
    if named is None:
        return ""
    packed = (line.split() for line in _lines(git / "packed-refs"))
    listed = next((one[0] for one in packed if one[1:] == [named.group(1)]), "")
    found = _line(git / named.group(1)) or listed
    return found if _COMMIT.fullmatch(found) else ""


def _line(path: Path) -> str:
    return next(iter(_lines(path)), "")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
