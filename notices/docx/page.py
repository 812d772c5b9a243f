"""The page: its margins, the head of the letter (版头), the second red line and the page numbers."""

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from notices.docx import layout
from notices.docx.writing import BODY, Face, Setting, element, mm, paragraph, run, twips

_FOLIO = Face(layout.SONGTI, layout.FOLIO_PT)
#: The folio's line: its dash is at about 5/8 of it; so its line begins this far under the printed area.
_FOLIO_LINE_PT = 16.0
_FOLIO_TOP_MM = layout.FOLIO_GAP_MM - _FOLIO_LINE_PT / layout.MM * 0.5
#: Height of the empty line that bears a red line.
_THREAD_PT = 2.0


def set_page(document: Document) -> None:
    """A4 with the standard's margins; first page apart, odd and even pages apart; no grid."""
    properties = document.sections[0]._sectPr
    for tag in ("w:docGrid", "w:pgSz", "w:pgMar", "w:cols", "w:titlePg"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    properties.append(element("w:pgSz", w=mm(layout.PAGE_MM[0]), h=mm(layout.PAGE_MM[1])))
    properties.append(_margins())
    properties.append(element("w:cols", space=0))
    properties.append(element("w:titlePg"))
    document.settings.odd_and_even_pages_header_footer = True
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")


def _margins() -> Element:
    below = layout.BOTTOM_MM - _FOLIO_TOP_MM - _FOLIO_LINE_PT / layout.MM
    return element(
        "w:pgMar",
        top=mm(layout.TOP_MM),
        right=mm(layout.RIGHT_MM),
        bottom=mm(layout.BOTTOM_MM),
        left=mm(layout.LEFT_MM),
        header=mm(15),
        footer=mm(below),
        gutter=0,
    )


def set_footers(document: Document) -> None:
    """No number but the second red line on the first page; `— 2 —` left on even, `— 3 —` right on odd."""
    section = document.sections[0]
    for footer, lines in (
        (section.first_page_footer, [_lower_rule(), paragraph("", _FOLIO, Setting(line=_FOLIO_LINE_PT))]),
        (section.footer, [_folio("right")]),
        (section.even_page_footer, [_folio("left")]),
    ):
        footer.is_linked_to_previous = False
        for old in list(footer._element):
            footer._element.remove(old)
        footer._element.extend(lines)


def _folio(side: str) -> Element:
    indent = layout.FOLIO_PT
    setting = (
        Setting("right", _FOLIO_LINE_PT, right=indent)
        if side == "right"
        else Setting("left", _FOLIO_LINE_PT, left=indent)
    )
    made = paragraph("— ", _FOLIO, setting)
    field = element("w:fldSimple", instr="PAGE")
    field.append(run("2", _FOLIO))
    made.append(field)
    made.append(run(" —", _FOLIO))
    return made


def head(name: str, number: str) -> list[Element]:
    """The red name, its ink 30 mm from the paper's edge, 4 mm under its ink the first red line, and the
    number's ink 7/8 of a character under that, flush right.

    In frames of the body: a header would repeat them, a body line would begin at 37 mm, and the number's
    place hangs on how large the name is.
    """
    size = min(layout.MARK_PT, int(layout.BODY_MM[0] * layout.MM / len(name) * 2) / 2)
    ink = layout.MARK_TOP_MM * layout.MM
    setting = Setting("center", size * layout.MARK_LINE, frame=_frame(ink - size * layout.MARK_INK))
    rule = ink + size * layout.MARK_HEIGHT + layout.RULE_GAP_MM * layout.MM
    return [
        paragraph(name, Face(layout.XIAOBIAOSONG, size, layout.RED), setting),
        _rule("thickThinSmallGap", rule),
        _number(number, rule + layout.RULE_PT + layout.NUMBER_GAP_PT),
    ]


def _number(number: str, ink: float) -> Element:
    """The number, its ink `ink` points under the paper's edge."""
    top = ink - layout.LINE_BASE * layout.LINE_PT + layout.TEXT_RISE * layout.SIZE_PT
    frame = _frame(top, layout.LEFT_MM, layout.BODY_MM[0])
    return paragraph(number, BODY, Setting("right", frame=frame))


def _lower_rule() -> Element:
    middle = (layout.PAGE_MM[1] - layout.RULE_BOTTOM_MM) * layout.MM
    return _rule("thinThickSmallGap", middle - layout.RULE_PT / 2)


def _rule(style: str, edge: float) -> Element:
    """A red double line whose upper edge is `edge` points under the paper's: the border of an empty line.

    Always a lower border without a gap: Word and LibreOffice agree on nothing else."""
    border = element("w:pBdr")
    eighths = layout.RULE_EIGHTHS
    border.append(element("w:bottom", val=style, sz=eighths, space=0, color=layout.RED))
    frame = _frame(edge - _THREAD_PT)
    return paragraph("", Face(size=1), Setting("center", _THREAD_PT, frame=frame, border=border))


def _frame(
    top: float,
    left: float = (layout.PAGE_MM[0] - layout.RULE_MM) / 2,
    wide: float = layout.RULE_MM,
) -> Element:
    """A frame `top` points under the paper's edge; over the red line's whole length unless told (mm)."""
    return element(
        "w:framePr",
        w=mm(wide),
        hSpace=0,
        vSpace=0,
        wrap="notBeside",
        vAnchor="page",
        hAnchor="page",
        x=mm(left),
        y=twips(top),
    )
