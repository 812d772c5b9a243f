"""Whatever people do in whatever order, a letter is where a plain model says, and what is not allowed changes
nothing."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from taishi.app.loop.limits import Limits
from taishi.core.clock import FixedClock
from taishi.core.notice_records import OUTSTANDING, Notice, NoticeStep, PaperKind
from taishi.core.problems import Problem
from taishi.core.records import RiskEvent, Unit
from tests.app.conftest import NOW, MemoryState, Office, verdict
from tests.app.loop.conftest import paper

UNITS = ("县教育局", "县水利局")
HOUR = timedelta(hours=1)
QUIET, REOPEN_DAYS, MOST_DAYS = 24, 30, 10
NTH = st.integers(0, 1)
KINDS: tuple[PaperKind, ...] = ("disposal_report", "commitment_letter")


@dataclass
class Model:
    """One letter as a clerk would keep it on a sheet of paper."""

    host: str
    state: str = "issued"
    papers: set[str] = field(default_factory=set)
    answered: datetime | None = None
    closed: datetime | None = None
    days: int = 0
    objected: bool = False
    reopened: int = 0
    returned: int = 0
    moves: int = 3

    @property
    def waits(self) -> bool:
        return self.state in ("issued", "received", "rectifying")

    @property
    def open(self) -> bool:
        return self.waits or self.state in ("answered", "rechecked")

    def opened_again(self) -> None:
        self.state, self.papers, self.answered, self.closed = "rectifying", set(), None, None
        self.reopened += 1


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(NOW)
        self.folder = tempfile.TemporaryDirectory()
        self.office = Office(MemoryState(), self.clock, folder=Path(self.folder.name))
        self.letters: dict[str, Model] = {}
        self.last_seen = [NOW - HOUR] * 2
        self.dismissed = [False, False]
        #: Unbroken stretches in which a sensor saw both units.
        self.watched: list[tuple[datetime, datetime]] = []
        self.serial = 0

    def teardown(self) -> None:
        for one in self.letters.values():
            event(f"{one.state}, opened again {min(one.reopened, 2)} times")
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.office.staff()
        self.office.settings.set_limits(Limits(QUIET, MOST_DAYS, REOPEN_DAYS), "admin", "演练")
        for n, unit in enumerate(UNITS):
            self.office.state.put(Unit(f"u{n}", unit))
            self.office.alerts.record(verdict(f"192.0.2.{n}", "compromised", "high", unit=unit))

    def newest(self, n: int) -> tuple[str, Model] | None:
        """The last letter about that host."""
        found = [(key, one) for key, one in self.letters.items() if one.host == f"192.0.2.{n}"]
        return found[-1] if found else None

    def act(self, legal: bool, act: Callable[[], Notice], model: Model, moves: int = 1) -> Notice | None:
        """Done where the model says so; else refused in one line, and nothing was changed."""
        before = len(self.office.state.decisions()), dict(self.office.state.records)
        if legal:
            model.moves += moves
            return act()
        with pytest.raises(Problem) as refused:
            act()
        assert len(str(refused.value).splitlines()) == 1
        assert (len(self.office.state.decisions()), self.office.state.records) == before
        return None

    @rule(n=NTH)
    def issue(self, n: int) -> None:
        known = self.newest(n)
        if self.dismissed[n] or (known and known[1].open):
            return
        notice = self.office.letters.draft([f"A-2026-00000{n + 1}"], "analyst")
        self.office.letters.approve(notice.id, "approver", self.office.letters.text_hash(notice.id))
        self.office.letters.issue(notice.id, "approver")
        self.letters[notice.id] = Model(f"192.0.2.{n}")

    @rule(n=NTH, by=st.sampled_from(["analyst", "unit:u0", "unit:u1", "auditor"]))
    def receive(self, n: int, by: str) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            legal = model.state == "issued" and by in ("analyst", f"unit:u{n}")
            if self.act(legal, lambda: self.office.loop.receive(key, by), model):
                model.state = "received"

    @rule(n=NTH)
    def start(self, n: int) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            legal = model.state in ("issued", "received")
            if self.act(legal, lambda: self.office.loop.start(key, "analyst"), model):
                model.state = "rectifying"

    @rule(n=NTH, kinds=st.sets(st.sampled_from(KINDS)))
    def answer(self, n: int, kinds: set[PaperKind]) -> None:
        if (known := self.newest(n)) is None:
            return
        key, model = known
        self.clock.advance(timedelta(seconds=1))
        self.serial += 1
        body = f"paper {self.serial}".encode()
        papers = [paper(self.office, self.office.letters.get(key), kind, body) for kind in sorted(kinds)]
        if self.act(model.waits, lambda: self.office.loop.answer(key, papers, "analyst"), model):
            model.papers |= kinds
            if model.papers == set(KINDS):
                model.state, model.answered = "answered", self.clock.now()
            else:
                model.state = "rectifying"
                model.returned += 1

    @rule(n=NTH)
    def send_back(self, n: int) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            if self.act(model.open, lambda: self.office.loop.return_(key, "analyst", "不清"), model):
                model.state, model.papers, model.answered = "rectifying", set(), None
                model.returned += 1

    @rule(n=NTH, days=st.integers(-1, 6), by=st.sampled_from(["approver", "analyst"]))
    def extend(self, n: int, days: int, by: str) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            legal = model.waits and by == "approver" and 0 < days <= MOST_DAYS - model.days
            if self.act(legal, lambda: self.office.loop.extend(key, by, "停机", days), model):
                model.days += days

    @rule(n=NTH)
    def object(self, n: int) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            legal = model.waits and not model.objected
            if self.act(legal, lambda: self.office.loop.object(key, f"unit:u{n}", "误报"), model):
                model.objected = True

    @rule(n=NTH, accepted=st.sampled_from([False, False, False, True]))
    def settle(self, n: int, accepted: bool) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            legal = model.open and model.objected
            if self.act(legal, lambda: self.office.loop.settle(key, "approver", accepted, "核实"), model):
                model.objected = False
                if accepted:
                    model.state, self.dismissed[n] = "withdrawn", True

    @rule(n=NTH, times=st.integers(1, 5))
    def carry_on(self, n: int, times: int) -> None:
        """What comes next, so that the loop gets far."""
        for _ in range(times):
            model = known[1] if (known := self.newest(n)) else None
            if model is None or not model.open:
                self.issue(n)
            elif model.waits:
                self.answer(n, set(KINDS))
            elif model.state == "answered":
                self.recheck(n, True)
            else:
                self.close(n)

    @rule(n=NTH, retest=st.booleans())
    def recheck(self, n: int, retest: bool) -> None:
        if (known := self.newest(n)) is None:
            return
        key, model = known
        record = paper(self.office, self.office.letters.get(key), "retest") if retest else None
        back = model.answered is not None and self.last_seen[n] > model.answered
        proved = retest or self.quiet_was_watched(model)
        legal = model.state in ("answered", "rechecked") and (back or proved)
        if self.act(legal, lambda: self.office.loop.recheck(key, "analyst", record), model):
            model.opened_again() if back else setattr(model, "state", "rechecked")

    def quiet_was_watched(self, model: Model) -> bool:
        since = model.answered
        if since is None:
            return False
        spans = [min(b, self.clock.now()) - max(a, since) for a, b in self.watched]
        return any(span >= QUIET * HOUR for span in spans)

    @rule(n=NTH)
    def close(self, n: int) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            back = model.answered is not None and self.last_seen[n] > model.answered
            if self.act(model.state == "rechecked", lambda: self.office.loop.close(key, "approver"), model):
                if back:
                    model.opened_again()
                else:
                    model.state, model.closed = "closed", self.clock.now()

    @rule(n=NTH)
    def reopen(self, n: int) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            legal = model.state in ("answered", "rechecked", "closed")
            if self.act(legal, lambda: self.office.loop.reopen(key, "复查", "analyst"), model):
                model.opened_again()

    @rule(n=NTH)
    def reopen_an_older_one(self, n: int) -> None:
        """While a newer letter of the class is open there is no second one."""
        about = [(key, one) for key, one in self.letters.items() if one.host == f"192.0.2.{n}"]
        if len(about) > 1 and about[-1][1].open:
            key, model = about[0]
            self.act(False, lambda: self.office.loop.reopen(key, "复查", "analyst"), model)

    @rule(n=NTH)
    def withdraw(self, n: int) -> None:
        if (known := self.newest(n)) is not None:
            key, model = known
            if self.act(model.open, lambda: self.office.letters.withdraw(key, "approver", "发错"), model):
                model.state = "withdrawn"

    @rule(n=NTH)
    def seen_again(self, n: int) -> None:
        """The same rule on the same host, now; detection brings it to the letters."""
        self.clock.advance(timedelta(seconds=1))
        self.last_seen[n], now = self.clock.now(), self.clock.now()
        self.serial += 1
        seen = verdict(f"192.0.2.{n}", "compromised", "high", unit=UNITS[n], count=9 + self.serial, last=now)
        [because] = seen.because
        self.office.alerts.record(replace(seen, because=(replace(because, last_seen=now),)))
        self.office.loop.follow(f"A-2026-00000{n + 1}")
        self.grow(n, now)

    def grow(self, n: int, now: datetime) -> None:
        if self.dismissed[n]:
            return
        about = [one for one in self.letters.values() if one.host == f"192.0.2.{n}"]
        out = [one for one in about if one.open]
        month = timedelta(days=REOPEN_DAYS)
        closed = [one for one in about if one.closed and now - one.closed <= month]
        for model in out or closed[-1:]:
            model.moves += 1
            if not model.waits:
                model.opened_again()

    @rule(hours=st.sampled_from([1, 5, 26, 26]), seen=st.sampled_from([True, True, True, False]))
    def wait(self, hours: int, seen: bool) -> None:
        """Watched by a sensor, or not."""
        begun = self.clock.now()
        if seen:
            both = dict.fromkeys(UNITS, ("flow",))
            self.office.lives.note("s1", both)
            for _ in range(hours):
                before = self.clock.now()
                self.clock.advance(HOUR)
                self.office.lives.note("s1", both, since=before)
            if self.watched and begun - self.watched[-1][1] <= timedelta(minutes=5):
                begun = self.watched.pop()[0]
            self.watched.append((begun, self.clock.now()))
        else:
            self.clock.advance(hours * HOUR)

    @rule()
    def remind(self) -> None:
        for notice in self.office.loop.remind():
            self.letters[notice.id].moves += 1
            assert self.letters[notice.id].waits
        assert self.office.loop.remind() == []

    @invariant()
    def letters_are_where_the_model_says(self) -> None:
        for key, model in self.letters.items():
            notice = self.office.letters.get(key)
            assert (notice.state, notice.answered_at, notice.closed_at, notice.reopened, notice.returned) == (
                model.state, model.answered, model.closed, model.reopened, model.returned,
            )  # fmt: skip
            steps = [step for step in self.office.state.find(NoticeStep) if step.notice_id == key]
            assert (len(steps), steps[-1].state) == (model.moves, model.state)

    @invariant()
    def a_unit_has_one_open_letter_of_a_class(self) -> None:
        letters = [one for one in self.office.letters.list() if one.about is None]
        out = [(one.unit, one.threat) for one in letters if one.state in OUTSTANDING]
        assert len(out) == len(set(out))

    @invariant()
    def what_was_sent_stays_as_it_was_sent(self) -> None:
        for key in self.letters:
            notice = self.office.letters.get(key)
            assert self.office.letters.text_hash(key) == notice.text_hash

    @invariant()
    def risk_events_follow(self) -> None:
        for risk in self.office.state.find(RiskEvent):
            n = int(risk.subject[-1])
            known = self.newest(n)
            if self.dismissed[n]:
                assert risk.state == "withdrawn"
            elif known and known[1].state == "closed":
                assert risk.state == "closed"


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=int(os.environ.get("TAISHI_SOAK") or 60),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
