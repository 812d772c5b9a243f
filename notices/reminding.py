"""When a unit is reminded of a deadline: T−1, T+0 and T+2 working days; after that its superiors are told."""

from datetime import datetime, time, timedelta

from notices.calendar import NONE, Holidays, add_working_days, is_working_day
from taishi.core.clock import ZONE
from taishi.core.notice_records import Stage

#: Reminders go out when offices open, Asia/Shanghai.
_MORNING = time(9)
_DAY = timedelta(days=1)


def moments(deadline: datetime, own: Holidays = NONE) -> dict[Stage, datetime]:
    """When each stage is due, in their order: on the working day before the deadline's day, on that day, on
    the second working day after it, and on the third (escalation). `own`: holidays the bureau entered."""
    return {
        "before": _working_day_before(deadline, own),
        "due": datetime.combine(deadline.astimezone(ZONE).date(), _MORNING, ZONE),
        "after": add_working_days(deadline, 2, _MORNING, own),
        "escalated": add_working_days(deadline, 3, _MORNING, own),
    }


def stage_at(deadline: datetime, since: datetime, now: datetime, own: Holidays = NONE) -> Stage | None:
    """The last stage that is due at `now`; none that was due before `since`, when the unit had no letter yet.
    Whoever was away for a while catches up with one reminder, not with all of them."""
    due = [stage for stage, moment in moments(deadline, own).items() if since < moment <= now]
    return due[-1] if due else None


def _working_day_before(deadline: datetime, own: Holidays) -> datetime:
    day = deadline.astimezone(ZONE).date() - _DAY
    while not is_working_day(day, own):
        day -= _DAY
    return datetime.combine(day, _MORNING, ZONE)
