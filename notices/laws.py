"""Which article a letter cites: by the letter's own date.

网络安全法: in force from 2017-06-01; the Decision that amends it from 2026-01-01 moved articles 21 and 25
to 23 and 27 (STANDARDS D1, D2).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from taishi.core.clock import ZONE

#: `incidents`: plan for incidents; deal with holes, malware, attacks and intrusions at once.
#: `logs`: monitor, record, and keep network logs for at least six months.
Duty = Literal["incidents", "logs"]

_CYBERSECURITY = "《中华人民共和国网络安全法》"


@dataclass(frozen=True)
class Article:
    """One article while it has that number: from `since` up to but without `until` (None: still)."""

    duty: Duty
    text: str
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


_FIRST, _AMENDED = date(2017, 6, 1), date(2026, 1, 1)

ARTICLES: tuple[Article, ...] = (
    Article("incidents", f"{_CYBERSECURITY}第二十五条", _FIRST, _AMENDED),
    Article("incidents", f"{_CYBERSECURITY}第二十七条", _AMENDED),
    Article("logs", f"{_CYBERSECURITY}第二十一条", _FIRST, _AMENDED),
    Article("logs", f"{_CYBERSECURITY}第二十三条", _AMENDED),
)


def article(duty: Duty, at: datetime) -> str:
    """The article in force on that day in Asia/Shanghai; in general words where there was none yet."""
    day = at.astimezone(ZONE).date()
    in_force = (each.text for each in ARTICLES if each.duty == duty and each.holds(day))
    return next(in_force, "国家网络安全有关法律法规")


def changed(since: datetime, until: datetime) -> bool:
    """Whether a citation that was right on the first day is wrong on the second."""
    duties = {each.duty for each in ARTICLES}
    return any(article(duty, since) != article(duty, until) for duty in duties)
