"""Regular expressions of rules: PCRE-like, searched unanchored, never without a bound on their time."""

import re
from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter

import regex  # type: ignore[import-untyped]  # the library has no types

from detections.engine.prefilter import Prefilter
from detections.engine.rule import Unsupported
from taishi.kit.kept import Kept

#: A longer expression is no rule a person wrote.
LONGEST = 16_384
#: Seconds that one search may take, and that an expression may take on a hostile text when it is loaded.
SEARCH_LIMIT, TRIAL_LIMIT = 0.25, 0.05
#: Seconds after which no further hostile text is tried.
_TRIALS_LIMIT = 0.5
#: Repeated groups in repeated groups: each doubles what the compiled expression takes of memory.
_MOST_NESTED = 8
_FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}
#: Fewer expressions are searched one by one.
_WORTH_FILTERING = 4
#: Only an expression that repeats a group can take exponential time.
_REPEATED_GROUP = re.compile(r"(?<!\\)\)(?:[*+]|\{\d)")
_GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^]\\])*\]|(?P<opens>\()|\)(?P<repeated>[*+]|\{\d)?", re.DOTALL)
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
    check_length(pattern)
    if _nested(pattern) > _MOST_NESTED:
        raise Unsupported(
            f"regular expression {pattern[:80]!r}: repeated groups nest more than {_MOST_NESTED} deep"
        )
    made = compiled(pattern, letters)
    if not _REPEATED_GROUP.search(pattern):
        return
    begun = perf_counter()
    for text in _hostile(pattern):
        if perf_counter() - begun > _TRIALS_LIMIT:
            return
        try:
            made.search(text, timeout=TRIAL_LIMIT)
        except TimeoutError:
            raise Unsupported(
                f"regular expression {pattern[:80]!r} takes exponential time (tried on {text[:12]!r}…); "
                "do not repeat a group that itself repeats"
            ) from None


def check_length(pattern: str) -> None:
    """Raises Unsupported for an expression that is too long to be compiled in time."""
    if len(pattern) > LONGEST:
        raise Unsupported(f"regular expression of {len(pattern)} characters; at most {LONGEST} are taken")


def _nested(pattern: str) -> int:
    """How many repeated groups stand in one another at the most."""
    within = [0]
    for found in _GROUP.finditer(pattern):
        if found["opens"]:
            within.append(0)
        elif found[0].startswith(")") and len(within) > 1:
            depth = within.pop() + bool(found["repeated"])
            within[-1] = max(within[-1], depth)
    return max(within)


def _hostile(pattern: str) -> list[str]:
    """Texts that repeat what the expression is made of and end in what it cannot expect."""
    runs = [run for run in _LITERAL.findall(_ESCAPE.sub("\n", pattern)) if run]
    letters = {letter for run in runs for letter in run}
    units = list(dict.fromkeys([*sorted(letters)[:12], *runs[:8], "a", "0", " ", "\\", "+"]))
    return [unit * times + "\x01" for unit in units for times in (19, 40)]


class RegexSet:
    """Several expressions on one value: plain text by Hyperscan, all at once, the rest one by one."""

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
