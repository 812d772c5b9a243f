"""No letter leaves without a named approval of exactly its text, whatever people try."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from notices.life.leaving import approve, issue, withdraw
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused

HASHES = st.sampled_from(["a" * 64, "b" * 64, "", "short", "A" * 64])
PEOPLE = st.sampled_from(["李某", "王某", "", "  ", "system"])
NUMBERS = st.sampled_from(
    ["示数资函〔2026〕37号", "", "37", "示数资函〔2026〕037号", "示数资函〔2026〕　　号"]
)
LATER = st.timedeltas(min_value=timedelta(hours=-2), max_value=timedelta(days=1))
GOOD = "示数资函〔2026〕37号"


def machine(first: Notice) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.notice = first
            self.now: datetime = first.created_at
            self.approved: tuple[str, str] | None = None

        @rule(by=PEOPLE, text_hash=HASHES, later=LATER)
        def approves(self, by: str, text_hash: str, later: timedelta) -> None:
            at = self.now + later
            legal = (
                self.notice.state == "drafted"
                and by in ("李某", "王某")
                and text_hash in ("a" * 64, "b" * 64)
                and self.now <= at < self.notice.deadline
            )
            self.expect(legal, lambda: approve(self.notice, by=by, at=at, text_hash=text_hash), at)
            if legal:
                self.approved = (by, text_hash)

        @rule(by=PEOPLE, number=NUMBERS, text_hash=st.none() | HASHES, later=LATER)
        def issues(self, by: str, number: str, text_hash: str | None, later: timedelta) -> None:
            at = self.now + later
            legal = (
                self.notice.state == "approved"
                and by in ("李某", "王某")
                and number == GOOD
                and text_hash in (None, self.notice.text_hash)
                and self.now <= at < self.notice.deadline
            )
            self.expect(
                legal, lambda: issue(self.notice, by=by, at=at, number=number, text_hash=text_hash), at
            )

        @rule(by=PEOPLE, why=st.sampled_from(["误报", "", " "]), later=LATER)
        def withdraws(self, by: str, why: str, later: timedelta) -> None:
            at = self.now + later
            legal = self.notice.state != "withdrawn" and bool(by.strip()) and why == "误报" and self.now <= at
            self.expect(legal, lambda: withdraw(self.notice, by=by, at=at, why=why), at)

        def expect(self, legal: bool, act, at: datetime) -> None:
            if not legal:
                with pytest.raises(Refused):
                    act()
                return
            self.notice, self.now = act(), at

        @invariant()
        def left_only_as_approved(self) -> None:
            if self.notice.state in ("approved", "issued"):
                assert self.approved == (self.notice.approved_by, self.notice.text_hash)
            if self.notice.number is not None:
                assert self.notice.issued_by
                assert self.approved is not None
            assert self.notice.items == first.items

    return Life


def test_life_under_any_order_of_acts(make_notice) -> None:
    run_state_machine_as_test(machine(make_notice()))


def test_changed_law_asks_for_a_new_draft(make_notice) -> None:
    notice = make_notice(at=datetime.fromisoformat("2025-12-31T10:00:00+08:00"))
    with pytest.raises(Refused, match="article"):
        approve(notice, by="李某", at=datetime.fromisoformat("2026-01-01T10:00:00+08:00"), text_hash="a" * 64)


def test_who_had_a_hand_in_the_text_does_not_approve_it(make_notice) -> None:
    notice = msgspec.structs.replace(make_notice(), drafted_by=("王某", "李某"))
    with pytest.raises(Refused, match="李某 drafted it; a second person approves it"):
        approve(notice, by="李某", at=notice.created_at, text_hash="a" * 64)
    assert approve(notice, by="赵某", at=notice.created_at, text_hash="a" * 64).state == "approved"
