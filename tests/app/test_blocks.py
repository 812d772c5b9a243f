"""Blocks: never a protected address, never without a name, an end and a device that says yes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from taishi.app.blocks import MAX_TTL_S, blocks_about, expires
from taishi.core.ports import Enforced
from taishi.core.problems import Problem, Refused
from taishi.core.records import Asset, Block, Unit
from tests.app.conftest import NOW, Office, verdict

ALERT = "A-2026-000001"
SOURCE = "203.0.113.9"


@pytest.fixture
def desk(office: Office) -> Office:
    office.alerts.record(verdict())
    return office


def applied(desk: Office, address: str = SOURCE) -> Block:
    return desk.blocks.approve(desk.blocks.propose(ALERT, address, "analyst").id, "approver")


def test_proposed_approved_applied_lifted(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "system")
    assert (block.id, block.state, block.unit, block.scope) == ("B-2026-000001", "proposed", None, "peer")
    assert block.reason.zh == "尝试攻击：192.0.2.5，规则r1"
    assert not desk.device.dropped
    block = desk.blocks.approve(block.id, "approver")
    assert (block.state, block.approved_by, block.dry_run) == ("applied", "approver", False)
    assert expires(block) == NOW + timedelta(days=7)
    assert desk.device.dropped == {SOURCE: NOW + timedelta(days=7)}
    block = desk.blocks.lift(block.id, "approver", "已处置")
    assert (block.state, block.lifted_by, block.why) == ("lifted", "approver", "已处置")
    assert not desk.device.dropped
    acts = [(d.actor, d.action) for d in desk.state.decisions() if d.object_type == "block"]
    assert acts == [
        ("system", "propose"),
        ("approver", "approve"),
        ("system", "apply"),
        ("approver", "lift"),
    ]


def test_the_units_own_host_names_its_unit(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, "192.0.2.5", "analyst")
    assert (block.unit, block.scope, block.ttl_s) == ("县教育局", "subject", 30 * 86_400)


def register(desk: Office, address: str, unit: str = "县水利局") -> None:
    """The address belongs to the unit, by the register."""
    desk.state.put(Unit(unit, unit), Asset(address, unit, "address", address, "主机"))


def with_peers(desk: Office, subject: str, *peers: str) -> str:
    """An alert of 县教育局 that names the peers."""
    alert = desk.alerts.record(replace(verdict(subject), peers=peers))
    assert alert is not None
    return alert.id


def test_another_units_host_as_peer_names_its_unit(desk: Office) -> None:
    register(desk, "10.34.9.9")
    alert = with_peers(desk, "192.0.2.6", "10.34.9.9")
    block = desk.blocks.propose(alert, "10.34.9.9", "analyst")
    assert (block.unit, block.scope) == ("县水利局", "unit")
    desk.letters.draft([alert], "analyst")  # to 县教育局, which is not whose host it is
    with pytest.raises(Refused, match="属于县水利局，请先就告警"):
        desk.blocks.approve(block.id, "approver")
    assert not desk.device.dropped


def test_an_address_of_ours_that_nobody_registered_is_refused(desk: Office) -> None:
    alert = with_peers(desk, "10.34.2.15", "10.34.9.9")
    with pytest.raises(Refused, match="属于内部网络但未登记归属单位"):
        desk.blocks.propose(alert, "10.34.9.9", "analyst", "理由")
    assert desk.blocks.propose(alert, "10.34.2.15", "analyst").scope == "subject"


def test_whose_it_is_is_asked_again_at_approval(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "analyst")
    register(desk, SOURCE)
    with pytest.raises(Refused, match="属于县水利局"):
        desk.blocks.approve(block.id, "approver")
    assert desk.blocks.get(block.id).state == "proposed"


def test_a_units_host_is_not_really_blocked_without_a_letter(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, "192.0.2.5", "analyst")
    with pytest.raises(Refused, match=f"请先就告警 {ALERT} 起草致该单位"):
        desk.blocks.approve(block.id, "approver")
    letter = desk.letters.draft([ALERT], "analyst")
    desk.letters.withdraw(letter.id, "analyst", "重复")
    with pytest.raises(Refused, match="请先就告警"):
        desk.blocks.approve(block.id, "approver")
    assert not desk.device.dropped
    desk.letters.draft([ALERT], "analyst")
    assert desk.blocks.approve(block.id, "approver").state == "applied"


def test_a_units_host_may_be_rehearsed_without_a_letter(desk: Office) -> None:
    desk.settings.set_enforcer("nftables-dry-run", "admin")
    assert applied(desk, "192.0.2.5").dry_run


def test_a_letter_withdrawn_before_the_device_obeys_holds_the_block_back(desk: Office) -> None:
    letter = desk.letters.draft([ALERT], "analyst")
    desk.device.broken = "no route"
    block = applied(desk, "192.0.2.5")
    desk.letters.withdraw(letter.id, "analyst", "重复")
    desk.device.broken = ""
    with pytest.raises(Refused, match="请先就告警"):
        desk.blocks.retry(block.id, "approver")
    assert not desk.device.dropped


def test_a_dry_run_reconciles_nothing(desk: Office) -> None:
    desk.settings.set_enforcer("nftables-dry-run", "admin")
    block = applied(desk)
    assert block.dry_run
    assert desk.blocks.reconcile() == []


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("::1", "::1"),
        ("224.0.0.251", "组播"),
        ("192.0.2.53", "192.0.2.53 政务外网DNS"),
        ("::ffff:192.0.2.53", "192.0.2.53 政务外网DNS"),
        ("10.34.0.1", "10.34.0.0/28 网关"),
    ],
)
def test_protected_addresses_are_refused_by_name(desk: Office, address: str, entry: str) -> None:
    desk.settings.set_protected(["10.34.0.0/28 网关"], "admin")
    with pytest.raises(Refused, match="受保护") as refused:
        desk.blocks.propose(ALERT, address, "analyst", "因为")
    assert entry in str(refused.value)


def test_protected_after_the_proposal_is_refused_at_approval(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "analyst")
    desk.settings.set_protected([f"{SOURCE} 合作单位"], "admin")
    with pytest.raises(Refused, match="合作单位"):
        desk.blocks.approve(block.id, "approver")
    assert not desk.device.dropped


@pytest.mark.parametrize("address", ["203.0.113.0/24", "2001:db8::/32"])
def test_networks_are_refused(desk: Office, address: str) -> None:
    with pytest.raises(Refused, match="只能封禁单个地址"):
        desk.blocks.propose(ALERT, address, "analyst")


@pytest.mark.parametrize("address", ["bad.example", "203.0.113", "fe80::1%eth0", ""])
def test_what_is_no_address_is_named(desk: Office, address: str) -> None:
    with pytest.raises(Problem, match="不是IP地址"):
        desk.blocks.propose(ALERT, address, "analyst")


def test_an_address_of_no_concern_needs_a_reason(desk: Office) -> None:
    with pytest.raises(Refused, match="与告警 A-2026-000001 无关"):
        desk.blocks.propose(ALERT, "203.0.113.77", "analyst")
    assert desk.blocks.propose(ALERT, "203.0.113.77", "analyst", "同一团伙").reason.zh.endswith("同一团伙")


def test_an_open_block_is_given_back(desk: Office) -> None:
    first = desk.blocks.propose(ALERT, SOURCE, "system")
    assert desk.blocks.propose(ALERT, f"::ffff:{SOURCE}", "analyst").id == first.id
    desk.blocks.reject(first.id, "approver", "不需要")
    assert desk.blocks.propose(ALERT, SOURCE, "analyst").id != first.id


def test_whoever_proposed_it_does_not_approve_it(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "admin")
    assert block.proposed_by == ("admin",)
    with pytest.raises(Refused, match="由admin提议，须由另一人批准"):
        desk.blocks.approve(block.id, "admin")
    assert desk.blocks.approve(block.id, "approver").state == "applied"


def test_any_approver_may_approve_what_a_playbook_proposed(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "system")
    assert desk.blocks.propose(ALERT, SOURCE, "admin").proposed_by == ()  # nothing new, no hand in it
    assert desk.blocks.approve(block.id, "admin").state == "applied"


def several(desk: Office) -> list[str]:
    """Alerts of three units with one outside source."""
    made = [
        desk.alerts.record(verdict(f"192.0.2.{n}", unit=unit))
        for n, unit in ((21, "县教育局"), (22, "县水利局"), (23, "县卫健局"))
    ]
    return [alert.id for alert in made if alert]


def test_one_decision_for_a_source_that_attacks_several_units(desk: Office) -> None:
    first, *others = several(desk)
    block = desk.blocks.propose(first, SOURCE, "system", also=others)
    assert (block.alert_id, block.alerts, block.unit) == (first, (first, *others), None)
    for alert_id in (first, *others):
        assert [each.id for each in blocks_about(desk.state, [alert_id])] == [block.id]
    assert blocks_about(desk.state, [first[:-1]]) == []
    assert desk.blocks.approve(block.id, "admin").state == "applied"
    assert len(desk.blocks.list()) == 1


def test_an_alert_joins_the_open_block_of_its_source(desk: Office) -> None:
    first, second, third = several(desk)
    block = desk.blocks.propose(first, SOURCE, "system")
    assert desk.blocks.propose(second, SOURCE, "admin").alerts == (first, second)
    with pytest.raises(Refused, match="由admin提议"):
        desk.blocks.approve(block.id, "admin")
    desk.blocks.approve(block.id, "approver")
    joined = desk.blocks.propose(third, SOURCE, "admin")
    assert (joined.id, joined.state, joined.alerts) == (block.id, "applied", (first, second, third))
    assert joined.proposed_by == ("admin",)
    lines = [result for _, action, kind, result in desk.audited() if (kind, action) == ("block", "join")]
    assert lines == [second, third]


def test_every_alert_must_name_the_address_or_a_reason_is_given(desk: Office) -> None:
    first, *_ = several(desk)
    quiet = desk.alerts.record(replace(verdict("192.0.2.30"), attackers=()))
    assert quiet is not None
    with pytest.raises(Refused, match=f"与告警 {quiet.id} 无关"):
        desk.blocks.propose(first, SOURCE, "analyst", also=[quiet.id])
    assert desk.blocks.propose(first, SOURCE, "analyst", "同一来源", also=[quiet.id]).alerts == (
        first,
        quiet.id,
    )


def test_a_block_kept_before_it_could_have_several_alerts_names_its_one() -> None:
    kept = b'{"id":"B-1","address":"203.0.113.9","scope":"peer","reason":{"zh":"x","en":"x"},"alert_id":"A-1"'
    old = kept + b',"ttl_s":60,"created_at":"2026-11-17T02:00:00Z"}'
    assert msgspec.json.decode(old, type=Block).alerts == ("A-1",)


def test_who_may_do_what(desk: Office) -> None:
    for by in ("approver", "auditor", "ghost"):
        with pytest.raises(Refused):
            desk.blocks.propose(ALERT, SOURCE, by)
    block = desk.blocks.propose(ALERT, SOURCE, "analyst")
    for by in ("analyst", "auditor", "system"):
        with pytest.raises(Refused, match=r"不能执行此操作|需要角色：审批人"):
            desk.blocks.approve(block.id, by)
        with pytest.raises(Refused):
            desk.blocks.reject(block.id, by, "x")
    desk.blocks.approve(block.id, "approver")
    for by in ("analyst", "system"):
        with pytest.raises(Refused):
            desk.blocks.lift(block.id, by, "x")


@pytest.mark.parametrize("ttl_s", [0, -1, MAX_TTL_S + 1])
def test_a_block_has_an_end(desk: Office, ttl_s: int) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "analyst")
    with pytest.raises(Refused, match="不超过 90 天"):
        desk.blocks.approve(block.id, "approver", ttl_s)
    assert desk.blocks.get(block.id).state == "proposed"


def test_states_are_refused_by_name(desk: Office) -> None:
    block = applied(desk)
    with pytest.raises(Refused, match="状态为“封禁中”，须为“待审批”"):
        desk.blocks.approve(block.id, "approver")
    with pytest.raises(Refused, match="须为“待审批”"):
        desk.blocks.reject(block.id, "approver", "x")
    with pytest.raises(Refused, match="请填写理由"):
        desk.blocks.lift(block.id, "approver", "")
    desk.blocks.lift(block.id, "approver", "x")
    with pytest.raises(Refused, match="状态为“已解除”"):
        desk.blocks.lift(block.id, "approver", "x")
    with pytest.raises(Refused, match="没有封禁 B-1"):
        desk.blocks.lift("B-1", "approver", "x")
    with pytest.raises(Refused, match="没有告警 A-1"):
        desk.blocks.propose("A-1", SOURCE, "analyst")


def test_a_failing_device_leaves_it_approved_and_says_so(desk: Office) -> None:
    desk.device.broken = "no route to device"
    block = applied(desk)
    assert block.state == "approved"
    assert "no route to device" in (block.why or "")
    desk.device.broken = ""
    block = desk.blocks.retry(block.id, "approver")
    assert (block.state, block.why) == ("applied", None)
    assert SOURCE in desk.device.dropped


def test_lifting_fails_with_the_device(desk: Office) -> None:
    block = applied(desk)
    desk.device.broken = "no route to device"
    with pytest.raises(Refused, match="no route to device"):
        desk.blocks.lift(block.id, "approver", "x")
    assert desk.blocks.get(block.id).state == "applied"
    desk.clock.advance(timedelta(days=8))
    assert desk.blocks.expire_due() == []
    assert "到期 / its time is over；设备未能解除" in (desk.blocks.get(block.id).why or "")


def test_a_device_that_raises_has_failed(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def apply(*_: object) -> Enforced:
        raise OSError("cable pulled")

    monkeypatch.setattr(desk.device, "apply", apply)
    assert "cable pulled" in (applied(desk).why or "")


def test_dry_run_is_the_default_and_drops_nothing(desk: Office) -> None:
    desk.state.set_setting("enforcer", "")
    block = applied(desk)
    assert (block.state, block.dry_run, block.enforcer) == ("applied", True, "nftables-dry-run")
    assert not desk.device.dropped


def test_an_unknown_device_is_refused_before_anything_is_approved(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "analyst")
    desk.settings.set_enforcer("firewall-9", "admin")
    with pytest.raises(Refused, match="没有名为“firewall-9”的封禁设备"):
        desk.blocks.approve(block.id, "approver")
    assert desk.blocks.get(block.id).state == "proposed"


def test_what_is_over_its_time_is_lifted_by_the_system(desk: Office) -> None:
    block = desk.blocks.approve(desk.blocks.propose(ALERT, SOURCE, "analyst").id, "approver", 60)
    desk.clock.advance(timedelta(seconds=59))
    assert desk.blocks.expire_due() == []
    desk.clock.advance(timedelta(seconds=1))
    assert [(b.id, b.state, b.lifted_by) for b in desk.blocks.expire_due()] == [
        (block.id, "lifted", "system")
    ]
    assert not desk.device.dropped


def test_a_block_is_prolonged_with_a_reason_and_never_cut_short(desk: Office) -> None:
    block = applied(desk)
    desk.clock.advance(timedelta(days=6))
    block = desk.blocks.prolong(block.id, "approver", 3 * 86_400, "尚未复核")
    assert expires(block) == NOW + timedelta(days=9)
    assert desk.device.dropped == {SOURCE: NOW + timedelta(days=9)}
    for by, ttl_s, why, told in (
        ("approver", 60, "x", "不能缩短"),
        ("approver", MAX_TTL_S + 1, "x", "不超过 90 天"),
        ("approver", MAX_TTL_S, " ", "请填写理由"),
        ("analyst", MAX_TTL_S, "x", "需要角色：审批人"),
    ):
        with pytest.raises(Refused, match=told):
            desk.blocks.prolong(block.id, by, ttl_s, why)
    desk.device.broken = "no route"
    assert "no route" in (desk.blocks.prolong(block.id, "approver", MAX_TTL_S, "长期").why or "")
    desk.device.broken = ""
    desk.blocks.reconcile()
    assert desk.device.dropped == {SOURCE: NOW + timedelta(days=96)}
    assert desk.blocks.get(block.id).why is None


def test_two_approvers_at_once(desk: Office) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "analyst")

    def approve(by: str) -> str:
        try:
            return desk.blocks.approve(block.id, by).state
        except Refused:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, ["approver", "admin"])) == ["applied", "refused"]


def test_lifted_while_the_device_was_at_work(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    block = desk.blocks.propose(ALERT, SOURCE, "analyst")
    really = desk.device.apply

    def apply(one: Block, end: object) -> Enforced:
        desk.blocks.lift(block.id, "admin", "改主意")
        return really(one, end)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(desk.device, "apply", apply)
    assert desk.blocks.approve(block.id, "approver").state == "lifted"
    assert not desk.device.dropped


def test_lists_newest_first(desk: Office) -> None:
    first = desk.blocks.propose(ALERT, SOURCE, "analyst")
    desk.clock.advance(timedelta(seconds=1))
    second = applied(desk, "198.51.100.7")
    assert [b.id for b in desk.blocks.list()] == [second.id, first.id]
    assert [b.id for b in desk.blocks.list("proposed")] == [first.id]
