"""A matter is closed on proof only, and only then is the block lifted."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from taishi.app.loop.limits import Limits
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.core.records import RiskEvent, SensorEntry
from tests.app.conftest import NOW, Office, verdict
from tests.app.loop.conftest import ALERT, HOST, UNIT, both, issued, moves, paper

SENSOR = SensorEntry("s1", "核心交换机镜像", "interface", "eth1", NOW, 300)


def watch(desk: Office, hours: int, *units: str, sensor: str = "s1") -> None:
    """Time passes while the sensor sees those units, an hour at a time."""
    desk.state.put(SENSOR)
    desk.lives.note(sensor, dict.fromkeys(units, ("flow",)))
    for _ in range(hours):
        before = desk.clock.now()
        desk.clock.advance(timedelta(hours=1))
        desk.lives.note(sensor, dict.fromkeys(units, ("flow",)), since=before)


def answered(desk: Office) -> Notice:
    desk.settings.set_limits(Limits(quiet_hours=24), "admin", "演练")
    notice = issued(desk)
    return desk.loop.answer(notice.id, both(desk, notice), "unit:u1")


def closed(desk: Office) -> Notice:
    notice = answered(desk)
    watch(desk, 24, UNIT)
    desk.loop.recheck(notice.id, "analyst")
    return desk.loop.close(notice.id, "approver")


def test_quiet_on_a_living_sensor_closes_and_lifts(desk: Office) -> None:
    notice = issued(desk)
    desk.settings.set_limits(Limits(quiet_hours=24), "admin", "演练")
    block = desk.blocks.propose(ALERT, HOST, "analyst")
    peer = desk.blocks.propose(ALERT, "198.51.100.7", "analyst")
    for one in (block, peer):
        desk.blocks.approve(one.id, "approver")
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    watch(desk, 24, UNIT)
    checked = desk.loop.recheck(notice.id, "analyst")
    assert checked.state == "rechecked"
    assert checked.opinion is not None
    assert checked.opinion.sensors == ("核心交换机镜像",)
    assert "自 2026-11-17 10:00 至 2026-11-18 10:00 未再出现" in checked.opinion.words.zh
    assert desk.device.dropped.keys() == {HOST, "198.51.100.7"}
    done = desk.loop.close(notice.id, "approver")
    assert (done.state, done.closed_by, done.closed_at) == ("closed", "approver", desk.clock.now())
    # The problem host goes free; who controlled it stays out for the time it was blocked for.
    assert desk.device.dropped.keys() == {"198.51.100.7"}
    assert desk.blocks.get(block.id).lifted_by == "approver"
    assert [risk.state for risk in desk.state.find(RiskEvent)] == ["closed"]
    assert moves(desk, notice)[-2:] == [("analyst", "recheck"), ("approver", "close")]
    opinion, lifting = desk.letters.papers_about(notice.id)
    assert (opinion.type, opinion.state) == ("recheck", "drafted")
    assert "未再出现" in "".join(desk.letters.content(opinion.id).texts())
    assert (lifting.type, lifting.state) == ("lifting", "drafted")
    assert HOST in "".join(desk.letters.content(lifting.id).texts())
    assert desk.loop.resume() == 0
    assert len(desk.letters.papers_about(notice.id)) == 2


def blocked(desk: Office) -> str:
    return desk.blocks.approve(desk.blocks.propose(ALERT, HOST, "analyst").id, "approver").id


def test_a_host_is_let_through_only_after_the_recheck_of_its_letter(desk: Office) -> None:
    desk.settings.set_limits(Limits(quiet_hours=24), "admin", "演练")
    notice = issued(desk)
    block = blocked(desk)
    for _ in range(2):  # issued, then answered: neither is a recheck
        with pytest.raises(Refused, match=rf"{HOST} 涉及的函件 {notice.number} 尚未复核"):
            desk.blocks.lift(block, "approver", "单位来电")
        if desk.letters.get(notice.id).state == "issued":
            desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    assert HOST in desk.device.dropped
    watch(desk, 24, UNIT)
    desk.loop.recheck(notice.id, "analyst")
    assert desk.blocks.lift(block, "approver", "复核通过").state == "lifted"


def test_a_host_whose_block_ends_before_the_recheck_is_told_as_such(desk: Office) -> None:
    notice = issued(desk)
    block = desk.blocks.get(blocked(desk))
    desk.clock.advance(timedelta(seconds=block.ttl_s))
    (ended,) = desk.blocks.expire_due()
    assert ended.why == f"到期（{notice.number} 尚未复核） / its time is over"


def test_a_letter_that_was_withdrawn_holds_no_block(desk: Office) -> None:
    notice = issued(desk)
    block = blocked(desk)
    desk.letters.withdraw(notice.id, "approver", "误报")
    assert desk.blocks.lift(block, "approver", "误报").state == "lifted"


def test_a_paper_about_the_letter_holds_no_block(desk: Office) -> None:
    notice = issued(desk)
    block = blocked(desk)
    desk.state.put(replace(notice, id="N-2026-000099", about=notice.id))
    desk.letters.withdraw(notice.id, "approver", "误报")
    assert desk.blocks.lift(block, "approver", "误报").state == "lifted"


def test_lifting_before_the_recheck_is_an_act_of_its_own(desk: Office) -> None:
    issued(desk)
    block = blocked(desk)
    with pytest.raises(Refused, match="系统设置不允许复核前解除封禁"):
        desk.blocks.lift_before_recheck(block, "approver", "急诊系统停机")
    with pytest.raises(Refused, match="需要角色：管理员"):
        desk.settings.set_lifts_before_recheck("approver", "应急", allowed=True)
    with pytest.raises(Refused, match="请填写理由"):
        desk.settings.set_lifts_before_recheck("admin", "", allowed=True)
    desk.settings.set_lifts_before_recheck("admin", "应急预案", allowed=True)
    with pytest.raises(Refused, match="尚未复核"):
        desk.blocks.lift(block, "approver", "急诊系统停机")
    assert desk.blocks.lift_before_recheck(block, "approver", "急诊系统停机").state == "lifted"
    assert ("approver", "lift_before_recheck", "block", "lifted") in desk.audited()
    assert not desk.device.dropped


def test_a_rehearsed_block_is_lifted_at_any_time(desk: Office) -> None:
    desk.settings.set_enforcer("nftables-dry-run", "admin")
    issued(desk)
    assert desk.blocks.lift(blocked(desk), "approver", "演练结束").state == "lifted"


def test_too_early(desk: Office) -> None:
    notice = answered(desk)
    watch(desk, 23, UNIT)
    with pytest.raises(Refused, match="静默观察未满 1 天，须至 2026-11-18 10:00"):
        desk.loop.recheck(notice.id, "analyst")
    assert desk.letters.get(notice.id).state == "answered"


def test_quiet_because_blind_stays_open_and_says_when(desk: Office) -> None:
    notice = answered(desk)
    watch(desk, 10, UNIT)
    desk.clock.advance(timedelta(hours=3))
    watch(desk, 12, UNIT)
    told = r"未能持续看到县教育局，共盲 3\.0 小时（2026-11-17 20:00 至 2026-11-17 23:00）"
    with pytest.raises(Refused, match=told):
        desk.loop.recheck(notice.id, "analyst")
    watch(desk, 12, UNIT)
    checked = desk.loop.recheck(notice.id, "analyst")
    assert checked.opinion is not None
    assert checked.opinion.since == NOW + timedelta(hours=13)


def test_a_sensor_that_sees_others_proves_nothing(desk: Office) -> None:
    notice = answered(desk)
    watch(desk, 24, "县水利局")
    with pytest.raises(Refused, match=r"共盲 24\.0 小时"):
        desk.loop.recheck(notice.id, "analyst")


def test_what_came_back_opens_it_again_instead(desk: Office) -> None:
    notice = answered(desk)
    watch(desk, 24, UNIT)
    desk.alerts.record(verdict(HOST, "compromised", "high", count=9, last=NOW))  # before the answer
    assert desk.loop.recheck(notice.id, "analyst").state == "rechecked"
    back = verdict(HOST, "compromised", "high", first=NOW + timedelta(hours=9), last=desk.clock.now())
    desk.alerts.record(back)
    again = desk.loop.close(notice.id, "approver")
    assert (again.state, again.reopened, again.opinion) == ("rectifying", 1, None)
    assert [(one.type, one.state) for one in desk.letters.papers_about(notice.id)] == [
        ("recheck", "withdrawn")
    ]


def test_a_passed_retest_is_proof_without_quiet(desk: Office) -> None:
    notice = answered(desk)
    with pytest.raises(Refused, match="需要一份通过复测的记录"):
        desk.loop.recheck(notice.id, "analyst", paper(desk, notice, "other"))
    checked = desk.loop.recheck(notice.id, "analyst", paper(desk, notice, "retest"))
    assert checked.opinion is not None
    assert (checked.opinion.basis, checked.opinion.words.zh) == (
        "retest",
        "经复测，问题已消除",
    )
    assert desk.loop.close(notice.id, "approver").state == "closed"


def test_not_closed_without_answer_or_recheck(desk: Office) -> None:
    notice = issued(desk)
    for act in (desk.loop.recheck, desk.loop.close):
        with pytest.raises(Refused, match="状态为“已发”"):
            act(notice.id, "admin")
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    with pytest.raises(Refused, match="状态为“已报”，须为“已复核”才能销号"):
        desk.loop.close(notice.id, "admin")


def test_a_device_that_fails_lifts_later(desk: Office) -> None:
    notice = issued(desk)
    block = desk.blocks.propose(ALERT, HOST, "analyst")
    desk.blocks.approve(block.id, "approver")
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    desk.loop.recheck(notice.id, "analyst", paper(desk, notice, "retest"))
    desk.device.broken = "no route"
    assert desk.loop.close(notice.id, "approver").state == "closed"
    assert desk.blocks.get(block.id).state == "applied"
    assert desk.loop.resume() == 0
    desk.device.broken = ""
    assert desk.loop.resume() == 1
    assert desk.blocks.get(block.id).state == "lifted"
    assert desk.loop.resume() == 0


def test_a_block_stays_while_another_letter_is_about_its_alert(desk: Office) -> None:
    notice = issued(desk)
    block = desk.blocks.propose(ALERT, HOST, "analyst")
    desk.clock.advance(timedelta(hours=1))
    block = desk.blocks.approve(block.id, "approver")
    second = desk.letters.tell_of(block)
    assert second is not None
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    desk.loop.recheck(notice.id, "analyst", paper(desk, notice, "retest"))
    desk.loop.close(notice.id, "approver")
    assert desk.blocks.get(block.id).state == "applied"
    desk.letters.withdraw(second.id, "approver", "已口头告知")
    assert desk.loop.resume() == 1
