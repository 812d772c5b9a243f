"""The bureau's own choices, as data: how long a unit has, and words that its letters may not use."""

from collections.abc import Iterable
from datetime import datetime, time

from notices.calendar import add_working_days
from taishi.core.records import Level, NoticeItem, Threat

#: Working days from the day after the letter is drawn up, by class and level.
DEADLINE_DAYS: dict[tuple[Threat, Level], int] = {
    ("compromised", "high"): 3,
    ("compromised", "medium"): 5,
    ("compromised", "low"): 10,
    ("attempted", "high"): 10,
    ("attempted", "medium"): 10,
    ("attempted", "low"): 10,
    ("risk", "high"): 10,
    ("risk", "medium"): 10,
    ("risk", "low"): 10,
}

#: When a working day ends, Asia/Shanghai.
END_OF_DAY = time(17, 30)

#: Powers that a data bureau does not have. Summons: 网络安全法 article 56 (58 from 2026-01-01, inferred from
#: the shift by two) gives them to departments of provincial level and above; orders and penalties belong
#: to competent departments.
FORBIDDEN_WORDS: tuple[str, ...] = ("责令", "约谈", "处罚", "罚款", "吊销")


def days_for(items: Iterable[NoticeItem]) -> int:
    """The shortest span that any of the items asks for."""
    return min(DEADLINE_DAYS[item.threat, item.level] for item in items)


def deadline(at: datetime, items: Iterable[NoticeItem]) -> datetime:
    """When the papers are due: the end of that working day, Asia/Shanghai."""
    return add_working_days(at, days_for(items), END_OF_DAY)
