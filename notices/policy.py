"""The bureau's own choices, as data: how long a unit has, and words that its letters may not use."""

from collections.abc import Iterable
from datetime import datetime, time

from notices.calendar import add_working_days
from notices.measures import Policy, default_policy
from taishi.core.notice_records import NoticeItem

#: When a working day ends, Asia/Shanghai.
END_OF_DAY = time(17, 30)

#: Powers that a data bureau does not have. Summons: 网络安全法 article 56 (58 from 2026-01-01, inferred from
#: the shift by two) gives them to departments of provincial level and above; orders and penalties belong
#: to competent departments.
FORBIDDEN_WORDS: tuple[str, ...] = ("责令", "约谈", "处罚", "罚款", "吊销")


def deadline(at: datetime, items: Iterable[NoticeItem], policy: Policy | None = None) -> datetime:
    """When the papers are due: the end of that working day, Asia/Shanghai; by `measures.yml` unless another
    policy is given."""
    counts = policy or default_policy()
    return add_working_days(at, counts.days(items), END_OF_DAY, counts.holidays)


def extended(due: datetime, days: int, policy: Policy | None = None) -> datetime:
    """A deadline moved by so many working days: the end of that working day, Asia/Shanghai."""
    return add_working_days(due, days, END_OF_DAY, (policy or default_policy()).holidays)
