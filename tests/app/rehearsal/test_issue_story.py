"""The life of a letter as one story, statement by statement."""

import pytest

from taishi.core.notice_records import Notice
from taishi.core.ports import Query
from taishi.core.records import Alert
from tests.app.rehearsal.playing import BOTH, HEALTH, SCHOOL, WATER, Ran, events, play

HOST, CONTROL, OUTSIDE = "10.34.2.15", "198.51.100.7", "203.0.113.9"


def beacon(count: int, subject: str = HOST) -> dict[str, object]:
    return events("compromised", "high", subject, count, "r1", CONTROL)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    answer = {"subject": HOST, "documents": BOTH}
    hosts = ("10.34.2.20", "10.34.3.20", "10.34.4.20")
    return play(
        tmp_path_factory.mktemp("story"),
        {"events": [beacon(1)]},
        {"events": [beacon(40)]},
        {"events": [events("attempted", "high", host, 5, "r2", OUTSIDE) for host in hosts]},
        {"events": [events("risk", "low", "10.34.3.30", 1, "r3")]},
        {"at": "19 09:00", "receive": {"subject": HOST, "documents": BOTH[:1]}, "try": "close"},
        {"at": "20 09:00", "receive": answer, "then_within_24h": [beacon(1)], "try": "close"},
        {"at": "21 09:00", "receive": answer, "quiet_for_h": 24, "try": "close"},
        {"at": "22 10:00", "events": [beacon(3, "10.99.1.1")]},
        {"at": "22 11:00", "try": "block", "ip": "10.34.0.53", "approver": "张三"},
        {"at": "26 09:00", "advance": True},
        protected=["10.34.0.53"],
    )


def test_a_high_compromise_issues_letter_1_and_a_block(ran: Ran) -> None:
    assert ran.moves(1)[-3:] == ["draft", "approve", "issue"]
    assert [moved.letter.number for moved in ran.steps[1].letters][-1] == "示数资函〔2026〕1号"
    assert {(one.address, one.state) for one in ran.steps[1].blocks} == {
        (HOST, "applied"),
        (CONTROL, "proposed"),
    }
    text = " ".join(ran.desk.letters.content("N-2026-000001").texts())
    assert "封禁" in text  # the device had confirmed it before the letter left


def test_forty_more_events_append(ran: Ran) -> None:
    assert ran.moves(2) == ["append"]
    assert ran.steps[2].blocks == []
    [item] = ran.desk.letters.get("N-2026-000001").items
    assert (item.address, item.count) == (HOST, 42)  # one, forty, and the recurrence


def test_an_outside_address_makes_three_letters_and_one_block(ran: Ran) -> None:
    left = [m.letter for m in ran.steps[3].letters if m.step.move == "issue"]
    assert [(one.type, one.unit) for one in left] == [
        ("advisory", SCHOOL), ("advisory", WATER), ("advisory", HEALTH)
    ]  # fmt: skip
    [block] = ran.steps[3].blocks
    assert (block.address, block.state, len(block.alerts)) == (OUTSIDE, "applied", 3)


def test_a_low_risk_makes_no_letter_but_a_line_in_the_summary(ran: Ran) -> None:
    assert ran.steps[4].letters == []
    assert ran.steps[4].queues.summary == ("10.34.3.30",)


def test_an_answer_without_commitment_keeps_it_open_and_the_block(ran: Ran) -> None:
    assert ran.moves(5) == ["receive", "start", "return"]
    assert "no commitment letter" in ran.refused(5)
    assert ran.steps[5].blocks == []


def test_both_papers_with_a_recurrence_reopen_number_1(ran: Ran) -> None:
    assert ran.moves(6)[-2:] == ["answer", "reopen"]
    assert {moved.letter.id for moved in ran.steps[6].letters} == {"N-2026-000001"}
    assert ran.refused(6)
    assert ran.steps[6].blocks == []


def test_both_papers_and_quiet_close_it_and_lift_the_block_once(ran: Ran) -> None:
    assert ran.moves(7)[:3] == ["answer", "recheck", "close"]
    assert [(one.address, one.state) for one in ran.steps[7].blocks] == [(HOST, "lifted")]
    assert ran.end.lifted == 1


def test_an_ownerless_address_makes_no_letter_but_waits_as_such(ran: Ran) -> None:
    assert ran.steps[8].letters == []
    assert ran.steps[8].queues.ownerless == ("10.99.1.1",)
    assert "10.99.1.1" not in ran.blocks()


def test_a_protected_address_is_refused(ran: Ran) -> None:
    assert "10.34.0.53 is protected" in ran.refused(9)
    assert "10.34.0.53" not in ran.blocks()


def test_the_end(ran: Ran) -> None:
    assert (ran.end.issued, ran.end.closed, ran.end.open, ran.end.withdrawn) == (4, 1, 3, 0)
    assert (ran.end.applied, ran.end.active, ran.end.lifted) == (2, 1, 1)
    assert ran.desk.state.verify() == []
    assert all(one.state != "drafted" for one in ran.desk.state.find(Notice))


def test_the_figures_behind_it_can_be_looked_at(ran: Ran) -> None:
    """Every count of a letter is that of stored events, and its evidence is there."""
    for alert in ran.desk.state.find(Alert):
        assert len(ran.desk.alerts.events_of(alert.id)) == min(alert.verdict.count, 10)
    assert ran.desk.events.count(Query()) == 1 + 40 + 15 + 1 + 1 + 3
