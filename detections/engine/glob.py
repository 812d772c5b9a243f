"""Wildcard patterns with `*` and `?` inside, in time that grows with the value and not with the wildcards."""

import re
from collections.abc import Sequence


class Glob:
    """`parts` alternates literal, wildcard, literal … (see `Atom`)."""

    def __init__(self, parts: Sequence[str]) -> None:
        segments: list[list[str]] = [[]]
        for at, part in enumerate(parts):
            if at % 2 and part == "*":
                segments.append([])
            else:
                segments[-1].append("." if at % 2 else re.escape(part))
        patterns = ["".join(segment) for segment in segments]
        self._whole = re.compile(patterns[0], re.DOTALL) if len(patterns) == 1 else None
        self._first = re.compile(patterns[0], re.DOTALL)
        self._last = re.compile(f"(?:{patterns[-1]})\\Z", re.DOTALL)
        self._tail = _length(parts, patterns)
        self._middle = [re.compile(pattern, re.DOTALL) for pattern in patterns[1:-1] if pattern]

    def matches(self, text: str) -> bool:
        """Whether the whole text fits."""
        if self._whole is not None:
            return self._whole.fullmatch(text) is not None
        found = self._first.match(text)
        if found is None:
            return False
        at = found.end()
        for segment in self._middle:  # the leftmost place leaves the most room for what follows
            found = segment.search(text, at)
            if found is None:
                return False
            at = found.end()
        start = len(text) - self._tail
        return start >= at and self._last.match(text, start) is not None


def _length(parts: Sequence[str], patterns: Sequence[str]) -> int:
    """How many characters the last segment stands for: each literal its own, each `?` one."""
    if len(patterns) == 1:
        return 0
    stars = [at for at in range(1, len(parts), 2) if parts[at] == "*"]
    return sum(1 if at % 2 else len(parts[at]) for at in range(stars[-1] + 1, len(parts)))
