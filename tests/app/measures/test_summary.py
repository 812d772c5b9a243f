"""The weekly summary: every line that makes no letter, and a week that adds up."""

from datetime import timedelta

from taishi.app.measures.summary import last_week, row, summarize_week, table
from taishi.app.measures.weekly import gather
from tests.app.conftest import NOW, Office
from tests.app.measures.test_following import UNIT, host, seen


def test_every_line_is_listed_and_the_rest_is_counted(office: Office) -> None:
    """NOW is a Tuesday: the week ends on the next Monday."""
    for n, unit in enumerate((UNIT, "县水利局", None, UNIT)):
        seen(office, host(10 + n, "risk", "low", unit))
    seen(office, host(20, "attempted", "low"))
    seen(office, host(21, "compromised", "high"))
    seen(office, host(22, "attempted", "medium"))
    seen(office, host(23, "risk", "high", None))
    alert = seen(office, host(24, "risk", "low"))
    office.alerts.dismiss(alert.id, "analyst", "误报")
    policy = office.settings.policy()
    week = summarize_week(office.state, policy, NOW)
    assert [(one.verdict.unit, one.verdict.subject) for one in week.lines] == [
        (UNIT, "192.0.2.20"),
        (UNIT, "192.0.2.10"),
        (UNIT, "192.0.2.13"),
        ("县水利局", "192.0.2.11"),
        (None, "192.0.2.12"),
    ]
    assert (week.total, week.told, week.ownerless, week.waiting) == (8, 1, 1, 1)
    assert week.adds_up
    office.clock.advance(timedelta(days=7))
    gather(office.measures)
    later = summarize_week(office.state, policy, last_week(policy, office.clock.now()))
    assert (later.week, later.told, later.waiting, later.adds_up) == (week.week, 2, 0, True)
    assert summarize_week(office.state, policy, office.clock.now()).total == 0


def test_the_sheet_has_every_line(office: Office) -> None:
    alert = seen(office, host(10, "risk", "low"))
    made = table(summarize_week(office.state, office.settings.policy(), NOW), "zh")
    assert made.name == "2026-11-16"
    assert made.rows[0][:4] == ("单位", "对象", "类别", "级别")
    assert made.rows[1] == tuple(row(alert, "zh"))
    assert made.rows[1][:6] == (UNIT, "192.0.2.10", "潜在风险", "低危", "规则r1", 3)
