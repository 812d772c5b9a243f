"""The head of the letter (版头): red mark, red double lines, number, title."""

import re
from collections.abc import Iterator, Sequence

from notices.docx import layout
from notices.measured import ink as inked
from notices.measured.ink import Band
from notices.measured.lines import Line
from notices.measured.measure import RIGHT, TOLERANCE_PT, Measure
from taishi.kit.pages import POINT_MM, Ink, Page

_CLAUSE = "§10.1"
#: A red line is longer than this and thinner than that; a mark is neither.
_LONG_MM, _THIN_MM = 100.0, 2.0
#: The two lines of a pair stand no farther apart.
_PAIR_MM = 2.5
#: The title is the first line below the mark that is larger than text.
_TITLE_PT = 19.0
_NUMBER = re.compile(r"〔.*〕.*号$")


def head(page: Page, found: Sequence[Line]) -> Iterator[Measure]:
    red = page.red
    bands = inked.rows(red)
    threads = [band for band in bands if _is_thread(red, band)]
    mark = [band for band in bands if band not in threads and band.begin < page.high / 2]
    upper = [band for band in threads if band.begin < page.high / 2]
    lower = [band for band in threads if band.begin >= page.high / 2]
    yield Measure(
        "mark: ink from the paper's upper edge", _CLAUSE, layout.MARK_TOP_MM, mark[0].begin if mark else None
    )
    gap = upper[0].begin - mark[-1].end if mark and upper else None
    yield Measure("upper red line: below the mark's ink", _CLAUSE, layout.RULE_GAP_MM, gap)
    yield from _pair("upper red line", red, upper, thick_first=True)
    middle = (lower[0].begin + lower[-1].end) / 2 if lower else None
    yield Measure(
        "lower red line: its middle from the paper's lower edge",
        _CLAUSE,
        layout.RULE_BOTTOM_MM,
        page.high - middle if middle is not None else None,
    )
    yield from _pair("lower red line", red, lower, thick_first=False)
    yield from _number(page, found, upper)
    yield from _title(found)


def _is_thread(red: Ink, band: Band) -> bool:
    return band.thick < _THIN_MM and inked.reach(red, band).thick > _LONG_MM


def _pair(name: str, red: Ink, pair: Sequence[Band], *, thick_first: bool) -> Iterator[Measure]:
    """Two lines of 170 mm in the paper's middle, one thicker."""
    order = "thick above thin" if thick_first else "thin above thick"
    together = len(pair) == 2 and pair[1].begin - pair[0].end < _PAIR_MM
    yield Measure(f"{name}: two lines", _CLAUSE, 2, len(pair) if together else 0, 0, "count")
    if not together:
        return
    first, second = pair
    right_way = first.thick > second.thick if thick_first else second.thick > first.thick
    yield Measure(f"{name}: {order}", _CLAUSE, 1, int(right_way), 0, "count")
    for band in pair:
        across = inked.reach(red, band)
        yield Measure(f"{name}: length", _CLAUSE, layout.RULE_MM, across.thick)
        yield Measure(f"{name}: left end", _CLAUSE, (layout.PAGE_MM[0] - layout.RULE_MM) / 2, across.begin)


def _number(page: Page, found: Sequence[Line], upper: Sequence[Band]) -> Iterator[Measure]:
    line = next((each for each in found if _NUMBER.search(each.text)), None)
    yield Measure("number: right edge", _CLAUSE, RIGHT, line.right if line else None)
    gap = None
    if line and upper:
        ink = inked.extent(inked.cut(page.ink, line.top - 1, line.bottom + 1, line.left, line.right))
        gap = ink[0].begin - upper[-1].end if ink else None
    wanted = layout.NUMBER_GAP_PT * POINT_MM
    yield Measure("number: below the upper red line (7/8 of a character)", _CLAUSE, wanted, gap)


def _title(found: Sequence[Line]) -> Iterator[Measure]:
    at = next((place for place, line in enumerate(found) if _NUMBER.search(line.text)), -1)
    line = next((each for each in found[at + 1 :] if each.size > _TITLE_PT), None)
    size = line.size if line else None
    yield Measure("title: size", "§7.3.1", layout.TITLE_PT, size, TOLERANCE_PT, "pt")
    middle = (line.left + line.right) / 2 if line else None
    yield Measure("title: centred", "§7.3.1", (layout.LEFT_MM + RIGHT) / 2, middle)
