"""What was decided against what the device drops: every difference is told and healed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from taishi.app.blocks import Blocks
from taishi.core.problems import Problem, Refused
from taishi.core.records import Block
from taishi.core.text import Text
from tests.app.conftest import NOW, Device, Office, verdict

ALERT = "A-2026-000001"
SOURCE = "203.0.113.9"
WEEK = NOW + timedelta(days=7)


@pytest.fixture
def desk(office: Office) -> Office:
    office.alerts.record(verdict())
    return office


def applied(desk: Office, address: str = SOURCE) -> Block:
    return desk.blocks.approve(desk.blocks.propose(ALERT, address, "analyst").id, "approver")


def a_block(address: str) -> Block:
    return Block("B-0", address, "peer", Text("来源", "source"), ALERT, 60, NOW)


def told(desk: Office) -> list[str]:
    """What the audit says of devices."""
    return [result for _, action, _, result in desk.audited() if action == "reconcile"]


def test_a_device_that_is_as_decided_is_left_alone(desk: Office) -> None:
    applied(desk)
    assert (desk.blocks.reconcile(), alarms(desk), told(desk)) == ([], [], [])


def alarms(desk: Office) -> list[str]:
    return [said.en for said in desk.blocks.drifting()]


def rebooted(device: Device) -> None:
    device.dropped.clear()


def stranger(device: Device) -> None:
    device.dropped["203.0.113.99"] = NOW


def cut_short(device: Device) -> None:
    device.dropped[SOURCE] = NOW + timedelta(minutes=5)


def for_ever(device: Device) -> None:
    device.dropped[SOURCE] = NOW + timedelta(days=9999)


def rules_gone(device: Device) -> None:
    device.faults = ("chain forward: has other rules than ours",)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (rebooted, "missing: 203.0.113.9"),
        (stranger, "nobody decided: 203.0.113.99"),
        (cut_short, "another end: 203.0.113.9"),
        (for_ever, "another end: 203.0.113.9"),
        (rules_gone, "set up otherwise: chain forward: has other rules than ours"),
    ],
)
def test_a_difference_is_healed_and_told(desk: Office, happens: Callable[[Device], None], words: str) -> None:
    applied(desk)
    happens(desk.device)
    assert [drift.words.en for drift in desk.blocks.reconcile()] == [f"device is not as decided: {words}"]
    assert (desk.device.dropped, desk.device.faults) == ({SOURCE: WEEK}, ())
    assert alarms(desk) == told(desk) == [f"device is not as decided: {words}. Healed"]
    assert desk.blocks.reconcile() == []
    assert alarms(desk) == []


def test_a_stranger_alone_is_taken_off(desk: Office) -> None:
    stranger(desk.device)
    desk.blocks.reconcile()
    assert desk.device.dropped == {}


def test_what_cannot_be_healed_is_told_once_and_stays_an_alarm(desk: Office) -> None:
    block = applied(desk)
    rebooted(desk.device)
    desk.device.broken = "no route"
    for _ in range(3):
        desk.blocks.reconcile()
        assert "Not healed: no route" in alarms(desk)[0]
    assert len(told(desk)) == 1
    desk.device.broken = ""
    desk.blocks.reconcile()
    assert desk.device.dropped == {SOURCE: WEEK}
    assert ("system", "reapply", "block", "was not so on the device") in desk.audited()
    assert desk.blocks.get(block.id).state == "applied"


def test_after_the_service_was_down_what_is_over_stays_off(desk: Office) -> None:
    applied(desk)
    rebooted(desk.device)
    desk.clock.advance(timedelta(days=7))
    desk.blocks.expire_due()
    assert desk.blocks.reconcile() == []
    assert not desk.device.dropped


def test_an_approval_left_half_way_is_carried_out(desk: Office) -> None:
    desk.device.broken = "no route"
    block = applied(desk)
    assert block.state == "approved"
    desk.device.broken = ""
    desk.blocks.reconcile()
    assert desk.blocks.get(block.id).state == "approved", "its act may still be at work"
    desk.clock.advance(timedelta(minutes=1))
    desk.blocks.reconcile()
    assert (desk.blocks.get(block.id).state, desk.blocks.get(block.id).why) == ("applied", None)
    assert SOURCE in desk.device.dropped


def test_what_has_become_protected_is_healed_off_the_device(desk: Office) -> None:
    block = applied(desk)
    devices = {"device": desk.device}
    elsewhere = Blocks(desk.state, desk.clock, devices, (f"{SOURCE} 本机",))  # this machine got the address
    assert elsewhere.reconcile() == []
    lifted = desk.blocks.get(block.id)
    assert (lifted.state, lifted.lifted_by) == ("lifted", "system")
    assert "受保护" in (lifted.why or "")
    assert not desk.device.dropped


def test_a_protected_stranger_is_healed_off_too(desk: Office) -> None:
    desk.device.dropped["192.0.2.53"] = WEEK
    assert desk.blocks.reconcile()[0].extra == ("192.0.2.53",)
    assert not desk.device.dropped


@pytest.mark.parametrize(
    "network", ["192.0.2.0/24", "192.0.2.52/30", "0.0.0.0/0", "::/0", "::ffff:192.0.2.53"]
)
def test_a_network_that_contains_a_protected_address_is_refused_for_it(desk: Office, network: str) -> None:
    with pytest.raises(Refused, match="受保护"):
        desk.blocks.propose(ALERT, network, "analyst", "理由")


def test_a_device_that_lies_has_not_applied_it(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    done = desk.device.apply(a_block(SOURCE), WEEK)
    rebooted(desk.device)
    monkeypatch.setattr(desk.device, "apply", lambda *_: done)
    block = applied(desk)
    assert block.state == "approved"
    assert "missing: 203.0.113.9" in (block.why or "")


def test_a_device_that_lies_has_not_lifted_it(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    block = applied(desk)
    done = desk.device.lift(a_block("203.0.113.1"))
    monkeypatch.setattr(desk.device, "lift", lambda *_: done)
    with pytest.raises(Refused, match="设备仍在封禁"):
        desk.blocks.lift(block.id, "approver", "已整改")
    assert desk.blocks.get(block.id).state == "applied"


def test_a_device_that_cannot_be_asked_is_a_problem(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(desk)

    def standing() -> object:
        raise Problem("nftables: cannot be read")

    monkeypatch.setattr(desk.device, "standing", standing)
    with pytest.raises(Problem, match="cannot be read"):
        desk.blocks.reconcile()


def test_a_device_that_cannot_tell_has_not_lifted_it(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    block = applied(desk)

    def standing() -> object:
        raise Problem("nftables: cannot be read")

    monkeypatch.setattr(desk.device, "standing", standing)
    with pytest.raises(Refused, match=r"设备未能解除.*cannot be read"):
        desk.blocks.lift(block.id, "approver", "已整改")
    desk.clock.advance(timedelta(days=8))
    assert desk.blocks.expire_due() == []
    assert "cannot be read" in (desk.blocks.get(block.id).why or "")


def test_blocks_on_a_device_that_is_no_longer_chosen_are_kept_up(desk: Office) -> None:
    applied(desk)
    desk.settings.set_enforcer("nftables-dry-run", "admin")
    rebooted(desk.device)
    desk.blocks.reconcile()
    assert desk.device.dropped == {SOURCE: WEEK}
