"""Receipt, papers, answer, return, extension, objection: what passes between the unit and the bureau."""

from datetime import timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace

from notices.measures import default_text
from taishi.app.loop.limits import Limits
from taishi.core.clock import ZONE
from taishi.core.problems import Problem, Refused
from taishi.core.records import RiskEvent
from taishi.core.text import Text
from tests.app.conftest import Office, verdict
from tests.app.loop.conftest import ALERT, both, issued, moves, paper


def test_received_rectified_answered(desk: Office) -> None:
    notice = issued(desk)
    assert desk.loop.receive(notice.id, "unit:u1", "王敏签收").state == "received"
    assert desk.loop.start(notice.id, "unit:u1").state == "rectifying"
    done = desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    assert (done.state, done.received_by, done.answered_by) == ("answered", "unit:u1", "unit:u1")
    assert moves(desk, notice) == [
        ("analyst", "draft"),
        ("approver", "approve"),
        ("approver", "issue"),
        ("unit:u1", "receive"),
        ("unit:u1", "start"),
        ("unit:u1", "answer"),
    ]
    assert [step.state for step in desk.loop.history(notice.id)][-2:] == ["rectifying", "answered"]
    assert not desk.state.verify()


def test_who_answers_has_received(desk: Office) -> None:
    notice = issued(desk)
    done = desk.loop.answer(notice.id, both(desk, notice), "analyst")
    assert done.received_at == done.answered_at == desk.clock.now()


def test_without_the_commitment_it_goes_back_and_stays_open(desk: Office) -> None:
    notice = issued(desk)
    back = desk.loop.answer(notice.id, [paper(desk, notice, "disposal_report")], "unit:u1")
    assert (back.state, back.returned, back.answered_at) == ("rectifying", 1, None)
    assert desk.loop.history(notice.id)[-1].why == "缺承诺函 / no commitment letter"
    done = desk.loop.answer(notice.id, [paper(desk, notice, "commitment_letter")], "unit:u1")
    assert done.state == "answered"


def test_a_paper_with_a_fault_makes_no_answer(desk: Office) -> None:
    notice = issued(desk)
    report, commitment = both(desk, notice)
    unstamped = replace(commitment, problems=(Text("未盖章", "no stamp"),))
    assert [why.zh for why in desk.loop.lacking(notice)] == ["缺处置报告单", "缺承诺函"]
    back = desk.loop.answer(notice.id, [report, unstamped], "unit:u1")
    assert back.state == "rectifying"
    assert "承诺函：未盖章" in desk.loop.history(notice.id)[-1].why


def test_papers_may_come_one_by_one(desk: Office) -> None:
    notice = issued(desk)
    for one in both(desk, notice):
        assert desk.loop.file(notice.id, [one], "unit:u1").state == "issued"
    assert desk.loop.answer(notice.id, [], "unit:u1").state == "answered"


def test_what_a_person_returns_is_sent_anew(desk: Office) -> None:
    notice = issued(desk)
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    with pytest.raises(Refused, match="请填写理由"):
        desk.loop.return_(notice.id, "analyst", " ")
    back = desk.loop.return_(notice.id, "analyst", "扫描不清")
    assert (back.state, back.returned, back.answered_at) == ("rectifying", 1, None)
    assert desk.loop.answer(notice.id, [], "unit:u1").state == "rectifying"
    desk.clock.advance(timedelta(minutes=1))
    again = [paper(desk, notice, kind, b"%PDF clear") for kind in ("disposal_report", "commitment_letter")]
    assert desk.loop.answer(notice.id, again, "unit:u1").state == "answered"


def test_a_papers_bytes_are_kept_once_and_for_nobody_else(desk: Office) -> None:
    notice = issued(desk)
    one, other = both(desk, notice)
    assert one.sha256 == other.sha256 == sha256(b"%PDF-1.7 paper").hexdigest()
    [file] = (desk.folder / "papers").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == (one.sha256, 0o600)
    assert desk.loop.papers.read(one) == b"%PDF-1.7 paper"


def test_a_unit_acts_on_its_own_letters_only(desk: Office) -> None:
    notice = issued(desk)
    for by in ("unit:u2", "unit:u9", "unit:"):
        with pytest.raises(Refused, match="不是发给该单位的"):
            desk.loop.receive(notice.id, by)
    for act in (
        lambda: desk.loop.return_(notice.id, "unit:u1", "x"),
        lambda: desk.loop.settle(notice.id, "unit:u1", True, "x"),
        lambda: desk.loop.recheck(notice.id, "unit:u1"),
        lambda: desk.loop.close(notice.id, "unit:u1"),
        lambda: desk.loop.reopen(notice.id, "x", "unit:u1"),
    ):
        with pytest.raises(Refused, match="由主管部门办理"):
            act()
    with pytest.raises(Refused, match="无权执行此操作"):
        desk.loop.receive(notice.id, "auditor")


