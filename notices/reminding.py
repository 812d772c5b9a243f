"""When a unit is reminded of a deadline: T−1, T+0 and T+2 working days; after that its superiors are told."""

from datetime import datetime, time, timedelta

from notices.calendar import add_working_days, is_working_day
from taishi.core.clock import ZONE
from taishi.core.notice_records import Stage

#: Reminders go out when offices open, Asia/Shanghai.
_MORNING = time(9)
_DAY = timedelta(days=1)


def moments(deadline: datetime) -> dict[Stage, datetime]:
    """When each stage is due, in their order: on the working day before the deadline's day, on that day, on
    the second working day after it, and on the third (escalation)."""
    return {
        "before": _working_day_before(deadline),
        "due": datetime.combine(deadline.astimezone(ZONE).date(), _MORNING, ZONE),
        "after": add_working_days(deadline, 2, _MORNING),
        "escalated": add_working_days(deadline, 3, _MORNING),
    }


def stage_at(deadline: datetime, since: datetime, now: datetime) -> Stage | None:
    """The last stage that is due at `now`; none that was due before `since`, when the unit had no letter yet.
    Whoever was away for a while catches up with one reminder, not with all of them."""
    due = [stage for stage, moment in moments(deadline).items() if since < moment <= now]
    return due[-1] if due else None


def _working_day_before(deadline: datetime) -> datetime:
    day = deadline.astimezone(ZONE).date() - _DAY
    while not is_working_day(day):
        day -= _DAY
    return datetime.combine(day, _MORNING, ZONE)
