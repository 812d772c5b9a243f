"""Last year's base is printed, and compared only where that says something."""

from datetime import date, timedelta

import pytest

from taishi.app.posture import count
from taishi.app.reports.comparing import Base, change_pct, why_not
from taishi.app.window import Window
from tests.app.test_posture import risk


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        ("2026-11-01", "2026-11-30", None),
        ("2028-02-01", "2028-02-29", "29天"),
        ("2029-02-01", "2029-02-28", "29天"),
        ("2029-02-01", "2029-03-01", "长度"),
        ("2028-02-29", "2028-02-29", "2月29日"),
        # A year is compared with a year, one day longer or not.
        ("2028-01-01", "2028-12-31", None),
    ],
)
def test_spans_must_be_alike(first: str, last: str, word: str | None) -> None:
    window = Window.of_days(date.fromisoformat(first), date.fromisoformat(last))
    before = window.year_before()
    now = count([risk(1, first_seen=window.since), risk(2, first_seen=window.since)], window)
    base = Base(count([risk(3, first_seen=before.since)], before), any_data=True)
    said = why_not(now, base)
    if word is None:
        assert (said, change_pct(now, base)) == (None, 100.0)
    else:
        assert said is not None
        assert word in said.zh


@pytest.mark.parametrize(
    ("base_events", "any_data", "coverage", "word"),
    [
        (0, False, None, "没有数据"),
        (0, True, None, "为0"),
        (2, True, 60.0, "60%"),
        (2, True, 81.0, None),
    ],
)
def test_a_base_must_say_something(
    base_events: int, any_data: bool, coverage: float | None, word: str | None
) -> None:
    window = Window.of_days(date(2026, 11, 1), date(2026, 11, 30))
    before = window.year_before()
    events = [risk(n, first_seen=before.since + timedelta(days=n)) for n in range(base_events)]
    said = why_not(count([], window), Base(count(events, before), any_data, coverage), 100.0)
    assert (said is None) == (word is None)
    assert word is None or word in str(said)
