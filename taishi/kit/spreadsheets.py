"""Tables in and out of spreadsheets: XLSX (ECMA-376) and delimited text (RFC 4180)."""

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from taishi.core.clock import ZONE
from taishi.core.problems import Problem

Cell = str | int | float | bool | datetime | date | None

#: A sheet people keep by hand stays far below; a packed bomb does not (bytes after unpacking).
_LARGEST = 200 * 1024 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Beginnings that a spreadsheet program would take for a formula (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Such a beginning, maybe after apostrophes of its own.
_GUARDED = re.compile(r"'*[=+\-@\t\r]")
_WIDEST = 60
_LOOKED_AT = 20


@dataclass(frozen=True)
class Table:
    """One sheet: its name and its rows from the very first, each as long as it was."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


def column_letter(index: int) -> str:
    """The letter above a zero-based column: 0 is A, 26 is AA."""
    return get_column_letter(index + 1)


def read_tables(path: Path) -> tuple[Table, ...]:
    """The sheets of an XLSX workbook, or the one table of a CSV file (comma, tab or semicolon; UTF-8
    with or without a mark, UTF-16 with one, GB18030). Merged cells repeat their value; formulas give
    their last result. Raises Problem with one line where the file is none of these.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise Problem(
            f"{path}: 打不开,请检查路径和权限 / cannot be read ({reason}); check the path"
        ) from None
    if not content.strip():
        raise _empty(path)
    if content.startswith(_ZIP):
        return _read_xlsx(path, content)
    if content.startswith(_OLE):
        raise Problem(
            f"{path}: 是旧版 Excel(.xls)或加密文件,请另存为未加密的 .xlsx"
            " / an old Excel (.xls) or encrypted file; save it as a plain .xlsx"
        )
    return (Table(path.stem, _read_text(path, content)),)


def write_tables(tables: Sequence[Table]) -> bytes:
    """An XLSX workbook; the first row of each table is its head. Text stays text: what begins like a
    formula is marked so that no program computes it. Zoned times are written as Asia/Shanghai.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet(_sheet_name(table.name))
        for number, row in enumerate(table.rows, start=1):
            _write_row(sheet, number, row)
        _dress(sheet, table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_csv(table: Table) -> bytes:
    """RFC 4180 in UTF-8 with a mark, so that spreadsheets know it. What begins like a formula gets an
    apostrophe before it, which `read_tables` takes away again.
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_guarded(value) for value in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def _guarded(value: Cell) -> Cell:
    return f"'{value}" if isinstance(value, str) and _GUARDED.match(value) else value


def _read_xlsx(path: Path, content: bytes) -> tuple[Table, ...]:
    damaged = f"{path}: 不是完好的 .xlsx 工作簿,请重新导出 / not a sound .xlsx workbook; export it again"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _LARGEST:
                raise Problem(f"{path}: 解开后超过 200 MB,请拆分 / over 200 MB when unpacked; split it")
        with warnings.catch_warnings():
            # openpyxl warns of drop-down lists and other features that it leaves out; values are whole.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), data_only=True)
        return tuple(Table(sheet.title, _sheet_rows(sheet)) for sheet in book.worksheets)
    except Problem:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises anything on damaged XML
        raise Problem(f"{damaged} ({type(error).__name__})") from None


def _sheet_rows(sheet: Worksheet) -> tuple[tuple[Cell, ...], ...]:
    rows = [[_value(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    for span in sheet.merged_cells.ranges:
        value = rows[span.min_row - 1][span.min_col - 1]
        for row in rows[span.min_row - 1 : span.max_row]:
            row[span.min_col - 1 : span.max_col] = [value] * (span.max_col - span.min_col + 1)
    return tuple(map(tuple, rows))


def _value(value: object) -> Cell:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, (str, int, float, bool, date)):
        return value
    return value.isoformat() if isinstance(value, time) else str(value)


def _read_text(path: Path, content: bytes) -> tuple[tuple[Cell, ...], ...]:
    text = _decode(path, content)
    try:
        delimiter = max(",\t;", key=lambda one: _columns(text, one))
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return tuple(tuple(map(_unguarded, row)) for row in rows)
    except csv.Error as error:
        raise Problem(f"{path}: 不是规范的 CSV / not sound CSV ({error}); export it again") from None


def _unguarded(value: str) -> str:
    return value[1:] if value.startswith("'") and _GUARDED.match(value[1:]) else value


def _columns(text: str, delimiter: str) -> int:
    """How many cells the first rows have when cut so: most by the true delimiter."""
    return sum(len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), _LOOKED_AT))


def _decode(path: Path, content: bytes) -> str:
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.strip():
            raise _empty(path)
        if "\0" not in text:
            return text
    raise Problem(
        f"{path}: 既不是 XLSX 也不是 CSV 文本,请另存为 .xlsx 或 .csv"
        " / neither XLSX nor CSV text; save it as .xlsx or .csv"
    )


def _empty(path: Path) -> Problem:
    return Problem(f"{path}: 文件是空的,请重新导出 / the file is empty; export it again")


def _write_row(sheet: Worksheet, number: int, row: Iterable[Cell]) -> None:
    for column, value in enumerate(row, start=1):
        cell = sheet.cell(number, column)
        if isinstance(value, str):
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
            if value.startswith(_FORMULA):
                cell.data_type = "s"
                cell.quotePrefix = True  # keeps it text when somebody edits the cell
        elif isinstance(value, datetime) and value.tzinfo is not None:
            cell.value = value.astimezone(ZONE).replace(tzinfo=None)
        else:
            cell.value = value


def _dress(sheet: Worksheet, table: Table) -> None:
    """A bold head that stays in sight and columns as wide as their longest text (Chinese counts two)."""
    sheet.freeze_panes = "A2"
    for column, head in enumerate(sheet[1] if table.rows else ()):
        values = (str(row[column] or "") for row in table.rows if column < len(row))
        longest = max((sum(2 if ord(sign) > 0x2E7F else 1 for sign in value) for value in values), default=0)
        sheet.column_dimensions[column_letter(column)].width = min(longest + 2, _WIDEST)
        head.font = Font(bold=True)
        head.alignment = Alignment(vertical="center")


def _sheet_name(name: str) -> str:
    """Excel allows 31 signs and none of []:*?/\\ in a sheet's name."""
    return "".join("_" if sign in "[]:*?/\\" else sign for sign in name)[:31] or "_"
