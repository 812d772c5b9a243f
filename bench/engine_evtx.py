"""Copies of the corpus's EVTX files with other users, machines, GUIDs, times and hashes in them.

Values are changed in place, each for one of the same length, because nothing writes EVTX: so chunk checksums
no longer fit (readers of logs that were torn ignore them, and so does the parser that we use).
"""

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from string import ascii_lowercase
from uuid import UUID

from engine_events import accounts, hosts
from engine_records import records

from taishi.core.event import Json

_WIDE_DIGEST = re.compile(rb"(?<==\x00)(?:[0-9A-Fa-f]\x00){32,64}")
#: Minutes, seconds and milliseconds of Sysmon's UtcTime.
_WIDE_TIME = re.compile(rb"(?<=:\x00)[0-5]\x00[0-9]\x00:\x00[0-5]\x00[0-9]\x00\.\x00(?:[0-9]\x00){3}")
_GUID = re.compile(r"\{?([0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12})\}?")


def copies(corpus: Path, files: Sequence[Path], folder: Path, count: int, seed: int) -> list[Path]:
    """Writes `count` copies of every file, each copy with fresh values; their paths."""
    rng, made = Random(seed), list[Path]()  # noqa: S311 - repeatable make-believe, no secret
    for number, path in enumerate(files):
        content = path.read_bytes()
        names, guids = _values(corpus, path)
        for copy in range(count):
            target = folder / f"{copy:03d}-{number:03d}.evtx"
            target.write_bytes(_renewed(content, names, guids, rng))
            made.append(target)
    return made


def _values(corpus: Path, path: Path) -> tuple[list[str], list[bytes]]:
    """Names of people and machines in a file, longest first, and GUIDs of processes as their 16 bytes."""
    names, guids = set[str](), set[bytes]()
    for record in records(corpus, [path]):
        names |= (accounts(record.flat) | hosts(record.flat)) - record.flat.keys()
        guids |= {found for name, value in record.flat.items() if (found := _guid(name, value))}
    return sorted(names, key=lambda name: (-len(name), name)), sorted(guids)


def _guid(name: str, value: Json) -> bytes:
    """Empty where the field holds no GUID, or the nil one, whose bytes stand everywhere."""
    found = _GUID.fullmatch(value) if name.endswith(("Guid", "GUID")) and isinstance(value, str) else None
    given = UUID(found[1]) if found else UUID(int=0)
    return given.bytes_le if given.int else b""


def _renewed(content: bytes, names: Sequence[str], guids: Sequence[bytes], rng: Random) -> bytes:
    for name in names:
        new = "".join(rng.choice(ascii_lowercase) if letter.isalnum() else letter for letter in name)
        content = content.replace(name.encode("utf-16-le"), new.encode("utf-16-le"))
    for guid in guids:
        content = content.replace(guid, rng.randbytes(16))
    content = _WIDE_DIGEST.sub(
        lambda found: _wide(f"{rng.getrandbits(256):064X}"[: len(found[0]) // 2]), content
    )
    return _WIDE_TIME.sub(
        lambda _: _wide(f"{rng.randrange(60):02d}:{rng.randrange(60):02d}.{rng.randrange(1000):03d}"), content
    )


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")
