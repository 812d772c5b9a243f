"""All kinds at once over a text: what was found, each place taken once."""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from detections.personal import kinds
from detections.personal.found import ITEM_TYPES, SURE_ENOUGH, Found, ItemType
from detections.personal.page import Columns, Page
from detections.personal.reading import read
from taishi.core.discover import discover


class Kind(Protocol):
    """One kind of personal data. One file in `detections/personal/kinds/` with a module-level `KIND`."""

    @property
    def type(self) -> ItemType: ...

    def find(self, page: Page) -> Iterator[Found]:
        """Every place that may hold one, with places of `page.text`; they may overlap."""


@cache
def all_kinds() -> tuple[Kind, ...]:
    return tuple(cast(Kind, one) for one in discover(kinds, "KIND"))


def find(text: str, columns: Columns | None = None) -> list[Found]:
    """What a text holds, in order; places are those of `text`. Lines may be many."""
    return _in_source(Page(read(text, lines=True), columns))


def find_on(page: Page) -> list[Found]:
    """The same for a page that was read already; places are those of the page's own text."""
    candidates = [one for kind in all_kinds() for one in kind.find(page) if one.confidence >= SURE_ENOUGH]
    candidates.sort(key=lambda one: (-one.confidence, ITEM_TYPES.index(one.type), one.start))
    taken: list[tuple[int, int, int]] = []
    for place, one in enumerate(candidates):
        at = bisect_left(taken, (one.start, one.end))
        free_before = not at or taken[at - 1][1] <= one.start
        if free_before and (at == len(taken) or taken[at][0] >= one.end):
            taken.insert(at, (one.start, one.end, place))
    return [candidates[place] for _, _, place in taken]


def _in_source(page: Page) -> list[Found]:
    source = page.reading.source
    return [
        Found(
            one.type, source(one.start), source(one.end), one.masked, one.confidence, one.reasons, one.digest
        )
        for one in find_on(page)
    ]
