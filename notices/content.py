"""What a letter says, before it is set on paper: pages show it, `notices.docx` sets it."""

from hashlib import sha256
from typing import Literal

import msgspec


class Paragraph(msgspec.Struct, frozen=True):
    """One paragraph of the body; a heading carries its own numeral (一、 …)."""

    kind: Literal["heading", "body"]
    text: str


class FormField(msgspec.Struct, frozen=True):
    """One field of a form. `half` shares its line with the next half, `full` has a line, `tall` has room
    to write in, `number` is a half that holds the letter's number (known only when it is issued)."""

    label: str
    value: str = ""
    kind: Literal["half", "full", "tall", "number"] = "half"


class Annex(msgspec.Struct, frozen=True):
    """附件. A `list` has columns, rows and notes under them; a `form` has fields; a `pledge` has
    paragraphs, then fields as lines to fill in."""

    title: str
    kind: Literal["list", "form", "pledge"]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    fields: tuple[FormField, ...] = ()


class LetterContent(msgspec.Struct, frozen=True):
    """One letter. `mark` is the red name at its head (发文机关标志), `date` the day of approval
    (成文日期); number and date have blanks to fill in while the letter is a draft."""

    mark: str
    number: str
    addressee: str
    title: str
    body: tuple[Paragraph, ...]
    annexes: tuple[Annex, ...]
    signature: str
    date: str
    contact: str

    def texts(self) -> tuple[str, ...]:
        """Every piece of text, in reading order."""
        head = (self.mark, self.number, self.title, self.addressee, *(each.text for each in self.body))
        annexed = tuple(text for annex in self.annexes for text in _annex_texts(annex))
        return (*head, self.signature, self.date, self.contact, *annexed)


def _annex_texts(annex: Annex) -> tuple[str, ...]:
    cells = tuple(cell for row in annex.rows for cell in row)
    fields = tuple(text for field in annex.fields for text in (field.label, field.value))
    paragraphs = tuple(each.text for each in annex.paragraphs)
    return (annex.title, *annex.columns, *cells, *annex.notes, *paragraphs, *fields)


def text_hash(content: LetterContent) -> str:
    """SHA-256 (64 hexadecimal digits) of everything a reader decides on: all but number and date,
    which come only with issue and approval."""
    annexes = tuple(msgspec.structs.replace(each, fields=_unnumbered(each)) for each in content.annexes)
    bare = msgspec.structs.replace(content, number="", date="", annexes=annexes)
    return sha256(msgspec.json.encode(bare)).hexdigest()


def _unnumbered(annex: Annex) -> tuple[FormField, ...]:
    return tuple(
        msgspec.structs.replace(field, value="") if field.kind == "number" else field
        for field in annex.fields
    )


def number_prefix(prefix: str, mark: str) -> str:
    """机关代字 of one type of letter, whose series is its own: 示数资函, with the mark 告 示数资告函."""
    head = prefix.removesuffix("函")
    return f"{head}{mark}{prefix[len(head) :]}"


def number_text(prefix: str, year: int, serial: int | None) -> str:
    """发文字号, GB/T 9704-2012 §7.2.5: `示数资函〔2026〕37号`; room where no serial is given."""
    return f"{prefix}〔{year}〕{'　　' if serial is None else serial}号"
