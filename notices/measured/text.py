"""The printed area of the letter's own pages: 22 lines of 28 characters in 156 × 225 mm; the date."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from notices.docx import layout
from notices.measured.lines import Line, median
from notices.measured.measure import BOTTOM, CHARACTER, LEFT, RIGHT, TOLERANCE_PT, TOP, Measure, within

_CLAUSE = "§5.2"
#: So many ideographs in a row tell the advance.
_LONG_ENOUGH = 6
#: How far single steps from line to line are off by rounding.
_ROUNDING_MM = 0.3
_DATE = re.compile(r"^\d{4}年\d{0,2}月\d{0,2}日$")


def text(found: Sequence[Line]) -> Iterator[Measure]:
    """`found`: the lines of text of the letter's own pages, without head and page numbers."""
    body = [line for line in found if abs(line.size - layout.SIZE_PT) < 1]
    yield Measure(
        "text: size", "§5.2.2", layout.SIZE_PT, median(line.size for line in body), TOLERANCE_PT, "pt"
    )
    yield Measure("text: left edge", _CLAUSE, LEFT, min((line.left for line in body), default=None))
    yield Measure("text: right edge", _CLAUSE, RIGHT, max((line.right for line in body), default=None))
    yield from _lines(body)
    yield from _characters(body)
    yield from _inside(body)
    yield _date(found)


def _lines(body: Sequence[Line]) -> Iterator[Measure]:
    steps = [below.base - above.base for above, below in pairwise(body) if above.page == below.page]
    pitch = _pitch(steps)
    high = pitch * layout.LINES if pitch else None
    yield Measure(f"text: height of {layout.LINES} lines", "§5.2.3", layout.BODY_MM[1], high)
    fullest = max((_slots(body, page, pitch) for page in {each.page for each in body}), default=0)
    holds = int(layout.BODY_MM[1] / pitch + 0.02) if pitch else 0
    counted = fullest if fullest > layout.LINES else holds
    remark = f"fullest page: {fullest}"
    yield Measure("text: lines a page", "§5.2.3", layout.LINES, counted, 0, "count", remark=remark)


def _pitch(steps: Sequence[float]) -> float | None:
    """The mean of what lies about the median: single steps are rounded when the page is set."""
    usual = median(steps)
    near = [step for step in steps if usual and abs(step - usual) < _ROUNDING_MM]
    return sum(near) / len(near) if near else None


def _slots(body: Sequence[Line], page: int, pitch: float | None) -> int:
    """How many lines the page has from the first to the last, empty ones too."""
    here = [line.base for line in body if line.page == page]
    return round((here[-1] - here[0]) / pitch) + 1 if pitch and here else 0


def _characters(body: Sequence[Line]) -> Iterator[Measure]:
    runs = [line for line in body if line.ideographs_only() and len(line.glyphs) >= _LONG_ENOUGH]
    step = _step(body)
    holds = int(layout.BODY_MM[0] / step + 0.1) if step else 0
    fullest = max((len(line.glyphs) for line in runs), default=0)
    counted = fullest if fullest > layout.CHARACTERS else holds
    remark = f"longest line of ideographs alone: {fullest}"
    yield Measure("text: characters a line", "§5.2.3", layout.CHARACTERS, counted, 0, "count", remark=remark)


def _step(body: Sequence[Line]) -> float | None:
    """From one ideograph to the next as set: justified lines are only ever wider, so near the least."""
    steps = sorted(
        (run[-1].left - run[0].left) / (len(run) - 1)
        for line in body
        for run in line.runs()
        if len(run) >= _LONG_ENOUGH
    )
    return steps[len(steps) // 10] if steps else None


def _inside(body: Sequence[Line]) -> Iterator[Measure]:
    for page in sorted({line.page for line in body}):
        here = [line for line in body if line.page == page]
        yield within("text: above the printed area", _CLAUSE, here[0].top, TOP, BOTTOM, page)
        yield within("text: below the printed area", _CLAUSE, here[-1].bottom, TOP, BOTTOM, page)


def _date(found: Sequence[Line]) -> Measure:
    """§7.3.5.1: four characters free to its right."""
    dates = [line for line in found if _DATE.match(line.text)]
    wanted = RIGHT - layout.DATE_INDENT * CHARACTER
    return Measure(
        "date: right edge, four characters free", "§7.3.5", wanted, dates[-1].right if dates else None
    )
