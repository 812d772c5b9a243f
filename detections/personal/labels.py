"""What a value is called where it stands: by the nearest word before it, or the head of its column."""

import re
from dataclasses import dataclass

from detections.personal.found import ItemType
from detections.personal.label_words import CLASSES, LABELS, LabelClass

#: How far before a value its label is looked for, and how far from it the label may end (signs).
_WINDOW, _GAP = 64, 24

#: An ASCII name directly before a value: `key=`, `"key":`.
_KEY = re.compile(r"([A-Za-z_][\w.\-]{0,40})[\"']?\s{0,3}(?::|=|=>)\s{0,3}[\"'\[(]{0,2}$")
#: A value before this one in a list; what is between them only separates.
_BEFORE = re.compile(r"[0-9A-Za-z*]{6,24}[\s、,，;；/|和及与\"']{1,6}$")
_LONG = re.compile(r"[0-9]{6,}")


@dataclass(frozen=True, slots=True)
class Label:
    """`inherited`: it stands before an earlier value of the same list."""

    of: LabelClass | None
    inherited: bool = False

    def says(self, kind: ItemType) -> bool:
        return self.of == kind

    def against(self, kind: ItemType) -> bool:
        """Whether the value is said to be something else."""
        return self.of not in (None, kind, "person") and not self.inherited


NO_LABEL = Label(None)


def classify(words: str) -> LabelClass | None:
    """What the last known word of a text says the value behind it is."""
    last = _last(LABELS, words)
    return CLASSES[last.lastgroup or ""] if last else None


def label_before(text: str, start: int, floor: int) -> Label:
    """The label of the value at `start`; nothing before `floor` (its line or cell) counts."""
    window = text[max(floor, start - _WINDOW) : start]
    inherited = False
    while (earlier := _BEFORE.search(window)) and _LONG.search(earlier[0]):
        window, inherited = window[: earlier.start()], True
    if not inherited and (cut := _last(_LONG, window)):
        window = window[cut.end() :]
    return _nearest(window, inherited)


def _nearest(window: str, inherited: bool) -> Label:
    last, key = _last(LABELS, window), _KEY.search(window)
    if last and len(window) - last.end() <= _GAP and (key is None or last.end() > key.start(1)):
        return Label(CLASSES[last.lastgroup or ""], inherited)
    return Label("key", inherited) if key else NO_LABEL


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The last match in a text."""
    found = None
    for one in pattern.finditer(text):
        found = one
    return found
