"""All signs' patterns at once over a value, in time linear in its length (Hyperscan)."""

import platform
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from typing import NamedTuple

import hyperscan

from detections.web.families import Sign, signs
from detections.web.parts import Part
from detections.web.views import LONGEST, views
from taishi.kit.kept import Kept, default_folder

#: Letters before and at the end of a match that are shown.
_SHOWN = 70
#: Values that are remembered with what they showed: names, user agents and most values come again.
_REMEMBERED = 1 << 14
_FLAGS = hyperscan.HS_FLAG_DOTALL | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY


class Seen(NamedTuple):
    """A sign that was found, and the decoded text around it."""

    sign: Sign
    text: str


class Matcher:
    """Finds which signs a part shows."""

    def __init__(self, known: Sequence[Sign], kept: Kept) -> None:
        self._by_pattern = [sign for sign in known for _ in sign.patterns]
        patterns = [pattern for sign in known for pattern in sign.patterns]
        flags = [_FLAGS if one.case else _FLAGS | hyperscan.HS_FLAG_CASELESS for one in self._by_pattern]
        self._database = _database(patterns, flags, kept)
        self._scratch = hyperscan.Scratch(self._database)
        self._shown = lru_cache(maxsize=_REMEMBERED)(self._look)

    def seen(self, part: Part) -> list[Seen]:
        """Each sign once, with what it saw."""
        shown = self._shown(part.value[:LONGEST], part.form)
        return [Seen(sign, text) for sign, text in shown if part.place in sign.within] if shown else []

    def _look(self, value: str, form: bool) -> tuple[tuple[Sign, str], ...]:
        told: dict[str, tuple[Sign, str]] = {}
        for view in views(value, form=form):
            data = view.encode("utf-8", "replace")
            for number, end in self._found(data):
                sign = self._by_pattern[number]
                if sign.name not in told:
                    told[sign.name] = sign, _around(data, end)
        return tuple(told.values())

    def _found(self, data: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((number, end))

        self._database.scan(data, match_event_handler=note, scratch=self._scratch)
        return found


@cache
def matcher() -> Matcher:
    """The matcher of all signs; compiled once for a version of them and kept on disk."""
    return Matcher(list(signs().values()), Kept(default_folder()))


def _database(patterns: Sequence[str], flags: Sequence[int], kept: Kept) -> hyperscan.Database:
    """Compiled, or as it was kept."""
    told = repr((version("hyperscan"), platform.machine(), list(patterns), list(flags)))
    content = kept.get("web-signs", told)
    if content is not None:
        try:
            return hyperscan.loadb(content, hyperscan.HS_MODE_BLOCK)
        except (hyperscan.error, ValueError):
            pass  # made by another build of the library: compiled anew
    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(
        expressions=[one.encode() for one in patterns], ids=list(range(len(patterns))), flags=list(flags)
    )
    kept.put("web-signs", told, hyperscan.dumpb(made))
    return made


def _around(data: bytes, end: int) -> str:
    return data[max(0, end - _SHOWN) : end + 12].decode("utf-8", "replace")


def all_seen(parts: Iterable[Part]) -> dict[str, Seen]:
    """The signs that parts of one request show, by name; the first that showed one stands for it."""
    found: dict[str, Seen] = {}
    seen = matcher().seen
    for part in parts:
        for one in seen(part):
            found.setdefault(one.sign.name, one)
    return found
