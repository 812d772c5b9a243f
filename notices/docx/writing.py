"""WordprocessingML in small pieces: paragraphs and runs with exactly what we say, no inherited surprises."""

from dataclasses import dataclass
from typing import Literal

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from notices.docx import layout

Justification = Literal["left", "right", "center", "both"]


def element(tag: str, **attributes: str | int) -> Element:
    """`element("w:jc", val="center")`; attribute names get the `w:` prefix."""
    made: Element = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def twips(points: float) -> int:
    return round(points * 20)


def mm(millimetres: float) -> int:
    """Millimetres in twips."""
    return twips(millimetres * layout.MM)


@dataclass(frozen=True)
class Face:
    """How a run looks."""

    font: str = layout.FANGSONG
    size: float = layout.SIZE_PT
    color: str | None = None
    spacing: float = 0.0

    def properties(self) -> Element:
        made = element("w:rPr")
        slots = dict.fromkeys(("ascii", "hAnsi", "eastAsia", "cs"), self.font)
        made.append(element("w:rFonts", hint="eastAsia", **slots))
        if self.color:
            made.append(element("w:color", val=self.color))
        if self.spacing:
            made.append(element("w:spacing", val=twips(self.spacing)))
        made.append(element("w:sz", val=round(self.size * 2)))
        made.append(element("w:szCs", val=round(self.size * 2)))
        return made


@dataclass(frozen=True)
class Setting:
    """How a paragraph stands: indents and gaps in points, `line` its exact pitch."""

    justification: Justification = "both"
    line: float = layout.LINE_PT
    first: float = 0.0
    hanging: float = 0.0
    left: float = 0.0
    right: float = 0.0
    before: float = 0.0
    after: float = 0.0
    keep_next: bool = False
    new_page: bool = False
    frame: Element | None = None
    border: Element | None = None

    def properties(self) -> Element:
        """In the order that the schema (CT_PPrBase) wants."""
        made = element("w:pPr")
        if self.keep_next:
            made.append(element("w:keepNext"))
        if self.new_page:
            made.append(element("w:pageBreakBefore"))
        if self.frame is not None:
            made.append(self.frame)
        made.append(element("w:widowControl", val=0))
        if self.border is not None:
            made.append(self.border)
        # A full stop keeps to the printed area instead of hanging over its edge.
        made.append(element("w:overflowPunct", val=0))
        # No quarter-em gap between Chinese and digits: 28 characters a line shall stay 28. Word and WPS
        # obey; LibreOffice 7.4 does not read it, so its lines with digits hold a little less.
        made.append(element("w:autoSpaceDE", val=0))
        made.append(element("w:autoSpaceDN", val=0))
        made.append(element("w:snapToGrid", val=0))
        made.append(self._spacing())
        made.append(self._indent())
        made.append(element("w:jc", val=self.justification))
        return made

    def _spacing(self) -> Element:
        return element(
            "w:spacing",
            before=twips(self.before),
            after=twips(self.after),
            line=twips(self.line),
            lineRule="exact",
        )

    def _indent(self) -> Element:
        made = element("w:ind", left=twips(self.left), right=twips(self.right))
        name, value = ("hanging", self.hanging) if self.hanging else ("firstLine", self.first)
        made.set(qn(f"w:{name}"), str(twips(value)))
        return made


BODY = Face(spacing=layout.SPACING_PT)
HEADING = Face(layout.HEITI, spacing=layout.SPACING_PT)
TITLE = Face(layout.XIAOBIAOSONG, layout.TITLE_PT)


def paragraph(text: str, face: Face = BODY, setting: Setting | None = None) -> Element:
    made = element("w:p")
    made.append((setting or Setting()).properties())
    if text:
        made.append(run(text, face))
    return made


def run(text: str, face: Face) -> Element:
    made = element("w:r")
    made.append(face.properties())
    said = element("w:t")
    said.text = text
    said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    made.append(said)
    return made


def blank(lines: int = 1, *, keep_next: bool = False) -> list[Element]:
    return [paragraph("", setting=Setting(keep_next=keep_next)) for _ in range(lines)]


def width(text: str, size: float) -> float:
    """How wide a line of text is in points: ideographs are as wide as high, digits and letters half."""
    return sum(size if ord(each) > 0x2E7F else size / 2 for each in text)
