"""Figures that add up, and only against a base that exists."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.app.posture import count, posture
from taishi.app.window import Window
from taishi.core.clock import ZONE
from taishi.core.records import LEVELS, THREATS, RiskEvent
from tests.app.conftest import NOW, Office, verdict

WINDOW = Window.of_days(date(2026, 11, 16), date(2026, 11, 18))


def risk(n: int, **changes: object) -> RiskEvent:
    fields = {
        "threat": "attempted",
        "level": "low",
        "unit": None,
        "subject": "192.0.2.1",
        "first_seen": NOW,
        "last_seen": NOW,
        "count": 1,
    }
    return RiskEvent(id=f"2026-11-{n:06d}", alert_id=f"A-{n}", **{**fields, **changes})  # type: ignore[arg-type]


risks = st.builds(
    risk,
    st.integers(0, 40),
    threat=st.sampled_from(THREATS),
    level=st.sampled_from(LEVELS),
    unit=st.sampled_from([None, "县教育局", "县水利局", "未登记"]),
    first_seen=st.integers(-72 * 60, 72 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    state=st.sampled_from(["open", "withdrawn", "closed"]),
)


@given(st.lists(risks, max_size=40))
def test_every_sum_is_the_total(events: list[RiskEvent]) -> None:
    figures = count(events, WINDOW)
    assert figures.adds_up
    last = {event.id: event for event in events if event.state != "withdrawn" and event.first_seen in WINDOW}
    assert figures.total == len(last)
    assert sum(sum(row.values()) for row in figures.matrix.values()) == len(last)
    assert list(figures.by_day) == [date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 18)]


def test_a_sum_that_does_not_add_up_is_told() -> None:
    """The published report behind this product: levels 163 over, classes 290 over their own total."""
    figures = replace(
        count([], WINDOW),
        total=1000,
        by_level={"high": 1163, "medium": 0, "low": 0},
        by_threat={"compromised": 1290, "attempted": 0, "risk": 0},
        by_unit={"县教育局": 1000},
    )
    assert not figures.adds_up
    assert figures.residuals()["by_level"] == 163
    assert figures.residuals()["by_class"] == 290
    assert "by_unit" not in figures.residuals()


def test_days_are_those_of_asia_shanghai() -> None:
    midnight = datetime(2026, 11, 17, tzinfo=ZONE)
    events = [risk(1, first_seen=midnight), risk(2, first_seen=midnight - timedelta(microseconds=1))]
    assert list(count(events, WINDOW).by_day.values()) == [1, 1, 0]


def test_posture_counts_alerts_that_stand(office: Office) -> None:
    office.alerts.record(verdict("192.0.2.1", "compromised", "high"))
    office.alerts.record(verdict("192.0.2.2", unit=None))
    office.alerts.record(verdict("192.0.2.3"))
    office.alerts.dismiss("A-2026-000003", "analyst", "误报")
    shown = posture(office.state, WINDOW)
    assert (shown.total, shown.by_threat["compromised"], shown.by_level["high"]) == (2, 1, 1)
    assert shown.by_unit == {"县教育局": 1, "未登记": 1}
    assert shown.adds_up
    assert (shown.base, shown.yoy_pct) == (None, None)


@pytest.mark.parametrize(("before", "total", "yoy"), [(365, 1, 100.0), (500, 0, None)])
def test_base_is_there_only_where_something_was_kept(
    office: Office, before: int, total: int, yoy: float | None
) -> None:
    office.state.put(risk(1), risk(2), risk(3, first_seen=NOW - timedelta(days=before)))
    shown = posture(office.state, WINDOW)
    assert shown.base is not None
    assert (shown.base.total, shown.yoy_pct) == (total, yoy)
    assert next(iter(shown.base.by_day)) == date(2025, 11, 16)


def test_letters_and_blocks_are_counted_by_their_state(office: Office) -> None:
    office.alerts.record(verdict())
    office.letters.draft(["A-2026-000001"], "analyst")
    applied = office.blocks.propose("A-2026-000001", "203.0.113.9", "analyst")
    office.blocks.approve(applied.id, "approver")
    office.settings.set_enforcer("nftables-dry-run", "admin")
    rehearsed = office.blocks.propose("A-2026-000001", "198.51.100.7", "analyst")
    office.blocks.approve(rehearsed.id, "approver")
    shown = posture(office.state, WINDOW)
    assert (shown.notices.drafted, shown.notices.issued, shown.notices.overdue) == (1, 0, 0)
    assert (shown.blocks.applied, shown.blocks.rehearsed, shown.blocks.proposed) == (1, 1, 0)
