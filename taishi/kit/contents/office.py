"""XLSX: one line a row, cells apart by tabs. DOCX: one line a paragraph, one a row of a table."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph
from openpyxl import load_workbook

from taishi.core.problems import Problem
from taishi.kit.contents.part import Limits, Line, Part

_BOOK, _PAPER = "xl/workbook.xml", "word/document.xml"


def office_kind(names: frozenset[str]) -> str:
    """`xlsx` or `docx` by the names in the container, empty for any other archive."""
    return "xlsx" if _BOOK in names else "docx" if _PAPER in names else ""


def check_size(packed: zipfile.ZipFile, limits: Limits) -> None:
    """Raises Problem where a container grows too large: zipfile never gives more than an entry declares."""
    entries = packed.infolist()
    size, stored = sum(one.file_size for one in entries), sum(one.compress_size for one in entries)
    if size > limits.office or size > max(stored, 1) * limits.ratio > limits.ratio << 12:
        raise Problem(
            f"解开后有 {size >> 20} MB，超过限度，未读 / unpacked {size >> 20} MB: over the limit, not read"
        )


def workbook(file: IO[bytes]) -> Iterator[Part]:
    """One part a sheet. Raises Problem where it is damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # features that openpyxl leaves out; values are whole
            book = load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001 - openpyxl raises anything on damaged XML
        raise Problem(f"不是完好的 .xlsx / not a sound .xlsx ({type(error).__name__})") from None
    single = len(book.worksheets) == 1
    for sheet in book.worksheets:
        yield Part("" if single else sheet.title, "xlsx", _rows(sheet.iter_rows(values_only=True)))


def _rows(rows: Iterator[tuple[object, ...]]) -> Iterator[Line]:
    try:
        for number, row in enumerate(rows, start=1):
            text = "\t".join(map(_cell, row)).rstrip("\t")
            if text:
                yield number, text
    except Exception as error:  # noqa: BLE001 - as above
        raise Problem(f"表格后部损坏 / the sheet is damaged ({type(error).__name__})") from None


def _cell(value: object) -> str:
    if value is None or isinstance(value, datetime):
        return "" if value is None else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def paper(file: IO[bytes]) -> Iterator[Line]:
    """Raises Problem where it is damaged."""
    try:
        document = Document(file)
        blocks = list(document.iter_inner_content())
        ends = [block for section in document.sections for block in (section.header, section.footer)]
        extra = [one for end in ends if not end.is_linked_to_previous for one in end.iter_inner_content()]
    except Exception as error:  # noqa: BLE001 - python-docx raises anything on damaged XML
        raise Problem(f"不是完好的 .docx / not a sound .docx ({type(error).__name__})") from None
    number = 0
    for block in [*blocks, *extra]:
        for text in _texts(block):
            number += 1
            if text:
                yield number, text


def _texts(block: Paragraph | Table) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield " ".join(block.text.split("\n"))
        return
    for row in block.rows:
        yield "\t".join(" ".join(cell.text.split()) for cell in row.cells)
