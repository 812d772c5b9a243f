"""One measure of a letter: what the standard wants, what the page shows."""

from typing import Literal

import msgspec

from notices.docx import layout

#: Half a millimetre is what an eye with a ruler sees.
TOLERANCE_MM = 0.5
#: A size of letters differs by half a point from the next.
TOLERANCE_PT = 0.25

Unit = Literal["mm", "pt", "count"]


class Measure(msgspec.Struct, frozen=True):
    """`found` is None where the page does not show the thing; `page` is None for the whole letter."""

    name: str
    clause: str
    wanted: float
    found: float | None
    tolerance: float = TOLERANCE_MM
    unit: Unit = "mm"
    page: int | None = None
    remark: str = ""

    @property
    def ok(self) -> bool:
        return self.found is not None and abs(self.found - self.wanted) <= self.tolerance + 1e-6


def within(name: str, clause: str, found: float, least: float, most: float, page: int) -> Measure:
    """That something lies between two edges: how far it stands out, wanted is nought."""
    return Measure(name, clause, 0.0, max(least - found, found - most, 0.0), page=page)


#: Edges of the printed area (版心) from the paper's left and upper edge.
LEFT = layout.LEFT_MM
RIGHT = layout.LEFT_MM + layout.BODY_MM[0]
TOP = layout.TOP_MM
BOTTOM = layout.TOP_MM + layout.BODY_MM[1]
#: One of 28 characters of a line.
CHARACTER = layout.BODY_MM[0] / layout.CHARACTERS
