"""PDF (ISO 32000): readable without a password, with nothing in it that runs, fetches or carries files."""

import logging
import re
from typing import BinaryIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from taishi.core.text import Text
from taishi.kit.papers.paper import MOST_PAGES, Sound, Unfit, damaged, hidden, too_many_pages

MAGIC = b"%PDF-"
NAME = Text("PDF 文件", "PDF file")
#: Names of entries, and values of /S and /Subtype, that do more than show a page (ISO 32000-1 12.6, 7.11.4).
_ENTRIES = {
    "/JS": Text("脚本", "scripts"),
    "/JavaScript": Text("脚本", "scripts"),
    "/EmbeddedFiles": Text("附件", "attached files"),
    "/EF": Text("附件", "attached files"),
    "/XFA": Text("动态表单", "a dynamic form"),
    "/RichMediaContent": Text("多媒体", "media"),
}
_ACTIONS = {
    "/JavaScript": Text("脚本", "scripts"),
    "/Launch": Text("启动程序的动作", "an action that starts programs"),
    "/GoToE": Text("附件", "attached files"),
    "/SubmitForm": Text("自动提交的表单", "a form that submits itself"),
    "/ImportData": Text("自动导入的表单", "a form that imports data"),
    "/RichMedia": Text("多媒体", "media"),
    "/Movie": Text("多媒体", "media"),
}
#: The same in plain bytes, for what no cross-reference names; long enough to never stand in packed data.
_PLAIN = re.compile(rb"/(JavaScript|Launch|EmbeddedFile|SubmitForm|ImportData)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST_OBJECTS = 60_000


def check(file: BinaryIO) -> Sound:
    """Raises Unfit."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every oddity that it mends
    try:
        return _checked(file)
    except Unfit:
        raise
    except (PyPdfError, RecursionError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError):
        raise damaged(NAME) from None
    except Exception:  # noqa: BLE001 - a defect of the reader must read as a damaged file
        raise damaged(NAME) from None


def _checked(file: BinaryIO) -> Sound:
    content = file.read()
    named = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    plain = _PLAIN.search(named)
    file.seek(0)
    reader = PdfReader(file)
    if reader.is_encrypted:
        raise Unfit(
            "PDF 加了密码或限制，没有接收；请去掉密码后另存，或者打印后扫描再传",
            "the PDF is locked; save it without a password, or print and scan it",
        )
    if plain:
        raise hidden(_ACTIONS.get(f"/{plain[1].decode()}", _ENTRIES["/EF"]))
    pages = len(reader.pages)
    if not pages:
        raise damaged(NAME)
    if pages > MOST_PAGES:
        raise too_many_pages(pages)
    for number in _numbers(reader):
        _look(reader.get_object(IndirectObject(number, 0, reader)), 0)
    return Sound("pdf", pages)


def _numbers(reader: PdfReader) -> list[int]:
    numbers = {number for generation in reader.xref.values() for number in generation}
    numbers |= set(reader.xref_objStm)
    if len(numbers) > _MOST_OBJECTS:
        raise Unfit(
            "PDF 内部结构过于复杂，没有接收；请打印后扫描再传", "the PDF is too complex; print it and scan it"
        )
    return sorted(numbers)


def _look(held: object, depth: int) -> None:
    """One object with what stands directly in it; what it refers to has a number of its own."""
    if depth > 50:
        raise damaged(NAME)
    if isinstance(held, DictionaryObject):
        for key, value in held.items():
            found = _ENTRIES.get(str(key)) or (
                _ACTIONS.get(str(value)) if key in ("/S", "/Subtype") else None
            )
            if found:
                raise hidden(found)
            if not isinstance(value, IndirectObject):
                _look(value, depth + 1)
    elif isinstance(held, ArrayObject):
        for value in list.__iter__(held):
            if not isinstance(value, IndirectObject):
                _look(value, depth + 1)
