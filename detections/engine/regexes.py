"""Regular expressions of rules: PCRE-like, searched unanchored, never without a bound on their time."""

import re
from collections.abc import Sequence
from functools import lru_cache

import regex

from detections.engine.kept import Kept
from detections.engine.prefilter import Prefilter
from detections.engine.rule import Unsupported

#: A longer expression is no rule a person wrote.
LONGEST = 16_384
#: Seconds that one search may take, and that a rule's expression may take on a hostile text when it is loaded.
SEARCH_LIMIT, TRIAL_LIMIT = 0.25, 0.05
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}
#: Fewer expressions are searched one by one.
_WORTH_FILTERING = 4
#: Only an expression that repeats a group can take exponential time.
_REPEATED_GROUP = re.compile(r"(?<!\\)\)(?:[*+]|\{\d)")
_LITERAL = re.compile(r"[A-Za-z0-9 _./:=-]+")
_ESCAPE = re.compile(r"\\.|\[[^]]*\]|\(\?[a-zA-Z:<!=]*|\{[\d,]*\}")


def compiled(pattern: str, letters: str) -> "regex.Pattern[str]":
    """Raises Unsupported where the expression is not valid."""
    flags = regex.VERSION0
    for letter in letters:
        flags |= _FLAGS[letter]
    try:
        return regex.compile(pattern, flags)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise Unsupported(f"regular expression {pattern[:80]!r} is not valid: {error}") from None


@lru_cache(4096)
def check_regex(pattern: str, letters: str) -> None:
    """Raises Unsupported for an expression that is too long, wrong, or takes exponential time."""
    if len(pattern) > LONGEST:
        raise Unsupported(f"regular expression of {len(pattern)} characters; at most {LONGEST} are taken")
    made = compiled(pattern, letters)
    if not _REPEATED_GROUP.search(pattern):
        return
    for text in _hostile(pattern):
        try:
            made.search(text, timeout=TRIAL_LIMIT)
        except TimeoutError:
            raise Unsupported(
                f"regular expression {pattern[:80]!r} takes exponential time (tried on {text[:12]!r}…); "
                "do not repeat a group that itself repeats"
            ) from None


def _hostile(pattern: str) -> list[str]:
    """Texts that repeat what the expression is made of and end in what it cannot expect."""
    runs = [run for run in _LITERAL.findall(_ESCAPE.sub("\n", pattern)) if run]
    letters = {letter for run in runs for letter in run}
    units = list(dict.fromkeys([*sorted(letters)[:12], *runs[:8], "a", "0", " ", "\\", "+"]))
    return [unit * times + "\x01" for unit in units for times in (19, 40)]


class RegexSet:
    """Several expressions on one value. Hyperscan tells all of plain text at once, the others are searched one by one."""

    def __init__(self, expressions: Sequence[tuple[str, str]], kept: Kept) -> None:
        self._exact = [compiled(pattern, letters) for pattern, letters in expressions]
        self._filter = Prefilter(expressions, kept) if len(expressions) >= _WORTH_FILTERING else None
        self.timeouts = 0

    def matching(self, value: str) -> list[int]:
        """The numbers of the expressions that are found in the value. A search out of time finds nothing."""
        if self._filter is None or not value.isascii():
            return [number for number in range(len(self._exact)) if self._search(number, value)]
        found = self._filter.candidates(value.encode())
        if not self._filter.unsure:
            return found
        return [one for one in found if one not in self._filter.unsure or self._search(one, value)]

    def _search(self, number: int, value: str) -> bool:
        try:
            return self._exact[number].search(value, timeout=SEARCH_LIMIT) is not None
        except TimeoutError:
            self.timeouts += 1
            return False
