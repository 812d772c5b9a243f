"""Indicators entered by hand: with a reason and an end, undone by withdrawing them, every act audited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from detections.intel.roles import Role
from enrichment.intel.by_hand import SOURCE, Entry, written
from taishi.app.intel import Intel
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import SYSTEM, TRIAGE, require_or_system
from taishi.core.clock import Clock
from taishi.core.indicators import Indicator, IntelSource, Report
from taishi.core.ports import Sought, StateStore
from taishi.core.problems import Problem
from taishi.core.records import Level, Person
from taishi.core.text import Text

#: The source's id and name.
ID, NAME = "hand", "人工录入"
#: How long an entry counts where nobody says, and at the most.
DAYS, LONGEST = timedelta(days=90), timedelta(days=366)
#: What a value is for, and the word by which detection knows it.
PURPOSES: dict[Role, Text] = {
    "control": Text("控制端", "control server (C2)"),
    "mining": Text("矿池", "mining pool"),
    "delivery": Text("恶意软件下载", "download of malware"),
    "phishing": Text("钓鱼", "phishing"),
    "attacker": Text("扫描或爆破来源", "source of scans or brute force"),
    "anonymiser": Text("匿名代理", "open proxy"),
}


@dataclass(frozen=True)
class Entered:
    """An entry as it stands now: with what lists make of it."""

    report: Report
    indicator: Indicator


class HandEntries:
    """Over the same store as every other source."""

    def __init__(self, intel: Intel, state: StateStore, clock: Clock) -> None:
        self._intel, self._state, self._clock = intel, state, clock

    def all(self) -> list[Entered]:
        """The latest first."""
        reports = self._intel.store.reports()
        found = [
            Entered(reports[one.source, one.event], one)
            for one in self._intel.store.find(Sought(source=ID))
            if (one.source, one.event) in reports
        ]
        return sorted(found, key=lambda one: (one.report.at, one.report.id), reverse=True)

    def enter(
        self,
        values: Sequence[str],
        why: str,
        by: str,
        *,
        until: datetime | None = None,
        level: Level = "medium",
        purpose: Role = "control",
        given: str | None = None,
        tlp: str = "",
    ) -> list[Entered]:
        """Takes values in, all or none; one that was entered before is replaced. What was stored is searched
        for them as for any other indicator.

        Raises Refusal without a reason or with an end that does not lie ahead, Problem where a value is none.
        """
        by = require_or_system(self._state, by, *TRIAGE)
        why, now = needed_reason(why), self._clock.now()
        end = until or now + DAYS
        if not now < end <= now + LONGEST:
            raise Refusal("有效期须在将来，且不超过一年", "the end must lie ahead, a year at most")
        entry = Entry("", why, self._name(by), now, end, level, PURPOSES[purpose].zh, given, tlp)
        made = [written(ID, replace(entry, value=value)) for value in values if value.strip()]
        if not made:
            raise Refusal("请填写要录入的值", "a value is needed")
        self._source(now)
        for report, indicator in made:
            self._intel.store.keep(report, [indicator])
            said = f"{indicator.value} ({indicator.type}, {purpose}, {level}) until {end.isoformat()}"
            self._state.decide(now, by, "enter", "indicator", report.id, said, why)
        self._intel.regrade()
        wanted = {report.id for report, _ in made}
        return [one for one in self.all() if one.report.id in wanted]

    def withdraw(self, name: str, by: str, why: str) -> Entered:
        """Takes one back, by its id or value; alerts that it made stay. Raises Refusal without a reason,
        Problem where there is none of that name.
        """
        by = require_or_system(self._state, by, *TRIAGE)
        why = needed_reason(why)
        found = next(
            (one for one in self.all() if name.strip() in (one.report.id, one.indicator.value)), None
        )
        if found is None:
            raise Problem(f"{name}: nobody entered that by hand, or it was withdrawn")
        self._intel.store.drop(ID, [found.report.id])
        said = f"{found.indicator.value} ({found.indicator.type})"
        self._state.decide(self._clock.now(), by, "withdraw", "indicator", found.report.id, said, why)
        return found

    def _name(self, by: str) -> str:
        person = self._state.get(Person, by) if by != SYSTEM else None
        return person.name if person else by

    def _source(self, now: datetime) -> None:
        if not any(one.id == ID for one in self._intel.store.sources()):
            self._intel.store.put_source(IntelSource(ID, NAME, SOURCE.kind, "—", now, every_s=0))
