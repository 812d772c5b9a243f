"""The weeks that letters are gathered by: each ends at the policy's moment, where the next one begins."""

from datetime import datetime, time, timedelta

from notices.measures import WEEKDAYS, Weekly
from taishi.core.clock import ZONE

WEEK = timedelta(weeks=1)


def week_of(at: datetime, weekly: Weekly) -> tuple[datetime, datetime]:
    """(begin, end) of the week that holds the moment: half-open, in Asia/Shanghai."""
    local = at.astimezone(ZONE)
    back = (local.weekday() - WEEKDAYS.index(weekly.day)) % len(WEEKDAYS)
    begin = datetime.combine(local.date() - timedelta(days=back), time(weekly.hour), ZONE)
    if begin > local:
        begin -= WEEK
    return begin, begin + WEEK
