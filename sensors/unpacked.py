"""Sources for libraries that read nothing but plain files; and how much may become of a small one."""

import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from taishi.core.problems import Problem
from taishi.core.source import Source

#: What one gzip may unpack to on disk: more than a day's capture here, less than a temporary folder holds.
UNPACKED_BYTES = 2 << 30
#: A document that is parsed as a whole stands in memory several times over.
DOCUMENT_BYTES = 256 << 20
#: Small, for what is unpacked in one call is lost where the gzip is damaged within it.
_PIECE = 4096


@contextmanager
def plain_file(source: Source, damaged: Callable[[str], None]) -> Iterator[Path]:
    """The source's content as a file, unpacked to a temporary one where it was gzip.

    What comes before a damaged place stays, and `damaged` is told. Raises Problem beyond `UNPACKED_BYTES`.
    """
    if not source.packed:
        yield source.path.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="taishi-") as folder:
        path = Path(folder) / "content"
        try:
            _unpack(source, path)
        except (EOFError, OSError, zlib.error) as error:
            damaged(f"gzip is damaged ({error})")
        yield path


def _unpack(source: Source, target: Path) -> None:
    size = 0
    with target.open("wb") as file, source.open() as content:
        while piece := content.read(_PIECE):
            size += len(piece)
            if size > UNPACKED_BYTES:
                raise too_large(source, "unpacks to", UNPACKED_BYTES)
            file.write(piece)


def too_large(source: Source, what: str, limit: int) -> Problem:
    """`what` names the act that went over the limit (in bytes)."""
    size = f"{limit / (1 << 20):.0f} MiB" if limit >= 1 << 20 else f"{limit} bytes"
    return Problem(f"{source.path}: {what} more than {size}; unpack it and give the parts")