def test_a_move_that_the_state_does_not_allow_is_told_in_both_languages(desk: Office) -> None:
    notice = desk.letters.draft([ALERT], "analyst")
    told = "状态为“草拟”，须为“已发”才能签收.*is drafted; it can be received only where it is issued"
    with pytest.raises(Refused, match=told):
        desk.loop.receive(notice.id, "analyst")
    with pytest.raises(Refused, match="尚未发出"):
        desk.loop.file(notice.id, [], "analyst")
    assert moves(desk, notice) == [("analyst", "draft")]


def test_an_extension_is_asked_for_and_granted(desk: Office) -> None:
    notice = issued(desk)
    asked = desk.loop.extend(notice.id, "unit:u1", "须停机更换", 3)
    assert asked.wish is not None
    assert (asked.wish.days, asked.deadline) == (3, notice.deadline)
    with pytest.raises(Refused, match="无权执行此操作"):
        desk.loop.extend(notice.id, "analyst", "同意", 3)
    granted = desk.loop.extend(notice.id, "approver", "同意", 3)
    # Issued on a Tuesday with three working days: Friday; three more: Wednesday.
    assert granted.deadline - notice.deadline == timedelta(days=5)
    assert granted.wish is None
    assert [one.was for one in granted.extensions] == [notice.deadline]
    with pytest.raises(Refused, match="最多还可延期 7 个工作日"):
        desk.loop.extend(notice.id, "approver", "再延", 8)
    desk.settings.set_limits(Limits(extension_days=20), "admin", "重保期间")
    assert desk.loop.extend(notice.id, "approver", "再延", 8).deadline > granted.deadline
    with pytest.raises(Problem, match="quiet_hours: 0 must be 1 to"):
        desk.settings.set_limits(Limits(quiet_hours=0), "admin", "x")


def test_an_extension_counts_the_holidays_that_the_bureau_entered(desk: Office) -> None:
    notice = issued(desk)
    day = notice.deadline.astimezone(ZONE).date()
    rest = ", ".join(str(day + timedelta(days=ahead)) for ahead in (3, 4))
    text = f"{default_text()}\nholidays:\n  {day.year}: {{rest: [{rest}]}}\n"
    desk.settings.set_policy(text, "admin", "国办发明电")
    # Friday; Monday and Tuesday are days of rest.
    assert desk.loop.extend(notice.id, "approver", "停机", 1).deadline - notice.deadline == timedelta(days=5)


def test_overdue_is_open_unanswered_and_late(desk: Office) -> None:
    notice = issued(desk)
    late = notice.deadline + timedelta(seconds=1)
    assert not notice.overdue(notice.deadline)
    assert notice.overdue(late)
    assert not desk.loop.answer(notice.id, both(desk, notice), "analyst").overdue(late)


def test_an_accepted_objection_withdraws_the_letter_and_dismisses_the_alert(desk: Office) -> None:
    notice = issued(desk)
    said = desk.loop.object(notice.id, "unit:u1", "系本单位渗透测试")
    assert said.objection is not None
    assert said.objection.accepted is None
    with pytest.raises(Refused, match="已有待处理的异议"):
        desk.loop.object(notice.id, "unit:u1", "再说一次")
    done = desk.loop.settle(notice.id, "approver", True, "核实属实")
    assert (done.state, done.withdrawn_why, done.number) == ("withdrawn", "核实属实", notice.number)
    assert desk.alerts.get(ALERT).state == "dismissed"
    assert [risk.state for risk in desk.state.find(RiskEvent)] == ["withdrawn"]


def test_an_accepted_objection_to_one_alert_takes_it_out(desk: Office) -> None:
    desk.alerts.record(verdict("192.0.2.6", "compromised", "high"))
    notice = issued(desk, ALERT, "A-2026-000002")
    with pytest.raises(Refused, match="不在函件"):
        desk.loop.object(notice.id, "unit:u1", "误报", "A-2026-000009")
    desk.loop.object(notice.id, "unit:u1", "误报", ALERT)
    done = desk.loop.settle(notice.id, "approver", True, "核实属实")
    assert done.state == "issued"
    assert [item.alert_id for item in done.items] == ["A-2026-000002"]
    assert desk.alerts.get(ALERT).state == "dismissed"
    assert desk.alerts.get("A-2026-000002").state == "new"


def test_a_refused_objection_changes_nothing_else(desk: Office) -> None:
    notice = issued(desk)
    with pytest.raises(Refused, match="没有待处理的异议"):
        desk.loop.settle(notice.id, "approver", True, "x")
    desk.loop.object(notice.id, "unit:u1", "误报")
    done = desk.loop.settle(notice.id, "approver", False, "日志确凿")
    assert (done.state, desk.alerts.get(ALERT).state) == ("issued", "new")
    assert done.objection is not None
    assert (done.objection.accepted, done.objection.answer) == (False, "日志确凿")
