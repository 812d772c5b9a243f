"""Papers about a letter that was sent before: what they take from it. They have no items of their own: an
event is in one letter only."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from notices.background import Background
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused


@dataclass(frozen=True)
class Earlier:
    """The letter that a paper is about, as far as the paper names it; it has left under its number."""

    title: str
    number: str
    issued_at: datetime
    deadline: datetime
    answered_at: datetime | None
    returned: int

    @property
    def named(self) -> str:
        """As official Chinese cites a letter: 《关于…的函》（示数资函〔2026〕37号）."""
        return f"《{self.title}》（{self.number}）"


def earlier(notice: Notice, background: Background) -> Earlier:
    """Raises Refused where the paper is about no letter, or about one that never left."""
    about = _about(notice, background)
    if about.number is None or about.issued_at is None:
        raise Refused(f"paper {notice.id}: letter {about.id} has not left; issue it first")
    return Earlier(
        title=about.title,
        number=about.number,
        issued_at=about.issued_at,
        deadline=about.deadline,
        answered_at=about.answered_at,
        returned=about.returned,
    )


def with_items(notice: Notice, background: Background) -> Notice:
    """The paper with what the letter is about. Raises Refused as `earlier`."""
    return msgspec.structs.replace(notice, items=_about(notice, background).items)


def _about(notice: Notice, background: Background) -> Notice:
    about = background.about
    if about is None:
        raise Refused(f"paper {notice.id}: is about no letter; name the letter it belongs to")
    if about.unit != notice.unit:
        raise Refused(f"paper {notice.id}: is to {notice.unit}, but letter {about.id} is to {about.unit}")
    return about
