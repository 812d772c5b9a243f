"""What was worked out once and is kept on disk, by the hash of what it was worked out from."""

import hashlib
import logging
import os
from pathlib import Path

log = logging.getLogger("taishi.engine")

#: Files of one sort that stay; the oldest go when there are more.
_MOST = 12


class Kept:
    """A folder of our own. Losing it costs time and nothing else; `None` keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder if folder is not None and _is_ours(folder) else None

    def get(self, sort: str, told: str) -> bytes | None:
        """What was kept under this description, None where nothing was."""
        if self._folder is None:
            return None
        try:
            return self._path(self._folder, sort, told).read_bytes()
        except OSError:
            return None

    def put(self, sort: str, told: str, content: bytes) -> None:
        """Keeps it; where that is not possible the log says so and work goes on."""
        if self._folder is None:
            return
        path = self._path(self._folder, sort, told)
        new = path.with_suffix(f".{os.getpid()}.new")
        try:
            new.write_bytes(content)
            new.replace(path)
            _forget_oldest(self._folder, sort)
        except OSError as error:
            log.info("%s: cannot be kept (%s)", path, error)

    @staticmethod
    def _path(folder: Path, sort: str, told: str) -> Path:
        return folder / f"{sort}.{hashlib.blake2b(told.encode(errors='replace'), digest_size=20).hexdigest()}"


def default_folder() -> Path:
    """`TAISHI_CACHE`, else the user's cache folder (XDG Base Directory Specification)."""
    named = os.environ.get("TAISHI_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "taishi"


def _is_ours(folder: Path) -> bool:
    """Makes the folder; False where another account could have laid files into it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        log.info("%s: nothing is kept (%s)", folder, error)
        return False
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        log.warning("%s: others may write there; nothing is kept", folder)
        return False
    return True


def _forget_oldest(folder: Path, sort: str) -> None:
    kept = sorted(folder.glob(f"{sort}.*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[_MOST:]:
        path.unlink(missing_ok=True)
