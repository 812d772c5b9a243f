"""每周小结: what a week had that makes no letter, line by line, and what became of the rest: it adds up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notices.measures import Policy
from notices.weeks import WEEK, week_of
from taishi.app.posture import OWNERLESS
from taishi.app.window import Window
from taishi.core.clock import ZONE
from taishi.core.notice_records import MATTERS, Notice
from taishi.core.ports import Find, StateStore
from taishi.core.records import LEVEL_NAMES, LEVELS, THREAT_NAMES, THREATS, Alert, RiskEvent
from taishi.core.text import Language, Text
from taishi.kit.spreadsheets import Cell, Table

HEAD = (
    Text("单位", "Unit"),
    Text("对象", "Subject"),
    Text("类别", "Class"),
    Text("级别", "Level"),
    Text("规则", "Rule"),
    Text("次数", "Count"),
    Text("首次", "First seen"),
    Text("最近", "Last seen"),
    Text("告警", "Alert"),
)


@dataclass(frozen=True)
class Summary:
    """The risk events first seen in a week. `lines` are those that the policy makes no letter about, by unit,
    nobody's too; of the others `told` stand in a letter, `ownerless` are nobody's, `waiting` have none yet.

    `total` is counted by itself, as reports count.
    """

    week: Window
    total: int
    lines: Sequence[Alert]
    told: int
    ownerless: int
    waiting: int

    @property
    def adds_up(self) -> bool:
        return self.total == len(self.lines) + self.told + self.ownerless + self.waiting


def summarize_week(state: StateStore, policy: Policy, at: datetime) -> Summary:
    """Of the week that holds the moment."""
    week = Window(*week_of(at, policy.weekly))
    span = {"first_seen": (week.since, week.until)}
    risks = state.find(RiskEvent, Find({"state": ("open", "closed")}, span))
    named = {
        item.alert_id
        for notice in state.find(Notice, Find({"type": MATTERS}))
        if notice.state != "withdrawn"
        for item in notice.items
    }
    lines: list[Alert] = []
    told = ownerless = waiting = 0
    for alert in state.find(Alert, Find({"state": ("new", "confirmed")}, span)):
        verdict = alert.verdict
        if policy.measure(verdict.threat, verdict.level).letter is None:
            lines.append(alert)
        elif alert.id in named:
            told += 1
        elif verdict.unit is None:
            ownerless += 1
        else:
            waiting += 1
    return Summary(
        week, len({risk.id for risk in risks}), sorted(lines, key=_order), told, ownerless, waiting
    )


def last_week(policy: Policy, now: datetime) -> datetime:
    """A moment of the week that is over."""
    return week_of(now, policy.weekly)[0] - WEEK


def table(summary: Summary, language: Language) -> Table:
    """Every line, for a spreadsheet."""
    rows = [tuple(row(alert, language)) for alert in summary.lines]
    name = f"{summary.week.since.astimezone(ZONE):%Y-%m-%d}"
    return Table(name, (tuple(word.to(language) for word in HEAD), *rows))


def row(alert: Alert, language: Language) -> Sequence[Cell]:
    """One line, in the order of HEAD."""
    verdict = alert.verdict
    rule = verdict.because[0].title.to(language) if verdict.because else ""
    threat, level = THREAT_NAMES[verdict.threat].to(language), LEVEL_NAMES[verdict.level].to(language)
    ends = (verdict.first_seen, verdict.last_seen)
    return (verdict.unit or OWNERLESS, verdict.subject, threat, level, rule, verdict.count, *ends, alert.id)


def _order(alert: Alert) -> tuple[bool, str, int, int, datetime, str]:
    verdict = alert.verdict
    place = THREATS.index(verdict.threat), LEVELS.index(verdict.level)
    return (verdict.unit is None, verdict.unit or "", *place, verdict.first_seen, alert.id)
