"""Tables with the widths of their grid: neither Word, WPS nor LibreOffice shall guess them."""

from collections.abc import Iterator, Sequence

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from notices.content import FormField
from notices.docx import layout
from notices.docx.writing import Face, Justification, Setting, element, mm, paragraph

_CELL = Face(layout.FANGSONG, layout.TABLE_PT)
_CELL_HEAD = Face(layout.HEITI, layout.TABLE_PT)
_FIELD = Face(layout.FANGSONG, layout.FORM_PT)
_LABEL = Face(layout.HEITI, layout.FORM_PT)

#: Widths of the eleven columns of 风险清单; together the printed area. Two characters fit into the narrow
#: ones, a date into the moments, eight digits into the hash.
LIST_MM = (6.4, 23.6, 14.0, 7.8, 7.8, 23.2, 14.4, 9.0, 17.2, 17.2, 15.4)
#: Label, value, label, value.
FORM_MM = (32.0, 46.0, 32.0, 46.0)
_ROW_MM, _TALL_MM = 9.0, 19.5


def list_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float] | None = None
) -> Element:
    """The head row is repeated on every page; a row is never split. `widths` in millimetres."""
    if widths is None:
        widths = (
            LIST_MM if len(columns) == len(LIST_MM) else (layout.BODY_MM[0] / len(columns),) * len(columns)
        )
    table = _table(widths)
    table.append(_list_row(columns, widths, _CELL_HEAD, head=True))
    for row in rows:
        table.append(_list_row(row, widths, _CELL))
    return table


def _list_row(cells: Sequence[str], widths: Sequence[float], face: Face, *, head: bool = False) -> Element:
    row = _row(None, head=head)
    for text, wide in zip(cells, widths, strict=True):
        row.append(_cell(text, wide, face, "center"))
    return row


def form_table(fields: Sequence[FormField]) -> Element:
    table = _table(FORM_MM)
    label, value = FORM_MM[0], sum(FORM_MM[1:])
    for line in _lines(fields):
        row = _row(_TALL_MM if line[0].kind == "tall" else _ROW_MM)
        for field in line:
            row.append(_cell(field.label, label, _LABEL, "center"))
            alone = len(line) == 1
            row.append(
                _cell(field.value, value if alone else FORM_MM[1], _FIELD, "left", span=3 if alone else 1)
            )
        table.append(row)
    return table


def _lines(fields: Sequence[FormField]) -> Iterator[list[FormField]]:
    """Halves two a line, the others alone."""
    halves: list[FormField] = []
    for field in fields:
        if field.kind in ("half", "number"):
            halves.append(field)
            if len(halves) == 1:
                continue
        elif halves:
            yield halves
            halves = []
        yield halves or [field]
        halves = []
    if halves:
        yield halves


def _table(widths: Sequence[float]) -> Element:
    table = element("w:tbl")
    properties = element("w:tblPr")
    properties.append(element("w:tblW", w=sum(mm(each) for each in widths), type="dxa"))
    properties.append(element("w:jc", val="center"))
    borders = element("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(element(f"w:{edge}", val="single", sz=4, space=0, color="000000"))
    properties.append(borders)
    properties.append(element("w:tblLayout", type="fixed"))
    margins = element("w:tblCellMar")
    for edge in ("left", "right"):
        margins.append(element(f"w:{edge}", w=mm(0.6), type="dxa"))
    properties.append(margins)
    table.append(properties)
    grid = element("w:tblGrid")
    for each in widths:
        grid.append(element("w:gridCol", w=mm(each)))
    table.append(grid)
    return table


def _row(least_mm: float | None, *, head: bool = False) -> Element:
    row = element("w:tr")
    properties = element("w:trPr")
    properties.append(element("w:cantSplit"))
    if least_mm is not None:
        properties.append(element("w:trHeight", val=mm(least_mm), hRule="atLeast"))
    if head:
        properties.append(element("w:tblHeader"))
    row.append(properties)
    return row


def _cell(text: str, wide: float, face: Face, justification: Justification, *, span: int = 1) -> Element:
    cell = element("w:tc")
    properties = element("w:tcPr")
    properties.append(element("w:tcW", w=mm(wide), type="dxa"))
    if span > 1:
        properties.append(element("w:gridSpan", val=span))
    properties.append(element("w:vAlign", val="center"))
    cell.append(properties)
    for line in text.split("\n"):
        cell.append(paragraph(line, face, Setting(justification, face.size * 1.3, before=1, after=1)))
    return cell


def cell_texts(table: Element) -> list[str]:
    """Every cell's text, row by row: what a returned form is read by."""
    return ["".join(said.text or "" for said in cell.iter(qn("w:t"))) for cell in table.iter(qn("w:tc"))]
