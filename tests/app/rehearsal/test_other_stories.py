"""Other stories of the form: what each must come to follows from the policy and the rules of the loop."""

from datetime import datetime
from pathlib import Path

import pytest

from taishi.app.rehearsal.stage import ANALYST
from taishi.core.clock import ZONE
from taishi.core.records import THREATS, RiskEvent
from tests.app.rehearsal.playing import BOTH, HEALTH, SCHOOL, UNITS, WATER, events, play


def test_every_class_and_level_of_one_unit(tmp_path: Path) -> None:
    """One letter a class that takes its levels together; low attempts and risks are lines of the summary."""
    levels = ("high", "medium", "low")
    cells = [(threat, level) for threat in THREATS for level in levels]
    told = [
        events(threat, level, f"10.34.2.{n}", n, f"r{n}", f"203.0.113.{n}")
        for n, (threat, level) in enumerate(cells, 1)
    ]
    ran = play(tmp_path, {"events": told}, {"at": "26 09:00", "advance": True})
    assert [one for one in ran.letters() if one[2] == "issued"] == [
        ("disposal", SCHOOL, "issued"), ("advisory", SCHOOL, "issued"), ("disposal", SCHOOL, "issued")
    ]  # fmt: skip
    assert ran.steps[1].queues.summary == ("10.34.2.6", "10.34.2.9")
    assert ran.steps[1].queues.weekly == ("10.34.2.5",)
    assert ran.steps[2].queues.weekly == ()
    assert ran.blocks() == {"10.34.2.1": "applied", "203.0.113.1": "proposed", "203.0.113.4": "proposed"}
    counted = {risk.subject: risk.count for risk in ran.desk.state.find(RiskEvent)}
    assert counted == {f"10.34.2.{n}": n for n in range(1, 10)}


@pytest.mark.parametrize(
    ("threat", "level", "type_", "day"),
    [
        ("compromised", "medium", "disposal", "05-25"),
        ("compromised", "low", "advisory", "06-01"),
        ("attempted", "high", "advisory", "06-01"),
        ("risk", "high", "disposal", "06-01"),
        ("risk", "medium", "advisory", "06-08"),
    ],
)
def test_a_level_alone_has_its_letter_and_deadline(
    tmp_path: Path, threat: str, level: str, type_: str, day: str
) -> None:
    """From Monday 18 May 2026 on, working days only."""
    ran = play(tmp_path, {"events": [events(threat, level, "10.34.3.7", 1, "r1", "203.0.113.9")]})
    assert ran.letters() == [(type_, WATER, "issued")]
    assert ran.desk.letters.list()[0].deadline.astimezone(ZONE).strftime("%m-%d %H:%M") == f"{day} 17:30"
    assert "applied" not in ran.blocks().values()


def test_medium_attempts_are_gathered_week_by_week(tmp_path: Path) -> None:
    def attempt(subject: str) -> dict[str, object]:
        return events("attempted", "medium", subject, 2, "scan", "203.0.113.9")

    ran = play(
        tmp_path,
        {"events": [attempt("10.34.2.1")]},
        {"at": "20 09:00", "events": [attempt("10.34.2.2"), attempt("10.34.3.1")]},
        {"at": "25 08:59", "advance": True},
        {"at": "25 09:01", "advance": True},
        {"at": "27 09:00", "events": [attempt("10.34.2.1"), attempt("10.34.2.3")]},
        {"at": "2026-06-15T10:00:00+08:00", "advance": True},
    )
    assert ran.steps[3].letters == []
    assert ran.moves(4).count("issue") == 2
    found = [one for one in ran.desk.letters.list() if one.type == "advisory"]
    letters = sorted(found, key=lambda one: str(one.number))
    assert [(one.unit, [item.address for item in one.items]) for one in letters] == [
        (SCHOOL, ["10.34.2.1", "10.34.2.2"]),
        (WATER, ["10.34.3.1"]),
        (SCHOOL, ["10.34.2.3"]),
    ]
    assert letters[0].items[0].count == 4  # seen again: appended, not told a second time
    assert ran.end.issued == 3


def test_a_second_host_comes_into_the_open_letter_and_is_blocked(tmp_path: Path) -> None:
    ran = play(
        tmp_path,
        {"events": [events("compromised", "high", "10.34.2.15")]},
        {"events": [events("compromised", "high", "10.34.2.16", 3)]},
        {"events": [events("compromised", "medium", "10.34.2.17")]},
    )
    assert ran.letters() == [("disposal", SCHOOL, "issued")]
    assert ran.blocks() == {"10.34.2.15": "applied", "10.34.2.16": "applied"}
    assert set(ran.moves(2)) == {"append"}


