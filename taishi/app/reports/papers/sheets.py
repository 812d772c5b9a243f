"""The report as a workbook: one sheet a table, the trend with its chart. Figures are numbers."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from taishi.app.reports.papers.content import Cell, Chart, Content, Grid, Section

_EDGE = Side(style="thin", color="D5DBE3")
_THIN = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)
_HEAD = PatternFill("solid", fgColor="F2F5F9")
#: A sheet's name has 31 characters at the most, and none of these.
_NAME, _FORBIDDEN = 31, str.maketrans("/\\?*[]:", "       ")


def xlsx(content: Content) -> bytes:
    book = Workbook()
    front = book.active
    assert isinstance(front, Worksheet)  # noqa: S101 - tells mypy what openpyxl gives
    _front(front, content)
    for section in content.sections:
        if section.grid is not None or section.chart is not None:
            _sheet(book.create_sheet(section.title.translate(_FORBIDDEN)[:_NAME].strip()), section)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _front(sheet: Worksheet, content: Content) -> None:
    sheet.title = content.sections[0].title[:_NAME]
    sheet.column_dimensions["A"].width = 100
    lines = [content.title, f"{content.bureau}  {content.span}", *content.facts]
    for section in content.sections:
        lines += ["", section.title, *section.paragraphs] if section.paragraphs else []
    titles = {section.title for section in content.sections}
    for n, text in enumerate(lines, 1):
        cell = sheet.cell(n, 1, _plain(text))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if n == 1 or text in titles:
            cell.font = Font(bold=True, size=16 if n == 1 else 12)


def _sheet(sheet: Worksheet, section: Section) -> None:
    if section.grid is not None:
        _table(sheet, section.grid)
    if section.chart is not None:
        _trend(sheet, section.chart)


def _table(sheet: Worksheet, grid: Grid) -> None:
    for n, row in enumerate([grid.head, *grid.rows], 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(n, place, _plain(value))
            cell.border = _THIN
            if not isinstance(value, str):
                cell.number_format = "#,##0"
            if n == 1 or (grid.total and n == len(grid.rows) + 1):
                cell.font, cell.fill = Font(bold=True), _HEAD
    for place in range(1, len(grid.head) + 1):
        widest = max(_width(row[place - 1]) for row in [grid.head, *grid.rows])
        sheet.column_dimensions[get_column_letter(place)].width = min(60, widest + 4)
    sheet.freeze_panes = "B2"


def _trend(sheet: Worksheet, chart: Chart) -> None:
    head = ["", chart.now, *([chart.before] if chart.before else [])]
    rows = [[bar.label, bar.count, *([bar.before] if chart.before else [])] for bar in chart.bars]
    _table(sheet, Grid(head, [["" if cell is None else cell for cell in row] for row in rows]))
    last = len(rows) + 1
    bars, labels = BarChart(), Reference(sheet, min_col=1, min_row=2, max_row=last)
    bars.title, bars.height, bars.width, bars.legend.position = chart.title, 9, 24, "b"
    bars.add_data(Reference(sheet, min_col=2, min_row=1, max_row=last), titles_from_data=True)
    bars.set_categories(labels)
    # openpyxl leaves axes out of sight unless told.
    bars.x_axis.delete = bars.y_axis.delete = False
    if chart.before:
        line = LineChart()
        line.add_data(Reference(sheet, min_col=3, min_row=1, max_row=last), titles_from_data=True)
        bars += line
    sheet.add_chart(bars, "E2")


def _plain(value: Cell) -> Cell:
    """Text that a spreadsheet program would take for a formula stays text (OWASP: CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _width(value: Cell) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in f"{value}")
