"""Spans of time: whole days in Asia/Shanghai, half-open times, the same span a year before."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.app.window import Window, day_of
from taishi.core.problems import Problem


def test_dates_are_whole_days_both_included() -> None:
    window = Window.parse("2026-11-01", "2026-11-02")
    assert window.since == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 2, 16, tzinfo=UTC)
    assert list(window.days()) == [date(2026, 11, 1), date(2026, 11, 2)]


def test_times_are_half_open_and_local_without_a_zone() -> None:
    window = Window.parse("2026-11-01T08:00:00", "2026-11-01T01:00:00Z")
    assert window.since in window
    assert window.until not in window
    assert window.until - window.since == timedelta(hours=1)


@pytest.mark.parametrize(
    ("begin", "end", "named"),
    [
        ("soon", "2026-11-01", "--from 'soon'"),
        ("2026-11-01", "2026-13-01", "--to '2026-13-01'"),
        ("2026-11-02", "2026-11-01", "is empty"),
        ("9999-12-31", "9999-12-31", "from 1970 to 2199"),
    ],
)
def test_what_cannot_be_read_is_named(begin: str, end: str, named: str) -> None:
    with pytest.raises(Problem, match=named):
        Window.parse(begin, end)


def test_leap_day_a_year_before() -> None:
    base = Window.of_days(date(2028, 2, 29), date(2028, 2, 29)).year_before()
    assert list(base.days()) == [date(2027, 2, 28)]
    base = Window.of_days(date(2028, 2, 1), date(2028, 2, 28)).year_before()
    assert list(base.days())[-1] == date(2027, 2, 28)


def test_last_days_end_today() -> None:
    now = datetime(2026, 11, 16, 17, tzinfo=UTC)  # the 17th in Asia/Shanghai already
    assert list(Window.last_days(now, 2).days()) == [date(2026, 11, 16), date(2026, 11, 17)]


moments = st.integers(0, 200 * 365 * 86_400).map(
    lambda s: datetime(1971, 1, 2, tzinfo=UTC) + timedelta(seconds=s)
)


@given(moments, st.timedeltas(timedelta(microseconds=1), timedelta(days=40)), st.floats(0, 0.999))
def test_every_moment_of_a_window_is_on_one_of_its_days(
    since: datetime, span: timedelta, share: float
) -> None:
    window = Window(since, since + span)
    moment = since + timedelta(microseconds=int(span / timedelta(microseconds=1) * share))
    assert moment in window
    assert day_of(moment) in set(window.days())
    base = window.year_before()
    assert base.since < window.since
    assert base.until < window.until
