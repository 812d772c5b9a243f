"""Page numbers: none on the first page; dashes 7 mm below the printed area, odd right, even left."""

import re
from collections.abc import Iterator

from notices.docx import layout
from notices.measured import ink as inked
from notices.measured.lines import Line
from notices.measured.measure import BOTTOM, LEFT, RIGHT, Measure
from taishi.kit.pages import POINT_MM, Page

_CLAUSE = "§7.5"
_FOLIO = re.compile(r"^[-\u2010-\u2015－一]\d+[-\u2010-\u2015－一]$")


def is_folio(line: Line) -> bool:
    return bool(_FOLIO.match(line.text)) and line.base > BOTTOM


def folio(page: Page, found: list[Line]) -> Iterator[Measure]:
    line = next((each for each in found if is_folio(each)), None)
    if page.number == 1:
        shown = 1 if line else 0
        yield Measure("page number: none on the first page", "§10.1", 0, shown, 0, "count", 1)
        return
    said = int(re.sub(r"\D", "", line.text)) if line else None
    yield Measure("page number", _CLAUSE, page.number, said, 0, "count", page.number)
    if line is None:
        return
    dash = line.glyphs[0]
    ink = inked.extent(inked.cut(page.ink, BOTTOM, page.high, dash.left, dash.right))
    gap = ink[0].begin - BOTTOM if ink else None
    yield Measure(
        "page number: its dashes below the printed area", _CLAUSE, layout.FOLIO_GAP_MM, gap, page=page.number
    )
    character = layout.FOLIO_PT * POINT_MM
    if page.number % 2:
        yield Measure(
            "page number: right, one character in", _CLAUSE, RIGHT - character, line.right, page=page.number
        )
    else:
        yield Measure(
            "page number: left, one character in", _CLAUSE, LEFT + character, line.left, page=page.number
        )
