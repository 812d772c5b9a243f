"""When a unit is reminded: around its deadline, on working days."""

from datetime import date, datetime, timedelta

import pytest

from notices.calendar import Year
from notices.reminding import moments, stage_at

#: A Friday in Asia/Shanghai; the next week has no holiday.
DEADLINE = datetime.fromisoformat("2026-11-20T17:30:00+08:00")
ISSUED = DEADLINE - timedelta(days=7)


def test_the_four_moments_are_working_mornings() -> None:
    said = {stage: f"{moment:%m-%d %H:%M}" for stage, moment in moments(DEADLINE).items()}
    assert said == {
        "before": "11-19 09:00",
        "due": "11-20 09:00",
        "after": "11-24 09:00",  # Tuesday
        "escalated": "11-25 09:00",
    }


def test_before_the_day_after_a_holiday_is_before_the_holiday() -> None:
    # National Day 2026: 1 to 7 October.
    due = datetime.fromisoformat("2026-10-08T17:30:00+08:00")
    assert f"{moments(due)['before']:%m-%d}" == "09-30"


def test_holidays_that_the_bureau_entered_count() -> None:
    own = {2026: Year(rest=(date(2026, 11, 19), date(2026, 11, 24)), worked=(date(2026, 11, 21),))}
    said = {stage: f"{moment:%m-%d}" for stage, moment in moments(DEADLINE, own).items()}
    assert said == {"before": "11-18", "due": "11-20", "after": "11-23", "escalated": "11-25"}
    noon = datetime.fromisoformat("2026-11-18T12:00:00+08:00")
    assert (stage_at(DEADLINE, ISSUED, noon), stage_at(DEADLINE, ISSUED, noon, own)) == (None, "before")


@pytest.mark.parametrize(
    ("now", "stage"),
    [
        ("2026-11-19T08:59:00+08:00", None),
        ("2026-11-19T09:00:00+08:00", "before"),
        ("2026-11-20T18:00:00+08:00", "due"),
        ("2026-11-24T09:00:00+08:00", "after"),
        ("2027-01-05T09:00:00+08:00", "escalated"),
    ],
)
def test_the_last_one_due_counts(now: str, stage: str | None) -> None:
    assert stage_at(DEADLINE, ISSUED, datetime.fromisoformat(now)) == stage


def test_nobody_is_reminded_of_a_time_before_the_letter() -> None:
    issued = datetime.fromisoformat("2026-11-19T15:00:00+08:00")
    assert stage_at(DEADLINE, issued, issued + timedelta(hours=1)) is None
