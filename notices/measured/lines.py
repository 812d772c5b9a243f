"""Characters gathered to printed lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from taishi.kit.pages import POINT_MM, Glyph, Page

#: The characters of one line stand no farther apart in height.
_SAME_LINE_MM = 2.5


@dataclass(frozen=True)
class Line:
    """One printed line, its characters from the left."""

    page: int
    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        return "".join(each.text for each in self.glyphs)

    @property
    def left(self) -> float:
        return self.glyphs[0].left

    @property
    def right(self) -> float:
        return self.glyphs[-1].right

    @property
    def top(self) -> float:
        return min(each.top for each in self.glyphs)

    @property
    def bottom(self) -> float:
        return max(each.bottom for each in self.glyphs)

    @property
    def base(self) -> float:
        """Where its characters stand."""
        return median(each.base for each in self.glyphs) or 0.0

    @property
    def size(self) -> float:
        """In points, by the advance of its ideographs (one em each); nought without one."""
        wides = sorted(each.wide for each in self.glyphs if is_ideograph(each.text))
        return wides[len(wides) // 2] / POINT_MM if wides else 0.0

    def runs(self) -> list[tuple[Glyph, ...]]:
        """The ideographs that stand beside each other."""
        parted = groupby(self.glyphs, key=lambda each: is_ideograph(each.text))
        return [tuple(run) for ideographs, run in parted if ideographs]

    def ideographs_only(self) -> bool:
        return all(is_ideograph(each.text) for each in self.glyphs)


def is_ideograph(text: str) -> bool:
    code = ord(text)
    return 0x3400 <= code <= 0x4DBF or 0x4E00 <= code <= 0x9FFF or 0x20000 <= code <= 0x323AF


def lines(page: Page) -> list[Line]:
    """From above. Cells of a table that stand side by side come out as one line."""
    found: list[list[Glyph]] = []
    for glyph in sorted(page.glyphs, key=lambda each: each.base):
        if found and glyph.base - found[-1][0].base < _SAME_LINE_MM:
            found[-1].append(glyph)
        else:
            found.append([glyph])
    return [Line(page.number, tuple(sorted(line, key=lambda each: each.left))) for line in found]


def median(values: Iterable[float]) -> float | None:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else None
