"""A new letter about what was seen, as its record."""

from collections.abc import Sequence
from datetime import UTC, datetime

from notices import policy
from taishi.core.notice_records import Notice, NoticeItem
from taishi.core.problems import Refused


def drafted(
    type_: str, title: str, notice_id: str, unit: str, items: Sequence[NoticeItem], at: datetime
) -> Notice:
    """With the deadline of `measures.yml`. Raises Refused without items."""
    if not items:
        raise Refused(f"letter to {unit}: has no items; choose at least one alert")
    return Notice(
        id=notice_id,
        type=type_,
        unit=unit,
        title=title,
        items=tuple(items),
        created_at=at.astimezone(UTC),
        deadline=policy.deadline(at, items).astimezone(UTC),
    )
