"""What a letter must know beyond its own record: the same record and background always give the same text."""

from dataclasses import dataclass, field

from notices.calendar import Holidays
from notices.texts import Texts
from taishi.core.notice_records import Notice
from taishi.core.records import Block
from taishi.core.text import Text


@dataclass(frozen=True)
class Background:
    """`blocks`: whatever blocks are known of the matter; a letter mentions only those that truly stood.

    `about`: the letter that a reminder, a recheck opinion or a lifting belongs to. `findings`: on what proof
    the recheck says that the matter may be closed. `foreign`: addresses that belonged to other units
    then: they are masked. `holidays` and `texts`: as the bureau has them.
    """

    blocks: tuple[Block, ...] = ()
    about: Notice | None = None
    findings: tuple[Text, ...] = ()
    foreign: frozenset[str] = frozenset()
    holidays: Holidays = field(default_factory=dict)
    texts: Texts = field(default_factory=Texts)
