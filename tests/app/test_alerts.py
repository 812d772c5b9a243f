"""Alerts and risk events: recorded once, re-classified in the open, dismissed and opened again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from taishi.app.alerts import AlertFilter
from taishi.app.window import Window
from taishi.core.event import Event
from taishi.core.problems import Refused
from taishi.core.records import Alert, RiskEvent, Verdict
from tests.app.conftest import NOW, Office, verdict


def risk_of(office: Office, alert: Alert) -> RiskEvent:
    risk = office.alerts.risk_event(alert.id)
    assert risk is not None
    return risk


def recorded(office: Office, subject: str = "192.0.2.5") -> Alert:
    alert = office.alerts.record(verdict(subject))
    assert alert is not None
    return alert


def test_a_verdict_becomes_an_alert_and_a_risk_event(office: Office) -> None:
    first = office.alerts.record(verdict())
    second = office.alerts.record(
        verdict("192.0.2.6", unit=None, first=datetime(2026, 10, 31, 16, tzinfo=UTC))
    )
    assert first
    assert second
    assert (first.id, second.id) == ("A-2026-000001", "A-2026-000002")
    risk = risk_of(office, first)
    assert (risk.id, risk.threat, risk.level, risk.unit) == (
        "2026-11-000001",
        "attempted",
        "medium",
        "县教育局",
    )
    assert (risk_of(office, second).id, risk_of(office, second).unit) == ("2026-11-000002", None)
    assert [line[:3] for line in office.audited()[1:]] == [("system", "open", "alert")] * 2


def test_the_same_verdict_again_changes_nothing(office: Office) -> None:
    recorded(office)
    lines = len(office.audited())
    assert office.alerts.record(verdict()) is None
    assert len(office.audited()) == lines
    assert office.state.count(Alert) == office.state.count(RiskEvent) == 1


def test_more_hits_count_without_a_new_version(office: Office) -> None:
    alert = recorded(office)
    assert office.alerts.record(verdict(count=9, last=NOW))
    risk = risk_of(office, alert)
    assert (risk.count, risk.last_seen, risk.version) == (9, NOW, 1)


def test_an_attempt_that_succeeds_is_a_new_version_with_an_audit_line(office: Office) -> None:
    alert = recorded(office)
    office.alerts.record(verdict(threat="compromised", level="high", rules=("r1", "r2")))
    risk = risk_of(office, alert)
    assert (risk.threat, risk.level, risk.version) == ("compromised", "high", 2)
    actor, action, kind, result = office.audited()[-1]
    assert (actor, action, kind) == ("system", "reclassify", "risk_event")
    assert result.startswith("v2 compromised/high")
    assert "was attempted/medium" in result


@pytest.mark.parametrize("change", ["unit", "first"])
def test_whatever_moves_it_in_a_report_is_a_version(office: Office, change: str) -> None:
    alert = recorded(office)
    moved = verdict(unit="县水利局") if change == "unit" else verdict(first=NOW - timedelta(days=40))
    office.alerts.record(moved)
    risk = risk_of(office, alert)
    assert risk.version == 2
    assert risk.unit == moved.unit
    assert risk.first_seen == moved.first_seen


def test_a_sighting_is_never_taken_back(office: Office) -> None:
    alert = recorded(office)
    assert office.alerts.record(verdict(first=NOW - timedelta(minutes=90))) is not None  # reasons are later
    assert office.alerts.get(alert.id).verdict.first_seen == verdict().first_seen
    assert risk_of(office, alert).version == 1


def test_dismissed_counts_no_more_and_stays_dismissed_while_it_only_counts(office: Office) -> None:
    alert = recorded(office)
    office.alerts.dismiss(alert.id, "analyst", "计划内扫描")
    assert risk_of(office, alert).state == "withdrawn"
    office.alerts.record(verdict(count=50, last=NOW))
    assert office.alerts.get(alert.id).state == "dismissed"
    assert (risk_of(office, alert).state, risk_of(office, alert).count) == ("withdrawn", 50)


@pytest.mark.parametrize(
    "worse",
    [
        verdict(rules=("r1", "r9")),
        verdict(threat="compromised"),
        verdict(level="high"),
    ],
    ids=["new rule", "worse class", "worse level"],
)
def test_dismissed_opens_again_when_it_gets_worse(office: Office, worse: object) -> None:
    alert = recorded(office)
    office.alerts.dismiss(alert.id, "analyst", "误报")
    version = risk_of(office, alert).version
    office.alerts.record(worse)  # type: ignore[arg-type]  # a verdict
    assert office.alerts.get(alert.id).state == "new"
    assert (risk_of(office, alert).state, risk_of(office, alert).version) == ("open", version + 1)
    assert ("system", "reopen", "alert", "new") in office.audited()


def test_dismissed_stays_dismissed_when_it_gets_milder(office: Office) -> None:
    alert = recorded(office)
    office.alerts.dismiss(alert.id, "analyst", "误报")
    office.alerts.record(verdict(level="low"))
    assert office.alerts.get(alert.id).state == "dismissed"


def test_a_closed_case_opens_again_or_a_new_one_begins(office: Office) -> None:
    alert = recorded(office)
    office.state.put(replace(risk_of(office, alert), state="closed"))
    office.alerts.record(verdict(count=7, last=NOW))
    assert risk_of(office, alert).state == "open"
    office.state.put(replace(risk_of(office, alert), state="closed"))
    later = office.alerts.record(verdict(first=NOW + timedelta(days=1), last=NOW + timedelta(days=1)))
    assert later
    assert later.id == "A-2026-000002"


def days_later(days: float, subject: str = "192.0.2.5") -> Verdict:
    at = verdict().last_seen + timedelta(days=days)
    return verdict(subject, first=at, last=at)


def test_after_a_quiet_month_it_is_a_new_alert_counted_by_its_own_time(office: Office) -> None:
    first = recorded(office)
    assert office.alerts.record(days_later(30)).id == first.id  # type: ignore[union-attr]  # it changed
    second = office.alerts.record(days_later(30 + 31))
    assert second
    assert second.id != first.id
    assert risk_of(office, second).first_seen == second.verdict.first_seen == days_later(61).first_seen
    assert risk_of(office, first).last_seen == days_later(30).last_seen
    again = office.alerts.record(days_later(62))
    assert again
    assert again.id == second.id


def test_a_false_positive_does_not_silence_the_rule_for_good(office: Office) -> None:
    first = recorded(office)
    office.alerts.dismiss(first.id, "analyst", "计划内扫描")
    assert office.alerts.record(days_later(29)).state == "dismissed"  # type: ignore[union-attr]  # it changed
    later = office.alerts.record(days_later(29 + 31))
    assert later
    assert (later.state, risk_of(office, later).state) == ("new", "open")
    assert office.alerts.get(first.id).state == "dismissed"


def test_a_log_read_late_does_not_move_what_came_since(office: Office) -> None:
    alert = recorded(office)
    old = office.alerts.record(days_later(-200))
    assert old
    assert old.id != alert.id
    assert risk_of(office, old).first_seen == days_later(-200).first_seen
    assert risk_of(office, alert).first_seen == verdict().first_seen
    assert office.alerts.record(days_later(0.5)).id == alert.id  # type: ignore[union-attr]  # it changed


def test_the_newest_alert_is_the_one_seen_last_not_the_last_by_name(office: Office) -> None:
    old = replace(verdict(), first_seen=NOW - timedelta(days=9), last_seen=NOW - timedelta(days=8))
    office.state.put(Alert("A-2026-999999", old), Alert("A-2026-1000000", verdict()))
    running = office.alerts.record(verdict(count=9))
    assert running
    assert running.id == "A-2026-1000000"


def test_triage(office: Office) -> None:
    alert = recorded(office)
    assert office.alerts.assign(alert.id, "analyst", "admin").assignee == "analyst"
    assert office.alerts.confirm(alert.id, "analyst", "属实").state == "confirmed"
    assert office.alerts.dismiss(alert.id, "analyst", "误报").state == "dismissed"
    assert office.alerts.reopen(alert.id, "analyst", "又发生").state == "new"
    assert risk_of(office, alert).state == "open"
    assert office.alerts.assign(alert.id, None, "analyst").assignee is None
    acts = [d.action for d in office.state.decisions() if d.actor == "analyst"]
    assert acts == ["confirm", "withdraw", "dismiss", "reopen", "reopen", "assign"]


def test_refusals_say_why(office: Office) -> None:
    alert = recorded(office)
    acts = office.alerts
    with pytest.raises(Refused, match="请填写理由 / a reason is needed"):
        acts.dismiss(alert.id, "analyst", "  ")
    with pytest.raises(Refused, match="尚未处理"):
        acts.reopen(alert.id, "analyst", "x")
    with pytest.raises(Refused, match="没有告警 A-1"):
        acts.confirm("A-1", "analyst")
    for by in ("approver", "auditor"):
        with pytest.raises(Refused, match=f"{by} 无权执行此操作，需要角色：研判员 / 管理员"):
            acts.confirm(alert.id, by)
    with pytest.raises(Refused, match=r"system.*不能执行此操作"):
        acts.dismiss(alert.id, "system", "x")
    with pytest.raises(Refused, match="auditor 无权"):
        acts.assign(alert.id, "auditor", "analyst")
    acts.dismiss(alert.id, "analyst", "x")
    with pytest.raises(Refused, match="已排除，不能再确认"):
        acts.confirm(alert.id, "analyst")
    with pytest.raises(Refused, match="已排除"):
        acts.dismiss(alert.id, "analyst", "x")


def test_lists_are_filtered_and_paged(office: Office) -> None:
    for n in range(5):
        office.alerts.record(verdict(f"192.0.2.{n}", last=NOW + timedelta(minutes=n)))
    office.alerts.record(verdict("198.51.100.1", "compromised", "high", unit=None))
    office.alerts.dismiss("A-2026-000001", "analyst", "误报")

    def subjects(wanted: AlertFilter) -> list[str]:
        return [alert.verdict.subject for alert in office.alerts.list(wanted).alerts]

    page = office.alerts.list(limit=2, offset=1)
    assert [a.verdict.subject for a in page.alerts] == ["192.0.2.3", "192.0.2.2"]
    assert page.total == 6
    assert subjects(AlertFilter(unit="未登记")) == ["198.51.100.1"]
    assert subjects(AlertFilter(threat="compromised", level="high")) == ["198.51.100.1"]
    assert subjects(AlertFilter(state="dismissed")) == ["192.0.2.0"]
    assert len(subjects(AlertFilter(state=("new", "confirmed")))) == 5
    assert subjects(AlertFilter(text="51.100")) == ["198.51.100.1"]
    assert subjects(AlertFilter(text="A-2026-000003")) == ["192.0.2.2"]
    assert subjects(AlertFilter(window=Window.of_days(date(2026, 11, 18), date(2026, 11, 18)))) == []
    assert len(subjects(AlertFilter(window=Window.of_days(date(2026, 11, 17), date(2026, 11, 17))))) == 6


def test_evidence_events_come_from_the_event_store(office: Office) -> None:
    alert = recorded(office)
    event = Event("other", {"event.id": "r1-0", "@timestamp": NOW})
    office.events.events["r1-0"] = event
    assert list(office.alerts.events_of(alert.id)) == [event]