def test_an_alert_that_rises_gets_its_block_and_no_second_letter(tmp_path: Path) -> None:
    ran = play(
        tmp_path,
        {"events": [events("compromised", "medium", "10.34.2.15")]},
        {"events": [events("compromised", "high", "10.34.2.15", 1, "r2")]},
        {"events": [events("risk", "medium", "10.34.3.15")]},
        {"events": [events("compromised", "high", "10.34.3.15", 1, "r3")]},
    )
    assert ran.letters() == [
        ("disposal", SCHOOL, "issued"),
        ("advisory", WATER, "issued"),
        ("disposal", WATER, "issued"),
    ]
    assert ran.blocks() == {"10.34.2.15": "applied", "10.34.3.15": "applied"}


def test_the_longest_prefix_owns_and_versions_do_not_mix(tmp_path: Path) -> None:
    nested = [{"name": "市局", "cidr": ["10.50.0.0/16"]}, {"name": "分局", "cidr": ["10.50.7.0/24"]}]
    ran = play(
        tmp_path,
        {"events": [events("risk", "high", "10.50.7.9"), events("risk", "high", "10.50.8.9", 2)]},
        {"events": [events("compromised", "high", "2001:DB8:4:0::15", 1, "r1", "2001:DB8:ffff::1")]},
        {"events": [events("risk", "high", "10.77.0.1"), events("compromised", "high", "别处主机")]},
        units=[*UNITS, *nested, {"name": "无地址单位"}],
    )
    assert ran.letters() == [
        ("disposal", "分局", "issued"),
        ("disposal", "市局", "issued"),
        ("disposal", HEALTH, "issued"),
    ]
    assert ran.blocks() == {"2001:db8:4::15": "applied", "2001:db8:ffff::1": "proposed"}
    assert set(ran.steps[3].queues.ownerless) == {"10.77.0.1", "别处主机"}


def test_a_protected_host_that_is_compromised_gets_its_letter_and_no_block(tmp_path: Path) -> None:
    ran = play(
        tmp_path,
        {"events": [events("compromised", "high", "10.34.2.53", 1, "r1", "198.51.100.7")]},
        protected=["10.34.2.48/28", "198.51.100.7"],
    )
    assert ran.letters() == [("disposal", SCHOOL, "issued")]
    assert ran.blocks() == {}
    assert "10.34.2.53 is protected" in ran.refused(1)
    assert "198.51.100.7 is protected" in ran.refused(1)


def test_a_block_by_hand_needs_an_alert_and_a_second_person_with_a_name(tmp_path: Path) -> None:
    tried = {"try": "block", "ip": "10.34.2.15"}
    ran = play(
        tmp_path,
        {"events": [events("compromised", "medium", "10.34.2.15", 1, "r1", "198.51.100.7")]},
        tried,
        {**tried, "approver": ANALYST},
        {**tried, "approver": "王局长"},
        {**tried, "approver": "王局长"},
        {"try": "block", "ip": "198.51.100.99", "approver": "王局长"},
        {"try": "block", "ip": "198.51.100.7", "approver": "王局长"},
    )
    assert "needs a named approver" in ran.refused(2)
    assert "lacks the role" in ran.refused(3)
    assert [(one.address, one.state, one.approved_by) for one in ran.steps[4].blocks] == [
        ("10.34.2.15", "applied", "王局长")
    ]
    assert "applied, not waiting for approval" in ran.refused(5)
    assert "no alert is about 198.51.100.99" in ran.refused(6)
    assert ran.blocks() == {"10.34.2.15": "applied", "198.51.100.7": "applied"}


def test_an_outside_source_is_blocked_once_it_attacks_a_second_unit(tmp_path: Path) -> None:
    def attack(subject: str, level: str = "high") -> dict[str, object]:
        return {"events": [events("attempted", level, subject, 1, "r2", "203.0.113.9")]}

    ran = play(tmp_path, attack("10.34.2.1"), attack("10.34.2.2"), attack("10.99.0.1"), attack("10.34.3.1"))
    assert [one.state for n in (1, 2, 3) for one in ran.steps[n].blocks] == ["proposed"] * 3
    assert ran.blocks() == {"203.0.113.9": "applied"}
    assert len(ran.desk.blocks.list()) == 1
    assert ran.letters() == [("advisory", SCHOOL, "issued"), ("advisory", WATER, "issued")]


def test_closure_needs_papers_then_quiet(tmp_path: Path) -> None:
    receive = {"receive": {"subject": "10.34.2.15", "documents": BOTH}}
    ran = play(
        tmp_path,
        {"events": [events("compromised", "high", "10.34.2.15")]},
        {"try": "close", "ip": "10.34.2.15"},
        {"receive": {"subject": "10.34.2.99", "documents": BOTH}, "try": "close"},
        {**receive, "try": "close"},
        {"at": "19 08:00", "try": "close", "ip": "10.34.2.15"},
        {"at": "19 12:00", "try": "close", "ip": "10.34.2.15", "approver": "王局长"},
        {"at": "19 13:00", "try": "close", "ip": "10.34.2.15"},
    )
    assert "no disposal report; no commitment letter" in ran.refused(2)
    assert "no open letter about 10.34.2.99" in ran.refused(3)
    assert "quiet" in ran.refused(4)
    assert "quiet" in ran.refused(5)
    assert ran.moves(6)[:2] == ["recheck", "close"]
    assert ran.desk.letters.get("N-2026-000001").closed_by == "王局长"
    assert "no open letter" in ran.refused(7)
    assert (ran.end.issued, ran.end.closed, ran.end.lifted) == (1, 1, 1)


