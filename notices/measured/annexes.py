"""附件: each begins a page, and all its ink keeps to the printed area."""

import re
from collections.abc import Iterator, Sequence

from notices.measured import ink as inked
from notices.measured.folios import is_folio
from notices.measured.lines import Line
from notices.measured.measure import BOTTOM, LEFT, RIGHT, TOP, Measure, within
from taishi.kit.pages import Page

_CLAUSE = "§7.3.7"
_HEAD = re.compile(r"^附件(\d*)$")
_LISTED = re.compile(r"^(?:附件：)?(\d+)\.")


def begins_annex(found: Sequence[Line]) -> bool:
    return bool(found) and bool(_HEAD.match(found[0].text))


def listed(found: Sequence[Line]) -> list[int]:
    """The numbers under 附件： at the end of the letter's text; [1] for a single one without number."""
    at = next((place for place, line in enumerate(found) if line.text.startswith("附件：")), None)
    if at is None:
        return []
    numbers: list[int] = []
    for line in found[at:]:
        number = _LISTED.match(line.text)
        if number and int(number[1]) == len(numbers) + 1:
            numbers.append(int(number[1]))
    return numbers or [1]


def heads(pages: dict[int, list[Line]], wanted: Sequence[int]) -> Iterator[Measure]:
    """`pages`: the lines of each page. Every annex that the text lists heads a page of its own."""
    found: dict[int, Line] = {}
    for lines in pages.values():
        head = _HEAD.match(lines[0].text) if lines else None
        if head:
            found[int(head[1] or 1)] = lines[0]
    for number in wanted:
        line = found.get(number)
        name = f"annex {number}: on a new page, flush left"
        yield Measure(name, _CLAUSE, LEFT, line.left if line else None, page=line.page if line else None)


def inside(page: Page, found: Sequence[Line]) -> Iterator[Measure]:
    """All ink of an annex page but its number keeps to the printed area."""
    number = next((line for line in found if is_folio(line)), None)
    ink = inked.extent(inked.cut(page.ink, 0, number.top if number else page.high))
    if ink is None:
        yield Measure("annex: a page with ink", _CLAUSE, 1, 0, 0, "count", page.number)
        return
    down, across = ink
    for edge, at, least, most in (
        ("left of", across.begin, LEFT, RIGHT),
        ("right of", across.end, LEFT, RIGHT),
        ("above", down.begin, TOP, BOTTOM),
        ("below", down.end, TOP, BOTTOM),
    ):
        yield within(f"annex: {edge} the printed area", _CLAUSE, at, least, most, page.number)
