"""Many texts searched for at once in many values: Aho-Corasick (Aho and Corasick, CACM 18(6), 1975)."""

from collections.abc import Iterator, Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from detections.engine.texts import BETWEEN

#: Long texts are searched in windows, so that what is found of a megabyte of `a` stays small.
_WINDOW = 65_536
#: Sets of finds whose meaning is remembered.
_REMEMBERED = 100_000

#: What finding a text means: atoms that hold, where it begins the value, where it ends it; patterns to check.
Meant = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
#: Atoms that hold in a value, and patterns whose literal occurs, so that they have to be checked.
Meaning = tuple[frozenset[int], tuple[int, ...]]
#: Added to a find's number where it begins and where it ends its value.
_BEGINS, _ENDS, _STEP = 1, 2, 4


class Literals:
    """Finds lower-case texts in lower-case values."""

    def __init__(self, meant: Mapping[str, Meant]) -> None:
        texts = list(meant)
        self._meant = [meant[text] for text in texts]
        alone = [(len(text) == 1 and text.isascii()) or not text or BETWEEN in text for text in texts]
        # Single letters occur everywhere: asking for them costs less than being told of every place.
        self._short = [(number, text) for number, text in enumerate(texts) if alone[number]]
        long = [(number, text) for number, text in enumerate(texts) if not alone[number]]
        self._numbers = [number for number, _ in long]
        self._overlap = max((len(text) for _, text in long), default=0)
        self._search = (
            AhoCorasick([text for _, text in long], implementation=Implementation.ContiguousNFA)
            if long
            else None
        )
        self._known: dict[frozenset[int], Meaning] = {}

    def find(self, values: Sequence[str]) -> Iterator[tuple[int, Meaning]]:
        """For each value in which something is found its place and what that means."""
        finds: dict[int, list[int]] = {}
        if self._search is not None:
            self._find_long(BETWEEN.join(values), values, finds)
        for number, text in self._short:
            self._find_short(number, text, values, finds)
        for place, found in finds.items():
            yield place, self._meaning(frozenset(found))

    def _find_long(self, whole: str, values: Sequence[str], finds: dict[int, list[int]]) -> None:
        numbers = self._numbers
        place, begin, end = 0, 0, len(values[0]) if values else 0
        found: list[int] = []
        for pattern, first, last in self._places(whole):
            if last > end:
                if found:
                    finds[place] = found
                    found = []
                while last > end:
                    place += 1
                    begin = end + len(BETWEEN)
                    end = begin + len(values[place])
            code = numbers[pattern] * _STEP
            if first == begin:
                code += _BEGINS
            if last == end:
                code += _ENDS
            found.append(code)
        if found:
            finds[place] = found

    def _places(self, whole: str) -> "Iterator[tuple[int, int, int]] | list[tuple[int, int, int]]":
        """Finds in the order of their ends."""
        assert self._search is not None  # noqa: S101
        if len(whole) <= _WINDOW:
            return self._search.find_matches_as_indexes(whole, overlapping=True)
        return self._windows(whole)

    def _windows(self, whole: str) -> Iterator[tuple[int, int, int]]:
        assert self._search is not None  # noqa: S101
        for at in range(0, len(whole), _WINDOW):
            start = max(0, at - self._overlap)
            window = whole[start : at + _WINDOW]
            for pattern, begin, end in self._search.find_matches_as_indexes(window, overlapping=True):
                if start + end > at:
                    yield pattern, start + begin, start + end

    @staticmethod
    def _find_short(number: int, text: str, values: Sequence[str], finds: dict[int, list[int]]) -> None:
        for place, value in enumerate(values):
            if text in value:
                code = number * _STEP + _BEGINS * value.startswith(text) + _ENDS * value.endswith(text)
                finds.setdefault(place, []).append(code)

    def _meaning(self, found: frozenset[int]) -> Meaning:
        known = self._known.get(found)
        if known is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            known = self._known[found] = self._worked_out(found)
        return known

    def _worked_out(self, found: frozenset[int]) -> Meaning:
        held: set[int] = set()
        checks: set[int] = set()
        for code in found:
            contains, starts, ends, to_check = self._meant[code // _STEP]
            held.update(contains)
            checks.update(to_check)
            if code & _BEGINS:
                held.update(starts)
            if code & _ENDS:
                held.update(ends)
        return frozenset(held), tuple(sorted(checks))
