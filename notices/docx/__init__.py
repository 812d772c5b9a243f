"""Sets a letter as DOCX in the letter form of GB/T 9704-2012 §10.1 (信函格式)."""

from collections.abc import Iterable
from io import BytesIO

from docx import Document
from docx.document import Document as Paper
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from notices.content import Annex, LetterContent
from notices.docx import layout
from notices.docx.page import head, set_footers, set_page
from notices.docx.tables import form_table, list_table
from notices.docx.writing import BODY, HEADING, TITLE, Face, Setting, blank, paragraph, width

_CHARACTER = layout.CHARACTER_PT
_INDENT = Setting(first=2 * _CHARACTER)
_WITH_SIGNATURE = 2
_NOTE = Face(layout.FANGSONG, layout.NOTE_PT)


def render(content: LetterContent) -> bytes:
    """The letter as a DOCX file, fonts by their official names. It has room for a stamp, never a stamp."""
    document = _document(content.title, content.mark)
    set_footers(document)
    return _saved(document, [*_head(content), *_body(content), *_end(content), *_annexes(content)])


def render_annex(annex: Annex, author: str) -> bytes:
    """One annex as a DOCX file of its own: a form that a unit fills in, stamps and sends back."""
    title = paragraph(annex.title, TITLE, Setting("center", layout.TITLE_LINE_PT))
    return _saved(_document(annex.title, author), [title, *blank(), *_annex_matter(annex)])


def _document(title: str, author: str) -> Paper:
    document = Document()
    set_page(document)
    document.core_properties.title = title
    document.core_properties.author = author
    document.core_properties.comments = ""
    return document


def _saved(document: Paper, parts: Iterable[Element]) -> bytes:
    ending = document.element.body[-1]  # w:sectPr stays last
    for part in parts:
        ending.addprevious(part)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def _head(content: LetterContent) -> list[Element]:
    """§10.1: mark, number flush right under the red line, title two lines below it."""
    return [
        *head(content.mark, content.number),
        *blank(2),
        paragraph(content.title, TITLE, Setting("center", layout.TITLE_LINE_PT)),
        *blank(),
        paragraph(content.addressee),
    ]


def _body(content: LetterContent) -> list[Element]:
    """The last paragraphs stay with the signature: no page has a stamp but no text (§7.3.5.5)."""
    last = len(content.body) - _WITH_SIGNATURE
    made = []
    for serial, each in enumerate(content.body):
        heading = each.kind == "heading"
        setting = Setting(first=2 * _CHARACTER, keep_next=heading or serial >= last)
        made.append(paragraph(each.text, HEADING if heading else BODY, setting))
    return made


def _end(content: LetterContent) -> list[Element]:
    """附件说明 one line below the body (§7.3.4), then name, date and 附注 (§7.3.5, §7.3.6), kept together."""
    return [
        *blank(keep_next=True),
        *(_listed(content, serial) for serial in range(1, len(content.annexes) + 1)),
        *blank(layout.STAMP_LINES, keep_next=True),
        *_signature(content),
        paragraph(content.contact, BODY, _INDENT),
    ]


def _listed(content: LetterContent, serial: int) -> Element:
    head = "附件：" if serial == 1 else ""
    text = f"{head}{serial}. {content.annexes[serial - 1].title}"
    setting = Setting("left", left=5 * _CHARACTER, hanging=len(head) * _CHARACTER, keep_next=True)
    return paragraph(text, BODY, setting)


def _signature(content: LetterContent) -> list[Element]:
    """The date ends four characters from the right; the name stands centred over it (§7.3.5.1)."""
    edge = layout.DATE_INDENT * _CHARACTER
    overhang = (width(content.signature, _CHARACTER) - width(content.date, _CHARACTER)) / 2
    return [
        paragraph(content.signature, BODY, Setting("right", right=max(0.0, edge - overhang), keep_next=True)),
        paragraph(content.date, BODY, Setting("right", right=edge, keep_next=True)),
    ]


def _annexes(content: LetterContent) -> list[Element]:
    return [
        part
        for serial, annex in enumerate(content.annexes, 1)
        for part in (*_annex_head(serial, annex), *_annex_matter(annex))
    ]


def _annex_head(serial: int, annex: Annex) -> list[Element]:
    """§7.3.7: on a page of its own; 附件 and its number in 黑体 at the left edge, title on the third line."""
    return [
        paragraph(f"附件{serial}", Face(layout.HEITI), Setting("left", new_page=True)),
        *blank(),
        paragraph(annex.title, TITLE, Setting("center", layout.TITLE_LINE_PT)),
        *blank(),
    ]


def _annex_matter(annex: Annex) -> list[Element]:
    if annex.kind == "list":
        notes = [paragraph(note, _NOTE, Setting("left", layout.NOTE_PT * 1.5)) for note in annex.notes]
        gap = paragraph("", _NOTE, Setting(line=layout.NOTE_PT / 2))
        return [list_table(annex.columns, annex.rows), gap, *notes]
    if annex.kind == "form":
        return [form_table(annex.fields), paragraph("", _NOTE, Setting(line=1))]
    return _pledge(annex)


def _pledge(annex: Annex) -> list[Element]:
    first, *rest = annex.paragraphs
    return [
        paragraph(first.text),
        *(paragraph(each.text, BODY, _INDENT) for each in rest),
        *blank(),
        *(paragraph(f"{field.label}：{field.value}", BODY, _INDENT) for field in annex.fields),
    ]
