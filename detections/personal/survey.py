"""A text of many lines: every item with its line, and what is needed to grade the whole."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from detections.personal.catalogue import find_on
from detections.personal.found import ItemType
from detections.personal.grade import Graded, graded
from detections.personal.page import Columns, Page
from detections.personal.people import count_addresses, count_names
from detections.personal.reading import read
from detections.personal.table import columns_of

#: Signs that are searched at once.
_PAGE = 1 << 16


@dataclass(frozen=True, slots=True)
class Item:
    """One find, as it may be told."""

    line: int
    type: ItemType
    masked: str
    confidence: float
    reasons: tuple[str, ...]


@dataclass
class Tallied:
    """What was counted over one text or several: items, different values of each kind, names, addresses."""

    items: Counter[ItemType] = field(default_factory=Counter)
    values: dict[ItemType, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    names: int = 0
    addresses: int = 0

    def merge(self, other: "Tallied") -> None:
        self.items += other.items
        for kind, values in other.values.items():
            self.values[kind] |= values
        self.names += other.names
        self.addresses += other.addresses

    @property
    def different(self) -> dict[ItemType, int]:
        return {kind: len(values) for kind, values in self.values.items()}

    def graded(self) -> Graded:
        return graded(self.different, self.names, self.addresses)


def survey(lines: Iterable[tuple[int, str]], tally: Tallied) -> Iterator[Item]:
    """Every item in order; what is counted goes to `tally`."""
    columns: Columns | None = None
    for n, (numbers, texts) in enumerate(_pages(lines)):
        if n == 0:
            columns = columns_of(texts[0])
        page = Page(read("\n".join(texts), lines=True), columns)
        for one in find_on(page):
            tally.items[one.type] += 1
            tally.values[one.type].add(one.digest)
            line = numbers[page.reading.line_of(one.start)]
            yield Item(line, one.type, one.masked, one.confidence, one.reasons)
        tally.names += count_names(page.text)
        tally.addresses += count_addresses(page.text)


def _pages(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[list[int], list[str]]]:
    numbers: list[int] = []
    texts: list[str] = []
    size = 0
    for number, text in lines:
        # What ends a line for Python but not for the file must not shift the count.
        numbers.append(number)
        texts.append(text.replace("\n", " "))
        size += len(text) + 1
        if size >= _PAGE:
            yield numbers, texts
            numbers, texts, size = [], [], 0
    if texts:
        yield numbers, texts
