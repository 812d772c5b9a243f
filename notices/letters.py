"""The letter types, found by themselves: a folder in `notices/` with a module-level `LETTER` is one more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, cast

import notices
from notices.background import Background
from notices.content import LetterContent
from taishi.core.discover import discover
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.records import Bureau
from taishi.core.text import Text


class Letter(Protocol):
    """One type of letter."""

    @property
    def type(self) -> str:
        """Short name, as `Notice.type` keeps it."""

    @property
    def name(self) -> Text: ...

    @property
    def mark(self) -> str:
        """Its character in the number's prefix (示数资告函): each type has its own series a year."""

    @property
    def accompanies(self) -> bool:
        """Whether it is about a letter that has left before, and has no items of its own."""

    def draft(self, *, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime) -> Notice:
        """A new letter about these items with its title and deadline. Raises Refused without items."""

    def content(self, notice: Notice, bureau: Bureau, background: Background | None = None) -> LetterContent:
        """The whole letter, linted; the same notice and background always give the same text. Raises Problem
        where the lint refuses it, Refused where the background lacks what this type is about."""


def letters() -> dict[str, Letter]:
    """Every letter type by its short name."""
    found = (cast(Letter, part) for part in discover(notices, "LETTER"))
    return {letter.type: letter for letter in found}
