"""Little-endian fields of Windows protocols; what is cut off reads as zero or nothing, never as an error."""

import re

_READABLE = re.compile(r"[\x20-\x7e\t\r\n\u4e00-\u9fff]{3,}")


def u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def u64(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def wide(data: bytes) -> str:
    """UTF-16 text up to its end or a NUL."""
    return data[: len(data) & ~1].decode("utf-16-le", "replace").split("\0", 1)[0]


def wide_strings(data: bytes, limit: int = 8) -> list[str]:
    """Runs of readable UTF-16 at even places: the strings among the arguments of a call, however packed.

    Arbitrary bytes read as Chinese once in three; without one ASCII letter a run counts only before a NUL.
    """
    text = data[: len(data) & ~1].decode("utf-16-le", "replace")
    found: list[str] = []
    for run in _READABLE.finditer(text):
        if any(letter < "\x7f" for letter in run[0]) or text[run.end() : run.end() + 1] == "\0":
            found.append(run[0].strip())
            if len(found) == limit:
                break
    return found
