"""Which of many regular expressions match a value: Hyperscan, compiled once and kept."""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version

import hyperscan

from taishi.kit.kept import Kept

#: Numbers of the expressions that are always candidates, and the database of the others.
_Parts = tuple[list[int], "hyperscan.Database | None"]
_LETTERS = {
    "i": hyperscan.HS_FLAG_CASELESS,
    "m": hyperscan.HS_FLAG_MULTILINE,
    "s": hyperscan.HS_FLAG_DOTALL,
}
#: Only whether an expression matches is asked.
_WHETHER = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY


class Prefilter:
    """For ASCII values: bytes and characters are the same there, and so are what PCRE and we call a match.

    `unsure` are the expressions that Hyperscan cannot take (references back, looking around).
    """

    def __init__(self, expressions: Sequence[tuple[str, str]], kept: Kept) -> None:
        self.unsure, self._database = _known(expressions, kept)
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


def _known(expressions: Sequence[tuple[str, str]], kept: Kept) -> _Parts:
    """As compiled before, where that was kept."""
    told = repr((version("hyperscan"), platform.machine(), expressions))
    parts = _loaded(kept.get("regexes", told))
    if parts is None:
        parts = _made(expressions)
        unsure, database = parts
        if database is not None:
            kept.put("regexes", told, _dumped(unsure, database))
    return parts


def _made(expressions: Sequence[tuple[str, str]]) -> _Parts:
    numbered = list(enumerate(expressions))
    try:
        return [], _compiled(numbered)
    except hyperscan.error:
        taken = [one for one in numbered if _is_taken(one)]
    always = [number for number, _ in numbered if number not in dict(taken)]
    return always, _compiled(taken) if taken else None


def _is_taken(one: tuple[int, tuple[str, str]]) -> bool:
    try:
        _compiled([one])
    except hyperscan.error:
        return False
    return True


def _compiled(numbered: Sequence[tuple[int, tuple[str, str]]]) -> hyperscan.Database:
    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(
        expressions=[pattern.encode() for _, (pattern, _) in numbered],
        ids=[number for number, _ in numbered],
        flags=[_WHETHER | _flags(letters) for _, (_, letters) in numbered],
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
