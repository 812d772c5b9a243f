"""A report as a paper: DOCX and PDF for the file, XLSX for the figures, HTML for the screen."""

from collections.abc import Callable, Mapping

from taishi.app.reports.papers.content import Content, content
from taishi.app.reports.papers.html import html
from taishi.app.reports.papers.sheets import xlsx
from taishi.app.reports.papers.word import docx
from taishi.app.reports.report import Report
from taishi.core.records import Bureau
from taishi.core.text import Language
from taishi.kit.documents import to_pdf

_MAKERS: Mapping[str, Callable[[Content], bytes]] = {
    ".docx": docx,
    ".pdf": lambda found: to_pdf(docx(found)),
    ".xlsx": xlsx,
    ".html": html,
}
SUFFIXES = tuple(_MAKERS)


def paper(report: Report, bureau: Bureau, suffix: str, language: Language = "zh") -> bytes:
    """The report as a file of that kind, one of SUFFIXES. Raises Problem where a PDF cannot be made."""
    return _MAKERS[suffix](content(report, bureau, language))
