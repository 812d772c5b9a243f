"""Deadlines count working days as the State Council announced them."""

from datetime import UTC, date, datetime

import pytest

from notices.calendar import add_working_days, assumed, is_working_day
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
