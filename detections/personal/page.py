"""What a detector is shown: the text, and for each place in it the label that counts there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from detections.personal.found import ItemType
from detections.personal.label_words import LabelClass, words_of
from detections.personal.labels import NO_LABEL, Label, label_before
from detections.personal.people import NAME
from detections.personal.reading import Reading


@dataclass(frozen=True)
class Columns:
    """A table with a head: what separates its cells, and what each column is called there."""

    delimiter: str
    classes: Sequence[LabelClass | None]

    def at(self, line: str, place: int) -> tuple[LabelClass | None, int]:
        """What the column at a place of a line is called, and where its cell begins."""
        quoted, column, begin = False, 0, 0
        for n, sign in enumerate(line[:place]):
            if sign == '"':
                quoted = not quoted
            elif sign == self.delimiter and not quoted:
                column, begin = column + 1, n + 1
        return (self.classes[column] if column < len(self.classes) else None), begin


@dataclass(frozen=True)
class Page:
    """`reading.text` may have many lines; nothing is looked for across their ends."""

    reading: Reading
    columns: Columns | None = None

    @property
    def text(self) -> str:
        return self.reading.text

    def label(self, start: int) -> Label:
        """What the value that begins here is called."""
        starts = self.reading.line_starts
        floor = starts[self.reading.line_of(start)]
        if self.columns is None:
            return label_before(self.text, start, floor)
        of, begin = self.columns.at(self.text[floor:start], start - floor)
        own = label_before(self.text, start, floor + begin)
        return own if own != NO_LABEL or of is None else Label(of)

    def mentions(self, kind: ItemType) -> bool:
        """Whether a word for that kind is anywhere: without one, what needs a word need not be looked for."""
        named = self.columns is not None and kind in self.columns.classes
        return named or words_of(kind).search(self.text) is not None

    def beside_a_name(self, start: int, end: int) -> bool:
        """Whether somebody's name stands next to it."""
        before, after = self.text[max(0, start - 8) : start], self.text[end : end + 8]
        return bool(_NAME_BEFORE.search(before) or _NAME_AFTER.match(after))

    def before(self, start: int) -> str:
        """The sign before a place, empty at the beginning of the text."""
        return self.text[start - 1 : start]

    def follows(self, end: int, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.text, end) is not None


_NAME_BEFORE = re.compile(rf"(?<![\u4e00-\u9fff])(?:{NAME})[\s,，:：\t\"'|_（(]{{0,3}}$")
_NAME_AFTER = re.compile(rf"[\s,，\t\"'|_（(]{{0,3}}(?:{NAME})(?![\u4e00-\u9fff])")
