"""What a policy gives for a stretch of risk events: the letters, the lines of summaries, the blocks.

Pure, and without what people did meanwhile: no letter is withdrawn or closed, each takes in what is new for
as long as the policy lets it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notices.measures import Policy, Target
from notices.standing import Standing
from notices.weeks import week_of
from taishi.core.addresses import is_address, is_outside
from taishi.core.records import LEVELS, Alert, Level, Threat, Verdict


@dataclass
class PlannedLetter:
    """One letter drawn up at that moment; `alerts` are those it is about, `level` the worst among them."""

    type: str
    unit: str
    threat: Threat
    level: Level
    at: datetime
    alerts: list[str]


@dataclass
class Plan:
    """Every alert, by its id, stands in exactly one of `letters`, `summary`, `waiting` (its week is not over)
    and `ownerless`; `blocks` are the addresses whose block would be proposed."""

    letters: list[PlannedLetter] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    ownerless: list[str] = field(default_factory=list)
    blocks: set[str] = field(default_factory=set)


def plan(policy: Policy, alerts: Iterable[Alert], until: datetime) -> Plan:
    """What would have been sent before `until` about these alerts, each as it stands now at the moment it
    was first seen. Dismissed ones are left out."""
    planning = _Planning(policy)
    standing = (alert for alert in alerts if alert.state != "dismissed")
    for alert in sorted(standing, key=lambda one: (one.verdict.first_seen, one.id)):
        planning.end_weeks(alert.verdict.first_seen)
        planning.take(alert)
    planning.end_weeks(until)
    planning.plan.waiting += [alert.id for held in planning.weeks.values() for alert in held]
    return planning.plan


def targets(verdict: Verdict, chosen: Iterable[Target]) -> Sequence[str]:
    """The addresses that a measure would have blocked: the subject itself; of the others those outside."""
    sides = {"subject": (verdict.subject,), "peers": verdict.peers, "attackers": verdict.attackers}
    named = dict.fromkeys(one for target in chosen for one in sides[target] if is_address(one))
    return [one for one in named if one == verdict.subject or is_outside(one)]


class _Planning:
    """Goes through alerts in the order of time."""

    def __init__(self, policy: Policy) -> None:
        self.plan = Plan()
        #: What waits for the end of its week, by that end, unit, type and class.
        self.weeks: dict[tuple[datetime, str, str, Threat], list[Alert]] = defaultdict(list)
        self._policy = policy
        self._by_unit: dict[tuple[str, Threat], list[PlannedLetter]] = defaultdict(list)

    def take(self, alert: Alert) -> None:
        verdict = alert.verdict
        measure = self._policy.measure(verdict.threat, verdict.level)
        if verdict.unit is None:
            self.plan.ownerless.append(alert.id)
            return
        self.plan.blocks.update(targets(verdict, measure.block))
        if measure.letter is None:
            self.plan.summary.append(alert.id)
        elif not self._added(alert, verdict.unit, verdict.first_seen):
            if measure.when == "weekly":
                _, end = week_of(verdict.first_seen, self._policy.weekly)
                self.weeks[end, verdict.unit, measure.letter, verdict.threat].append(alert)
            else:
                self._write(measure.letter, verdict.unit, [alert], verdict.first_seen)

    def end_weeks(self, until: datetime) -> None:
        """Writes the letters of the weeks that are over."""
        for end, unit, type_, threat in sorted(key for key in self.weeks if key[0] <= until):
            held = self.weeks.pop((end, unit, type_, threat))
            left = [alert for alert in held if not self._added(alert, unit, end)]
            if left:
                self._write(type_, unit, left, end)

    def _added(self, alert: Alert, unit: str, at: datetime) -> bool:
        """Whether an open letter of the unit and class takes it in."""
        threat, level = alert.verdict.threat, alert.verdict.level
        measure = self._policy.measure(threat, level)
        for letter in reversed(self._by_unit[unit, threat]):
            standing = Standing(letter.type, letter.threat, letter.level, letter.at)
            if standing.takes_in(threat, measure.letter or "", at, self._policy):
                letter.alerts.append(alert.id)
                letter.level = min(letter.level, level, key=LEVELS.index)
                return True
        return False

    def _write(self, type_: str, unit: str, alerts: Sequence[Alert], at: datetime) -> None:
        threat = alerts[0].verdict.threat
        level = min((alert.verdict.level for alert in alerts), key=LEVELS.index)
        letter = PlannedLetter(type_, unit, threat, level, at, [alert.id for alert in alerts])
        self.plan.letters.append(letter)
        self._by_unit[unit, threat].append(letter)
