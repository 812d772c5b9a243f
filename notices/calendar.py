"""Working days of mainland China: weekends, holidays and the weekend days that make up for them.

Holidays are announced a year ahead at most (国务院办公厅, usually in November); `chinesecalendar` carries
them. A year that it does not know yet is counted by weekends alone, and `assumed` says so.
"""

from datetime import date, datetime, time, timedelta

import chinese_calendar

from taishi.core.clock import ZONE

_SATURDAY = 5


def known(day: date) -> bool:
    """Whether the holidays of that day's year have been announced to us."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < _SATURDAY


def add_working_days(at: datetime, days: int, end: time = time(17, 30)) -> datetime:
    """The end of the `days`-th working day after the day of `at` (zone-aware), in Asia/Shanghai."""
    day = at.astimezone(ZONE).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, end, ZONE)


def working_days(since: datetime, until: datetime) -> int:
    """How many working days lie after the day of `since` up to and with that of `until`, in Asia/Shanghai."""
    day, last, found = since.astimezone(ZONE).date(), until.astimezone(ZONE).date(), 0
    while day < last:
        day += timedelta(days=1)
        found += is_working_day(day)
    return found


def assumed(since: datetime, until: datetime) -> tuple[int, ...]:
    """Years between the two moments whose holidays are not known, so that they were counted by weekends."""
    first, last = since.astimezone(ZONE).year, until.astimezone(ZONE).year
    return tuple(year for year in range(first, last + 1) if not known(date(year, 1, 1)))
