"""Measures a finished letter on its drawn pages against GB/T 9704-2012 §10.1 (信函格式)."""

from collections.abc import Iterable, Iterator, Sequence

from notices.docx import layout
from notices.measured import annexes, ink
from notices.measured.folios import folio, is_folio
from notices.measured.head import head
from notices.measured.lines import Line, is_ideograph, lines
from notices.measured.measure import Measure
from notices.measured.text import text
from taishi.kit.pages import Page

__all__ = ["Measure", "measures"]


def measures(pages: Iterable[Page]) -> list[Measure]:
    """Every measure of the letter, page by page; one page at a time is held."""
    made: list[Measure] = []
    by_page: dict[int, list[Line]] = {}
    annexed = False
    for page in pages:
        found = by_page[page.number] = lines(page)
        annexed = annexed or annexes.begins_annex(found)
        made += _size(page)
        made += head(page, found) if page.number == 1 else _no_red(page)
        made += folio(page, found)
        made += annexes.inside(page, found) if annexed else ()
        made += _blank(page)
    own = _own(by_page)
    return [*made, *text(own), *annexes.heads(by_page, annexes.listed(own))]


def _size(page: Page) -> Iterator[Measure]:
    for name, wanted, found in zip(("width", "height"), layout.PAGE_MM, (page.wide, page.high), strict=True):
        yield Measure(f"paper: {name}", "§5.1", wanted, found, page=page.number)


def _no_red(page: Page) -> Iterator[Measure]:
    """The red lines are the first page's alone."""
    yield Measure("red ink after the first page", "§10.1", 0, int(page.red.sum()), 0, "count", page.number)


def _blank(page: Page) -> Iterator[Measure]:
    """Ideographs that the text has and the page has not: a font without them."""
    blank = [each.text for each in page.glyphs if is_ideograph(each.text) and not ink.has_ink(page, each)]
    remark = "".join(dict.fromkeys(blank))
    yield Measure("ideographs without ink", "§5.2.2", 0, len(blank), 0, "count", page.number, remark)


def _own(by_page: dict[int, list[Line]]) -> Sequence[Line]:
    """The lines of text of the letter's own pages: below the head, before the first annex."""
    own: list[Line] = []
    for found in by_page.values():
        if annexes.begins_annex(found):
            break
        own += [line for line in found if not is_folio(line)]
    start = next((at for at, line in enumerate(own) if line.page > 1 or _is_title(own, at)), -1)
    return own[start + 1 :]


def _is_title(own: Sequence[Line], at: int) -> bool:
    """The last line on the first page that is larger than text."""
    return own[at].size > 19 and not any(line.size > 19 for line in own[at + 1 :] if line.page == 1)
