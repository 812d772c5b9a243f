"""A span of time people ask for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from taishi.core.clock import ZONE
from taishi.core.problems import Problem

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Half-open: from `since` up to but without `until`, zone-aware. Raises Problem where it is empty."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise Problem(
                f"window {self.since} to {self.until} is empty; the end must come after the beginning"
            )

    @classmethod
    def of_days(cls, first: date, last: date) -> "Window":
        """Whole days in Asia/Shanghai, both included."""
        return cls(_midnight(first), _midnight(last + _DAY))

    @classmethod
    def last_days(cls, now: datetime, days: int) -> "Window":
        """Today in Asia/Shanghai and the days before it, `days` in all."""
        today = now.astimezone(ZONE).date()
        return cls.of_days(today - (days - 1) * _DAY, today)

    @classmethod
    def parse(cls, begin: str, end: str) -> "Window":
        """From what `--from` and `--to` say: dates are whole days, both included; times are half-open.

        Raises Problem naming the one that cannot be read.
        """
        since, until = _read(begin, "--from"), _read(end, "--to")
        if not isinstance(since, datetime):
            since = _midnight(since)
        if not isinstance(until, datetime):
            until = _midnight(until + _DAY)
        return cls(since, until)

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until

    def days(self) -> Iterator[date]:
        """Every day in Asia/Shanghai that the window touches."""
        day = day_of(self.since)
        last = day_of(self.until - timedelta(microseconds=1))
        while day <= last:
            yield day
            day += _DAY

    def year_before(self) -> "Window":
        """The same dates one year earlier. From 29 February becomes from the 28th, until it until 1 March."""
        since, until = self.since.astimezone(ZONE), self.until.astimezone(ZONE)
        if (since.month, since.day) == (2, 29):
            since = since.replace(day=28)
        if (until.month, until.day) == (2, 29):
            until = _midnight(until.date() + _DAY)
        return Window(since.replace(year=since.year - 1), until.replace(year=until.year - 1))


def day_of(moment: datetime) -> date:
    """The calendar day in Asia/Shanghai."""
    return moment.astimezone(ZONE).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _read(text: str, name: str) -> date | datetime:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            moment = read(text)
        except ValueError:
            continue
        if not 1970 <= moment.year <= 2199:
            raise Problem(f"{name} {text!r}: the year must be from 1970 to 2199")
        if isinstance(moment, datetime) and moment.tzinfo is None:
            return moment.replace(tzinfo=ZONE)
        return moment
    raise Problem(f"{name} {text!r}: give a date like 2026-11-01 or a time like 2026-11-01T08:00:00+08:00")
