"""The texts of rules: from files, folders and release archives."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from detections.engine.rule import Refusal
from taishi.core.problems import Problem

#: Beside our own rules: their match and no-match examples.
EXAMPLES = ".examples.yml"
#: Bytes of one file beyond which it is no rule: pySigma is not even loaded for it.
MOST_BYTES = 2 << 20
_SUFFIXES = (".yml", ".yaml")
#: Files in one archive beyond which it is no pack of rules.
_MOST_FILES = 100_000

#: A path as shown, and its text or why there is none.
Found = tuple[str, str | Refusal]


def texts(path: Path) -> Iterator[Found]:
    """Every rule file under a folder, in an archive, or the file itself. Raises Problem for no such path."""
    if path.is_dir():
        for found in sorted(_below(str(path))):
            yield found, _read(found)
    elif path.suffix == ".zip" and path.is_file():
        yield from _zipped(path)
    elif path.is_file():
        yield str(path), _read(str(path))
    else:
        raise Problem(f"{path}: no such folder, rule or archive; check the path")


def _below(folder: str) -> Iterator[str]:
    """Rule files under a folder. Plain paths: thousands of them are looked through at each start."""
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(_SUFFIXES) and not name.endswith(EXAMPLES):
                yield os.path.join(parent, name)


def _read(path: str) -> str | Refusal:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return Refusal(path, "is no file that can be read: a pipe or a device")
        with open(path, "rb", buffering=0) as file:
            content = file.read(MOST_BYTES + 1)
        return _too_large(path) if len(content) > MOST_BYTES else _decoded(path, content)
    except OSError as error:
        return Refusal(path, f"cannot be read: {error.strerror}")


#: What a damaged archive, or one entry of it, raises.
_DAMAGED = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError)


def _zipped(path: Path) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda one: one.filename)[:_MOST_FILES]:
                if member.filename.endswith(_SUFFIXES) and not member.filename.endswith(EXAMPLES):
                    name = f"{path}!{member.filename}"
                    yield name, _unzipped(name, archive, member)
    except (*_DAMAGED, OSError) as error:
        raise Problem(f"{path}: is not a zip archive that can be read ({error}); download it again") from None


def _unzipped(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str | Refusal:
    if member.file_size > MOST_BYTES:
        return _too_large(name)
    try:
        return _decoded(name, archive.read(member))
    except _DAMAGED as error:
        return Refusal(name, f"cannot be unpacked: {error}")


def _decoded(name: str, content: bytes) -> str | Refusal:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Refusal(name, "is not UTF-8 text")


def _too_large(name: str) -> Refusal:
    return Refusal(name, f"larger than {MOST_BYTES >> 20} MiB; a rule is a few KiB")
