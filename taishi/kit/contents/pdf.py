"""PDF: the text that is in it, one line a line, counted through all pages. Pictures of text are not read."""

import logging
from collections.abc import Iterator
from typing import IO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from taishi.core.problems import Problem
from taishi.kit.contents.part import Limits, Line

MAGIC = b"%PDF-"


def lines(file: IO[bytes], limits: Limits) -> Iterator[Line]:
    """Raises Problem where it is locked, damaged, endless or holds no text."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every oddity that it mends
    number, any_text = 0, False
    try:
        reader = PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Problem("PDF 有口令，未读 / the PDF is locked with a password, not read")
        if len(reader.pages) > limits.pages:
            raise Problem(f"PDF 超过 {limits.pages} 页，未读 / the PDF has more than {limits.pages} pages")
        for page in reader.pages:
            for text in page.extract_text().splitlines():
                number += 1
                any_text = any_text or bool(text.strip())
                yield number, text
    except Problem:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
    ) as error:
        raise Problem(f"PDF 损坏，未读完 / the PDF is damaged ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001 - a decoder's defect must not cost the other files
        raise Problem(f"PDF 无法读出 / the PDF cannot be read ({type(error).__name__})") from None
    if not any_text:
        raise Problem("PDF 中没有文字（可能是扫描件），未读 / no text in the PDF (a scan, maybe), not read")
