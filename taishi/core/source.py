"""A thing that bytes come from, known by its content: a file, plain or gzip, or what came over a network."""

import gzip
import io
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from taishi.core.ids import stable_id
from taishi.core.problems import Problem

_GZIP = b"\x1f\x8b"
#: How much of the beginning sensors may look at to recognise a kind.
HEAD_BYTES = 65536

#: Called with the record's zero-based position, the reason and the raw bytes of a damaged record.
Reject = Callable[[int, str, bytes], None]


@dataclass(frozen=True)
class Received:
    """Content that is in memory only, and when it came.

    `names`: where records came one by one, a name for each line. It makes the ids of what the line holds, in
    place of where it stood, and a damaged record is told by its line.
    """

    content: bytes
    at: datetime
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Source:
    """One input. `head` is the beginning of its content after unpacking. What came over a network is
    `received` and has no file: its `path` only names it.
    """

    path: Path
    head: bytes
    packed: bool = False
    identity: str = field(default="")
    received: "Received | None" = None

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Raises Problem where the path cannot be read or is empty."""
        try:
            if path.exists() and not path.is_dir() and not path.is_file():
                raise Problem(f"{path}: is a pipe or device; write it to a file first")
            with path.open("rb") as raw:
                packed = raw.read(2) == _GZIP
            source = cls(path, b"", packed)
            with source.open() as content:
                head = content.read(HEAD_BYTES)
        except FileNotFoundError:
            raise Problem(f"{path}: no such file; check the path") from None
        except IsADirectoryError:
            raise Problem(f"{path}: is a folder; name the files in it") from None
        except (OSError, EOFError, zlib.error) as error:
            raise Problem(f"{path}: cannot be read ({error}); check the file and its rights") from None
        if not head:
            raise Problem(f"{path}: is empty; nothing to read")
        return cls(path, head, packed, _identity(head))

    @classmethod
    def received_as(
        cls, name: str, content: bytes, at: datetime, identity: str, names: Sequence[str] = ()
    ) -> "Source":
        """What came over a network at a moment. `identity`: what events' ids are made from, with the place of
        each record in the content; the same for the same delivery, another for another. `names`: see
        `Received`.
        """
        return cls(Path(name), content[:HEAD_BYTES], identity=identity, received=Received(content, at, names))

    @property
    def written(self) -> datetime:
        """When its last record was written, at the latest: of a file its last change; UTC."""
        if self.received is not None:
            return self.received.at
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def open(self) -> BinaryIO:
        """The content as bytes, unpacked where it was gzip."""
        if self.received is not None:
            return io.BytesIO(self.received.content)
        if self.packed:
            return cast(BinaryIO, io.BufferedReader(gzip.open(self.path, "rb")))
        return self.path.open("rb")


def _identity(head: bytes) -> str:
    """What the file begins with: stays the same while it grows, is renamed or packed.

    Text is known by its first line; binary content has none, so its first 512 bytes count.
    """
    start = head[:512]
    return stable_id(start if b"\0" in start else start.split(b"\n", 1)[0])
