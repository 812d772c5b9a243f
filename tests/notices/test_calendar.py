"""Deadlines count working days as the State Council announced them."""

from datetime import UTC, date, datetime

import pytest

from notices.calendar import Year, add_working_days, assumed, is_working_day, working_days, wrong
from taishi.core.clock import ZONE


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        (datetime(2026, 5, 20, 2, tzinfo=UTC), 3, datetime(2026, 5, 25, 17, 30, tzinfo=ZONE)),
        # 1–7 October is holiday, 10 October (a Saturday) is worked.
        (datetime(2026, 9, 30, 2, tzinfo=UTC), 3, datetime(2026, 10, 10, 17, 30, tzinfo=ZONE)),
        # Already the next day in Shanghai.
        (datetime(2026, 5, 20, 23, tzinfo=UTC), 1, datetime(2026, 5, 22, 17, 30, tzinfo=ZONE)),
    ],
)
def test_counts_holidays_and_make_up_days(at: datetime, days: int, due: datetime) -> None:
    assert add_working_days(at, days) == due


def test_unannounced_years_go_by_weekends_and_say_so() -> None:
    at = datetime(2098, 12, 30, 2, tzinfo=UTC)  # a Tuesday
    due = add_working_days(at, 4)
    assert due.date() == date(2099, 1, 5)
    assert assumed(at, due) == (2098, 2099)
    assert not is_working_day(date(2099, 1, 3))  # a Saturday
    assert assumed(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)) == ()


OWN = {2099: Year(rest=(date(2099, 1, 1), date(2099, 1, 5)), worked=(date(2099, 1, 3),))}


def test_a_year_that_the_bureau_entered_counts_as_entered() -> None:
    at = datetime(2098, 12, 31, 2, tzinfo=UTC)  # a Wednesday; Thursday is a day of rest, Saturday is worked
    assert add_working_days(at, 3, own=OWN).date() == date(2099, 1, 6)
    assert working_days(at, datetime(2099, 1, 6, 2, tzinfo=UTC), OWN) == 3
    assert assumed(datetime(2099, 1, 1, 2, tzinfo=UTC), datetime(2099, 2, 1, tzinfo=UTC), OWN) == ()


@pytest.mark.parametrize(
    ("year", "reason"),
    [
        (Year(rest=(date(2098, 1, 1),)), "2099: 2098-01-01 is a day of another year"),
        (Year(rest=(), worked=(date(2099, 1, 5),)), "2099.worked: 2099-01-05 is no Saturday or Sunday"),
        (
            Year(rest=(date(2099, 1, 3),), worked=(date(2099, 1, 3),)),
            "2099: 2099-01-03 is both",
        ),
    ],
)
def test_a_slip_of_the_pen_is_named(year: Year, reason: str) -> None:
    assert next(wrong({2099: year})).startswith(reason)
