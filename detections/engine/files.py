"""The texts of rules: from files, folders and release archives."""

import zipfile
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
    """Every rule file under a folder, in an archive, or the file itself. Raises Problem where there is none."""
    if path.is_dir():
        for found in sorted(one for suffix in _SUFFIXES for one in path.rglob(f"*{suffix}")):
            if not found.name.endswith(EXAMPLES) and found.is_file():
                yield str(found), _read(found)
    elif path.suffix == ".zip" and path.is_file():
        yield from _zipped(path)
    elif path.is_file():
        yield str(path), _read(path)
    else:
        raise Problem(f"{path}: no such folder, rule or archive; check the path")


def _read(path: Path) -> str | Refusal:
    try:
        if path.stat().st_size > MOST_BYTES:
            return _too_large(str(path))
        return _decoded(str(path), path.read_bytes())
    except OSError as error:
        return Refusal(str(path), f"cannot be read: {error.strerror}")


def _zipped(path: Path) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in sorted(archive.infolist(), key=lambda one: one.filename)[:_MOST_FILES]:
                if member.filename.endswith(_SUFFIXES) and not member.filename.endswith(EXAMPLES):
                    name = f"{path}!{member.filename}"
                    too_large = member.file_size > MOST_BYTES
                    yield name, _too_large(name) if too_large else _decoded(name, archive.read(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Problem(f"{path}: is not a zip archive that can be read ({error}); download it again") from None


def _decoded(name: str, content: bytes) -> str | Refusal:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Refusal(name, "is not UTF-8 text")


def _too_large(name: str) -> Refusal:
    return Refusal(name, f"larger than {MOST_BYTES >> 20} MiB; a rule is a few KiB")
