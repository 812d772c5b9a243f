"""The letter types, found by themselves: a folder in `notices/` with a module-level `LETTER` is one more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, cast

import notices
from notices.content import LetterContent
from taishi.core.discover import discover
from taishi.core.records import Block, Bureau, Notice, NoticeItem
from taishi.core.text import Text


class Letter(Protocol):
    """One type of letter."""

    @property
    def type(self) -> str:
        """Short name, as `Notice.type` keeps it."""

    @property
    def name(self) -> Text: ...

    def draft(self, *, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime) -> Notice:
        """A new letter about these items with its title and deadline. Raises Refused without items."""

    def content(self, notice: Notice, bureau: Bureau, *, blocks: Sequence[Block] = ()) -> LetterContent:
        """The whole letter, linted; the same notice always gives the same text. `blocks` are whatever
        blocks are known: only those that truly stood when the letter was drawn up are mentioned.
        Raises Problem where the lint refuses it."""


def letters() -> dict[str, Letter]:
    """Every letter type by its short name."""
    found = (cast(Letter, part) for part in discover(notices, "LETTER"))
    return {letter.type: letter for letter in found}
