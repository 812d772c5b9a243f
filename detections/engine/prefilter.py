"""Which of many regular expressions match a value: Hyperscan, compiled once and kept."""

import json
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version

import hyperscan
import numpy as np
from numpy.typing import NDArray

from taishi.kit.kept import Kept

#: Numbers of the expressions that are always candidates, and the database of the others.
_Parts = tuple[list[int], "hyperscan.Database | None"]
_LETTERS = {
    "i": hyperscan.HS_FLAG_CASELESS,
    "m": hyperscan.HS_FLAG_MULTILINE,
    "s": hyperscan.HS_FLAG_DOTALL,
}
#: Whether an expression matches, and every place where one does.
_WHETHER, _WHERE = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY, 0


class Prefilter:
    """For ASCII values: bytes and characters are the same there, and so are what PCRE and we call a match.

    `unsure` are the expressions that Hyperscan cannot take (references back, looking around).
    """

    def __init__(self, expressions: Sequence[tuple[str, str]], kept: Kept) -> None:
        self.unsure, self._database = _known("regexes", expressions, kept, _WHETHER)
        self._scratch = hyperscan.Scratch(self._database) if self._database else None

    def candidates(self, value: bytes) -> list[int]:
        """The numbers of the expressions that match, and of all unsure ones."""
        found = list(self.unsure)
        if self._database is not None:
            self._database.scan(
                value,
                match_event_handler=lambda number, *_: found.append(number),
                scratch=self._scratch,
            )
        return found


class Places:
    """All places where some plain texts stand in many bytes, ASCII letters in either case."""

    def __init__(self, texts: Sequence[str], kept: Kept) -> None:
        expressions = [(re.escape(text), "i") for text in texts]
        _, self._database = _known("keywords", expressions, kept, _WHERE)
        self._scratch = hyperscan.Scratch(self._database)

    def find(self, values: bytes | memoryview) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        """Numbers of the texts that are found, and where each ends."""
        found: list[tuple[int, int]] = []
        assert self._database is not None  # noqa: S101 - Hyperscan takes all plain texts
        self._database.scan(
            values,  # type: ignore[type-var]  # any buffer will do
            match_event_handler=lambda number, _begin, end, *_: found.append((number, end)),
            scratch=self._scratch,
        )
        numbers, ends = np.array(found, np.int64).reshape(-1, 2).T
        return numbers, ends


def _known(sort: str, expressions: Sequence[tuple[str, str]], kept: Kept, flags: int) -> _Parts:
    """As compiled before, where that was kept."""
    told = repr((version("hyperscan"), platform.machine(), expressions))
    parts = _loaded(kept.get(sort, told))
    if parts is None:
        parts = _made(expressions, flags)
        unsure, database = parts
        if database is not None:
            kept.put(sort, told, _dumped(unsure, database))
    return parts


def _made(expressions: Sequence[tuple[str, str]], flags: int) -> _Parts:
    numbered = list(enumerate(expressions))
    try:
        return [], _compiled(numbered, flags)
    except hyperscan.error:
        taken = [one for one in numbered if _is_taken(one, flags)]
    always = [number for number, _ in numbered if number not in dict(taken)]
    return always, _compiled(taken, flags) if taken else None


def _is_taken(one: tuple[int, tuple[str, str]], flags: int) -> bool:
    try:
        _compiled([one], flags)
    except hyperscan.error:
        return False
    return True


def _compiled(numbered: Sequence[tuple[int, tuple[str, str]]], flags: int) -> hyperscan.Database:
    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(
        expressions=[pattern.encode() for _, (pattern, _) in numbered],
        ids=[number for number, _ in numbered],
        flags=[flags | _flags(letters) for _, (_, letters) in numbered],
    )
    return made


def _flags(letters: str) -> int:
    flags = 0
    for letter in letters:
        flags |= _LETTERS[letter]
    return flags


def _dumped(always: list[int], database: hyperscan.Database) -> bytes:
    return json.dumps(always).encode() + b"\n" + hyperscan.dumpb(database)


def _loaded(content: bytes | None) -> _Parts | None:
    """None where nothing was kept, or what was kept is of another machine or damaged."""
    if content is None:
        return None
    told, _, database = content.partition(b"\n")
    try:
        return json.loads(told), hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK)
    except (hyperscan.error, ValueError):
        return None
