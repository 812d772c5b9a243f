"""Working days of mainland China: weekends, holidays and the weekend days that make up for them.

Holidays are announced a year ahead at most (国务院办公厅, usually in November); `chinesecalendar` carries
them, and a bureau may enter a year of its own, which counts before it (`holidays` in the policy). A year that
nobody knows yet is counted by weekends alone, and `assumed` says so.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

import chinese_calendar
import msgspec

from taishi.core.clock import ZONE

_SATURDAY = 5


class Year(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One year as it was announced: days of rest, and weekend days that are worked in their place."""

    rest: tuple[date, ...]
    worked: tuple[date, ...] = ()


Holidays = Mapping[int, Year]
NONE: Holidays = MappingProxyType({})


def wrong(holidays: Holidays) -> Iterator[str]:
    """What is wrong with a bureau's table, each with its key."""
    for year, announced in holidays.items():
        for day in (*announced.rest, *announced.worked):
            if day.year != year:
                yield f"{year}: {day} is a day of another year"
        for day in announced.worked:
            if day.weekday() < _SATURDAY:
                yield f"{year}.worked: {day} is no Saturday or Sunday"
            if day in announced.rest:
                yield f"{year}: {day} is both a day of rest and worked"


def known(day: date, own: Holidays = NONE) -> bool:
    """Whether the holidays of that day's year have been announced to us, or entered by the bureau (`own`)."""
    if day.year in own:
        return True
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def is_working_day(day: date, own: Holidays = NONE) -> bool:
    announced = own.get(day.year)
    if announced is not None:
        return day in announced.worked or (day.weekday() < _SATURDAY and day not in announced.rest)
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < _SATURDAY


def add_working_days(at: datetime, days: int, end: time = time(17, 30), own: Holidays = NONE) -> datetime:
    """The end of the `days`-th working day after the day of `at` (zone-aware), in Asia/Shanghai."""
    day = at.astimezone(ZONE).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day, own)
    return datetime.combine(day, end, ZONE)


def working_days(since: datetime, until: datetime, own: Holidays = NONE) -> int:
    """How many working days lie after the day of `since` up to and with that of `until`, in Asia/Shanghai."""
    day, last, found = since.astimezone(ZONE).date(), until.astimezone(ZONE).date(), 0
    while day < last:
        day += timedelta(days=1)
        found += is_working_day(day, own)
    return found


def assumed(since: datetime, until: datetime, own: Holidays = NONE) -> tuple[int, ...]:
    """Years between the two moments whose holidays are not known, so that they were counted by weekends."""
    first, last = since.astimezone(ZONE).year, until.astimezone(ZONE).year
    return tuple(year for year in range(first, last + 1) if not known(date(year, 1, 1), own))
