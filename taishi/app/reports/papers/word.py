"""The report as DOCX, set as a bureau sets its papers: the official fonts, black, one accent in the chart."""

from collections.abc import Sequence
from io import BytesIO

from docx import Document
from docx.document import Document as Paper
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from taishi.app.reports.papers.chart import add_chart
from taishi.app.reports.papers.content import Cell, Content, Grid, Section

_TITLE, _HEI, _FANGSONG, _SONG = "方正小标宋简体", "黑体", "仿宋_GB2312", "宋体"
#: A4 with the margins of GB/T 9704-2012; the width that is left for text, in millimetres.
_MARGINS = {"top_margin": 37, "bottom_margin": 35, "left_margin": 28, "right_margin": 26}
_WIDTH = 210 - 28 - 26
#: Tables of so many rows are not broken over two pages.
_TOGETHER = 14


def docx(content: Content) -> bytes:
    paper = Document()
    _page(paper)
    _line(paper, content.bureau, _FANGSONG, 16)
    _line(paper, content.title, _TITLE, 22, after=6)
    _line(paper, content.span, _FANGSONG, 16)
    _line(paper, " ".join(content.facts), _FANGSONG, 12, after=12)
    for number, section in enumerate(content.sections):
        _section(paper, number, section, content)
    kept = BytesIO()
    paper.save(kept)
    return kept.getvalue()


def _page(paper: Paper) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, millimetres in _MARGINS.items():
        setattr(section, name, Mm(millimetres))
    folio = section.footer.paragraphs[0]
    folio.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(folio, "— ", _SONG, 14)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    folio._p.append(field)
    _run(folio, " —", _SONG, 14)


def _section(paper: Paper, number: int, section: Section, content: Content) -> None:
    numeral = f"{'一二三四五六七八九十'[number]}、" if content.language == "zh" else f"{number + 1}. "
    heading = _line(paper, f"{numeral}{section.title}", _HEI, 16, centred=False, before=10, after=4)
    heading.paragraph_format.keep_with_next = True
    for text in section.paragraphs:
        said = _line(paper, text, _FANGSONG, 14, centred=False, after=2)
        said.paragraph_format.first_line_indent = Pt(28)
        said.paragraph_format.line_spacing = 1.35
        said.paragraph_format.keep_with_next = section.grid is not None
    if section.grid is not None:
        _grid(paper, section.grid)
    if section.chart is not None:
        add_chart(paper, section.chart, _WIDTH, 72)


def _line(
    paper: Paper,
    text: str,
    font: str,
    size: float,
    *,
    centred: bool = True,
    before: float = 0,
    after: float = 0,
) -> Paragraph:
    paragraph = paper.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.JUSTIFY
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    _run(paragraph, text, font, size)
    return paragraph


def _run(paragraph: Paragraph, text: str, font: str, size: float, *, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    for slot in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(slot), font)


def _grid(paper: Paper, grid: Grid) -> None:
    table = paper.add_table(rows=0, cols=len(grid.head))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for n, row in enumerate([grid.head, *grid.rows]):
        bold = n == 0 or (grid.total and n == len(grid.rows))
        cells = table.add_row().cells
        for cell, value in zip(cells, row, strict=True):
            _cell(cell, value, bold=bold, together=n < len(grid.rows) <= _TOGETHER)
    _widths(table, _shares(grid))
    head = table.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))  # repeated on every page
    for each in table.rows:
        each._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _cell(cell: _Cell, value: Cell, *, bold: bool, together: bool) -> None:
    paragraph = cell.paragraphs[0]
    number = not isinstance(value, str)
    right = number or str(value).endswith("%")
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.keep_with_next = together
    _run(paragraph, f"{value:,}" if number else str(value), _SONG, 11, bold=bold)


def _shares(grid: Grid) -> list[float]:
    """Widths by the longest text of each column; none narrower than a sixth of the widest."""
    longest = [
        max(len(str(row[place])) + 2 for row in [grid.head, *grid.rows]) for place in range(len(grid.head))
    ]
    longest = [max(one, max(longest) // 6, 6) for one in longest]
    return [one / sum(longest) for one in longest]


def _widths(table: Table, shares: Sequence[float]) -> None:
    table.autofit = False
    for column, share in zip(table.columns, shares, strict=True):
        column.width = Mm(_WIDTH * share)
        for cell in column.cells:
            cell.width = Mm(_WIDTH * share)
