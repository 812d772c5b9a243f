"""How a matter ends, is opened again, or grows while its letter is out."""

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec.structs import replace

from notices.life.moves import require
from taishi.core.notice_records import Bounce, Notice, NoticeItem, Opinion, Reminder
from taishi.core.problems import Refused


def append(notice: Notice, *, items: Sequence[NoticeItem], at: datetime) -> Notice:
    """追加: new lines, or lines brought up to what was seen. What the letter said stays as it was sent."""
    require(notice, "append", at)
    return _with_items(notice, items)


def recheck(notice: Notice, opinion: Opinion) -> Notice:
    """复核 that found proof; made anew it takes the place of the one before."""
    require(notice, "recheck", opinion.at)
    return replace(notice, state="rechecked", opinion=opinion)


def close(notice: Notice, *, by: str, at: datetime) -> Notice:
    """销号, on the opinion that stands."""
    require(notice, "close", at)
    if notice.opinion is None:
        raise Refused(f"letter {notice.id}: cannot be closed without a recheck opinion")
    return replace(notice, state="closed", closed_by=by, closed_at=at)


def reopen(notice: Notice, *, at: datetime, deadline: datetime, items: Sequence[NoticeItem] = ()) -> Notice:
    """重开 under the same number: the unit answers anew, by that deadline."""
    require(notice, "reopen", at)
    return replace(
        _with_items(notice, items),
        state="rectifying",
        deadline=deadline,
        reopened=notice.reopened + 1,
        reopened_at=at,
        answered_at=None,
        answered_by=None,
        opinion=None,
        closed_at=None,
        closed_by=None,
    )


def remind(notice: Notice, reminder: Reminder) -> Notice:
    """催办. Raises Refused where that stage of that deadline was told already."""
    require(notice, "remind", reminder.at)
    told = {(one.stage, one.deadline) for one in notice.reminders}
    if (reminder.stage, reminder.deadline) in told:
        raise Refused(f"letter {notice.id}: reminded of {reminder.deadline.isoformat()} already")
    return replace(notice, reminders=(*notice.reminders, reminder))


def bounce(notice: Notice, bounced: Bounce) -> Notice:
    """The letter did not reach that contact."""
    require(notice, "bounce", bounced.at)
    return replace(notice, bounces=(*notice.bounces, bounced))


def without(notice: Notice, alert_ids: Collection[str]) -> Notice:
    """The letter without what it says of alerts that were false alarms. Raises Refused where nothing
    would be left: such a letter is withdrawn."""
    left = tuple(item for item in notice.items if item.alert_id not in alert_ids)
    if not left:
        raise Refused(f"letter {notice.id}: nothing would be left of it; withdraw it")
    return replace(notice, items=left)


def _with_items(notice: Notice, items: Sequence[NoticeItem]) -> Notice:
    """Lines of alerts that are in it already take the place of the old ones, others come after."""
    new = {item.alert_id: item for item in items}
    kept = [new.pop(item.alert_id, item) for item in notice.items]
    return replace(notice, items=(*kept, *new.values()))
