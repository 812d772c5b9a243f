"""Whatever people do in whatever order, what may never happen does not."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TypeVar

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from notices.content import text_hash
from taishi.app.networks import protecting
from taishi.app.posture import posture
from taishi.app.window import Window
from taishi.core.clock import FixedClock
from taishi.core.notice_records import Notice
from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import LEVELS, THREATS, Alert, Block, Bureau, Level, RiskEvent, Threat
from tests.app.conftest import NOW, MemoryState, Office, verdict

SUBJECTS = tuple(f"192.0.2.{n}" for n in range(1, 4))
ADDRESSES = (SUBJECTS[0], "203.0.113.9", "203.0.113.9", "::ffff:192.0.2.53")
#: Mostly somebody who may, so that the loop gets far.
BY = st.sampled_from(["admin"] * 8 + ["analyst", "approver", "auditor", "system"])
NTH = st.integers(0, 59)
T = TypeVar("T")
WHOLE = Window(NOW - timedelta(days=2), NOW + timedelta(days=400))


def pick(things: Sequence[T], n: int) -> Sequence[T]:
    """One of them, none where there are none."""
    return [things[n % len(things)]] if things else []


def _refusal(act: Callable[[], object]) -> str:
    try:
        act()
    except Problem as refused:
        return str(refused)
    return ""


class Loop(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(NOW)
        self.office = Office(MemoryState(), self.clock)
        self.office.staff()
        self.seen: list[tuple[str, str]] = []  # letter and the hash of the text that somebody looked at
        self.approved: dict[str, set[str]] = {}
        for subject, unit in zip(SUBJECTS, ("县教育局", "县教育局", None), strict=True):
            self.office.alerts.record(verdict(subject, unit=unit))

    def act(self, act: Callable[[], object]) -> None:
        """What is refused is one line, and nothing was changed by it."""
        before = len(self.office.state.decisions())
        refusal = _refusal(act)
        assert len(refusal.splitlines()) <= 1
        assert not refusal or len(self.office.state.decisions()) == before

    def alert(self, n: int) -> str:
        return pick(self.office.state.find(Alert), n)[0].id

    @rule(
        subject=st.sampled_from(SUBJECTS),
        threat=st.sampled_from(THREATS),
        level=st.sampled_from(LEVELS),
        unit=st.sampled_from(["县教育局", "县教育局", "县水利局", None]),
        count=st.integers(1, 9),
        rules=st.sampled_from([("r1",), ("r2",), ("r1", "r2")]),
    )
    def record(
        self, subject: str, threat: Threat, level: Level, unit: str | None, count: int, rules: tuple[str, ...]
    ) -> None:
        found = verdict(subject, threat, level, unit=unit, count=count, rules=rules, last=self.clock.now())
        self.office.alerts.record(found)
        assert self.office.alerts.record(found) is None

    @rule(n=NTH, by=BY, what=st.sampled_from(["confirm", "dismiss", "reopen"]))
    def triage(self, n: int, by: str, what: str) -> None:
        self.act(lambda: getattr(self.office.alerts, what)(self.alert(n), by, "理由"))

    @rule(
        chosen=st.lists(NTH, min_size=1, max_size=3),
        by=st.sampled_from(["system", "system", "analyst", "admin"]),
    )
    def draft(self, chosen: list[int], by: str) -> None:
        self.act(lambda: self.office.letters.draft([self.alert(n) for n in chosen], by))

    @rule(n=NTH, by=BY, ago=st.sampled_from([1, 1, 2, 3]))
    def approve(self, n: int, by: str, ago: int) -> None:
        """Looks at a draft, then approves what was seen just now or some time ago."""
        for notice in pick(self.office.letters.list("drafted"), n):
            self.seen.append((notice.id, self.office.letters.text_hash(notice.id)))
        for notice_id, seen in self.seen[-ago:][:1]:
            with suppress(Problem):
                self.office.letters.approve(notice_id, by, seen)
                assert self.office.letters.text_hash(notice_id) == seen
                self.approved.setdefault(notice_id, set()).add(seen)

    @rule(n=NTH, by=BY)
    def issue(self, n: int, by: str) -> None:
        for notice in pick(self.office.letters.list("approved"), n):
            self.act(partial(self.office.letters.issue, notice.id, by))
            issued = self.office.letters.get(notice.id).state == "issued"
            dismissed = [i for i in notice.items if self.office.alerts.get(i.alert_id).state == "dismissed"]
            assert not (issued and dismissed)

    @rule(n=NTH, by=BY)
    def withdraw(self, n: int, by: str) -> None:
        for notice in pick(self.office.letters.list(), n):
            self.act(partial(self.office.letters.withdraw, notice.id, by, "理由"))

    @rule(n=NTH, address=st.sampled_from(ADDRESSES), by=BY)
    def propose(self, n: int, address: str, by: str) -> None:
        self.act(lambda: self.office.blocks.propose(self.alert(n), address, by, "理由"))

    @rule(n=NTH, by=BY, ttl_s=st.sampled_from([None, 0, 60, 86_400, 91 * 86_400]))
    def approve_block(self, n: int, by: str, ttl_s: int | None) -> None:
        for block in pick(self.office.blocks.list("proposed"), n):
            self.act(partial(self.office.blocks.approve, block.id, by, ttl_s))
            self.is_told(self.office.blocks.get(block.id))

    def is_told(self, block: Block) -> None:
        """What was really dropped just now and is a unit's, a letter to that unit is about."""
        if block.state == "applied" and block.unit and not block.dry_run:
            told = [letter for alert_id in block.alerts for letter in self.office.letters.about(alert_id)]
            assert any(notice.unit == block.unit and notice.state != "withdrawn" for notice in told)

    @rule(n=NTH, by=BY, what=st.sampled_from(["lift", "reject", "retry"]))
    def end_block(self, n: int, by: str, what: str) -> None:
        acts = self.office.blocks
        for block in pick(acts.list(), n):
            with suppress(Problem):
                acts.retry(block.id, by) if what == "retry" else getattr(acts, what)(block.id, by, "理由")

    @rule(address=st.sampled_from([SUBJECTS[0], "203.0.113.0/24"]), by=BY)
    def protect(self, address: str, by: str) -> None:
        self.act(lambda: self.office.settings.set_protected([f"{address} 重要"], by))

    @rule(broken=st.sampled_from(["", "", "no route"]))
    def device(self, broken: str) -> None:
        self.office.device.broken = broken

    @rule(name=st.sampled_from(["甲县数据局", "乙县数据局"]), by=BY)
    def sign(self, name: str, by: str) -> None:
        self.act(lambda: self.office.settings.set_bureau(Bureau(name, "某数资函", "王敏", "0"), by))

    @rule(hours=st.sampled_from([1, 5, 30]))
    def wait(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))
        self.office.blocks.expire_due()

    def teardown(self) -> None:
        for kind, found in (
            ("letter", self.office.letters.list()),
            ("block", self.office.blocks.list()),
        ):
            for record in found:
                event(f"{kind} {record.state}")

    @invariant()
    def no_letter_without_approval_of_exactly_its_text(self) -> None:
        for notice in self.office.state.find(Notice):
            if notice.number:
                said = text_hash(self.office.letters.content(notice.id))
                assert notice.approved_by in ("admin", "approver")
                assert notice.approved_by not in notice.drafted_by
                assert said == notice.text_hash
                assert said in self.approved[notice.id]

    @invariant()
    def no_block_without_a_second_person(self) -> None:
        for block in self.office.blocks.list():
            if block.state in ("approved", "applied", "lifted"):
                assert block.approved_by in ("admin", "approver")
                assert block.approved_by not in block.proposed_by

    @invariant()
    def numbers_have_no_gap(self) -> None:
        numbers = [notice.number for notice in self.office.state.find(Notice) if notice.number]
        by_year: dict[str, list[int]] = {}
        for number in numbers:
            year, serial = number[:-1].split("〔")[1].split("〕")
            by_year.setdefault(year, []).append(int(serial))
        for serials in by_year.values():
            assert sorted(serials) == list(range(1, len(serials) + 1))

    @invariant()
    def nothing_protected_or_unapproved_is_dropped(self) -> None:
        standing = {
            block.address: block for block in self.office.state.find(Block, Find(where={"state": "applied"}))
        }
        for address in self.office.device.dropped:
            assert protecting(address, self.office.blocks.protected()) is None
            assert standing[address].approved_by in ("admin", "approver")

    @invariant()
    def sums_add_up(self) -> None:
        shown = posture(self.office.state, WHOLE)
        alerts = self.office.state.find(Alert)
        assert shown.adds_up
        assert shown.total == sum(alert.state != "dismissed" for alert in alerts)
        assert len({alert.verdict.subject for alert in alerts}) == len(alerts)

    @invariant()
    def a_risk_event_is_what_its_alert_says(self) -> None:
        for risk in self.office.state.find(RiskEvent):
            alert = self.office.alerts.get(risk.alert_id)
            assert (risk.state == "withdrawn") == (alert.state == "dismissed")
            found = alert.verdict
            assert (risk.threat, risk.level, risk.unit) == (found.threat, found.level, found.unit)
            assert (risk.first_seen, risk.last_seen, risk.count) == (
                found.first_seen,
                found.last_seen,
                found.count,
            )


TestLoop = Loop.TestCase
TestLoop.settings = settings(
    max_examples=100, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
