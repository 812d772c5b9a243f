"""One text of a file, and how much of a file is taken."""

from collections.abc import Iterable
from dataclasses import dataclass

#: A line's number, from 1, and its text without the line's end. A very long line comes in pieces.
Line = tuple[int, str]


@dataclass(frozen=True)
class Part:
    """`within` is the place inside a container, empty for the file itself. Lines are read as they are asked
    for; asking raises Problem where the rest cannot be read."""

    within: str
    kind: str
    lines: Iterable[Line]


@dataclass(frozen=True)
class Unread:
    """What was not read, and why."""

    within: str
    why: str


@dataclass(frozen=True)
class Limits:
    """Bytes after unpacking, of all members together and of one office file; entries; archives in archives;
    how many times larger a member may become."""

    unpacked: int = 512 << 20
    office: int = 256 << 20
    entries: int = 20_000
    depth: int = 3
    ratio: int = 200
    pages: int = 5_000


LIMITS = Limits()