def test_another_rule_does_not_open_the_matter_again(tmp_path: Path) -> None:
    ran = play(
        tmp_path,
        {"events": [events("compromised", "high", "10.34.2.15")]},
        {
            "receive": {"subject": "10.34.2.15", "documents": BOTH},
            "then_within_24h": [events("compromised", "high", "10.34.2.15", 1, "other")],
            "quiet_for_h": 24,
            "try": "close",
        },
        {"at": "21 09:00", "events": [events("compromised", "high", "10.34.2.15", 1, "other")]},
    )
    assert "reopen" not in ran.moves(2)
    assert ran.steps[2].refused == []
    assert [one[2] for one in ran.letters()] == ["closed", "issued"]  # what came later is a matter of its own


def test_another_host_after_the_answer_opens_the_letter_again(tmp_path: Path) -> None:
    """The answer cannot have spoken of it."""
    ran = play(
        tmp_path,
        {"events": [events("compromised", "high", "10.34.2.15")]},
        {
            "receive": {"subject": "10.34.2.15", "documents": BOTH},
            "then_within_24h": [events("compromised", "high", "10.34.2.16")],
            "quiet_for_h": 24,
            "try": "close",
        },
    )
    assert "reopen" in ran.moves(2)
    assert (ran.end.issued, ran.end.closed) == (1, 0)
    assert ran.blocks() == {"10.34.2.15": "applied", "10.34.2.16": "applied"}


def test_what_comes_back_after_the_closure_opens_the_same_number(tmp_path: Path) -> None:
    answer = {"receive": {"subject": "10.34.2.15", "documents": BOTH}, "quiet_for_h": 24, "try": "close"}
    ran = play(
        tmp_path,
        {"events": [events("compromised", "high", "10.34.2.15")]},
        answer,
        {"at": "22 09:00", "events": [events("compromised", "high", "10.34.2.15", 5)]},
        {"at": "23 09:00", **answer},
    )
    assert "close" in ran.moves(2)
    assert "reopen" in ran.moves(3)
    assert ("10.34.2.15", "applied") in {(one.address, one.state) for one in ran.steps[3].blocks}
    assert (ran.end.issued, ran.end.closed) == (1, 1)
    assert (ran.end.applied, ran.end.active, ran.end.lifted) == (2, 0, 2)


def test_holidays_move_the_deadline_and_then_it_is_overdue(tmp_path: Path) -> None:
    """1 to 7 October 2026 are holidays, Saturday the 10th makes up for one."""
    ran = play(
        tmp_path,
        {"at": "2026-09-30T10:00:00+08:00", "events": [events("compromised", "high", "10.34.2.15")]},
        {"at": "2026-10-10T17:29:00+08:00", "advance": True},
        {"at": "2027-02-10T09:00:00+08:00", "advance": True},
    )
    letter = ran.desk.letters.get("N-2026-000001")
    assert letter.deadline.astimezone(ZONE) == datetime(2026, 10, 10, 17, 30, tzinfo=ZONE)
    assert [one.stage for one in letter.reminders] == ["before", "due", "after", "escalated"]
    assert ("reminder", "issued") in {(one.type, one.state) for one in ran.desk.letters.list()}
    assert (ran.end.issued, ran.end.open, ran.end.overdue) == (1, 1, 1)
    assert ran.end.active == 1  # a story's block ends by lifting only, also after four months


def test_a_story_may_have_its_own_policy(tmp_path: Path) -> None:
    cells: dict[str, dict[str, dict[str, object]]] = {
        threat: {level: {"when": "summary"} for level in ("high", "medium", "low")} for threat in THREATS
    }
    cells["risk"]["low"] = {"letter": "disposal", "when": "at_once", "days": 1, "block": ["subject"]}
    ran = play(
        tmp_path,
        {"events": [events("risk", "low", "10.34.2.1"), events("compromised", "high", "10.34.2.2")]},
        policy={"cells": cells, "otherwise_days": 2},
    )
    assert ran.letters() == [("disposal", SCHOOL, "issued")]
    assert ran.steps[1].queues.summary == ("10.34.2.2",)
    assert ran.blocks() == {"10.34.2.1": "proposed"}


def test_events_of_one_subject_in_one_step_are_one_matter(tmp_path: Path) -> None:
    told = [
        events("compromised", "high", "10.34.2.15", n, rule) for n, rule in ((3, "r1"), (4, "r1"), (5, "r2"))
    ]
    ran = play(tmp_path, {"events": [*told, events("risk", "low", "10.34.2.15", 2, "r9")]})
    [risk] = ran.desk.state.find(RiskEvent)
    assert (risk.threat, risk.level, risk.count) == ("compromised", "high", 14)
    assert [item.count for item in ran.desk.letters.list()[0].items] == [14]
