"""Decisions, a real state store and real packets: what is decided is what the router drops."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playbooks.enforcers.nftables import Nftables
from taishi.app.alerts import Alerts
from taishi.app.blocks import Blocks
from taishi.app.settings import Settings
from taishi.core.clock import SystemClock
from taishi.core.ports import StateStore
from taishi.core.problems import Refused
from taishi.core.records import Block, Person
from taishi.store import open_state_store
from tests.app.conftest import MemoryEvents, verdict
from tests.playbooks.enforcers.conftest import SERVER4, SERVER6, Net, run

pytestmark = pytest.mark.netns

CLIENT4 = "192.0.2.2"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateStore]:
    opened = open_state_store(str(tmp_path / "state.sqlite"))
    opened.put(
        Person("analyst", "研判员", ("analyst",), "-"), Person("approver", "审批人", ("approver",), "-")
    )
    opened.put(Person("admin", "管理员", ("admin",), "-"))
    Settings(opened, SystemClock()).set_enforcer("nftables", "admin")
    Alerts(opened, MemoryEvents(), SystemClock()).record(verdict())
    yield opened
    opened.close()


def office(state: StateStore, router: Nftables, protected: tuple[str, ...] = ()) -> Blocks:
    """The blocks as a service that has just started sees them."""
    return Blocks(state, SystemClock(), {"nftables": router}, protected)


def applied(blocks: Blocks, address: str) -> Block:
    alert = "A-" + datetime.now(UTC).strftime("%Y") + "-000001"
    proposed = blocks.propose(alert, address, "analyst", "真实报文测试")
    return blocks.approve(proposed.id, "approver", 3600)


def nft(net: Net, *command: str) -> None:
    run("ip", "netns", "exec", net.router, "nft", *command)


def reboot(net: Net) -> None:
    nft(net, "flush", "ruleset")


def take_out(net: Net) -> None:
    nft(net, "delete", "element", "inet", "taishi", "block4", "{", SERVER4, "}")


def empty_chain(net: Net) -> None:
    nft(net, "flush", "chain", "inet", "taishi", "forward")


def accept_first(net: Net) -> None:
    nft(net, "insert", "rule", "inet", "taishi", "forward", "accept")


def sleep_table(net: Net) -> None:
    nft(net, "add", "table", "inet", "taishi", "{", "flags", "dormant;", "}")


@pytest.mark.parametrize("happens", [reboot, take_out, empty_chain, accept_first, sleep_table])
def test_whatever_lets_packets_through_again_is_seen_and_healed(
    net: Net, enforcer: Nftables, state: StateStore, happens: Callable[[Net], None]
) -> None:
    blocks = office(state, enforcer)
    assert applied(blocks, SERVER4).state == "applied"
    assert not net.reaches("udp")
    assert blocks.reconcile() == []
    happens(net)
    assert net.reaches("udp"), "the test must really undo the block"
    again = office(state, enforcer)  # the service was down meanwhile
    assert len(again.reconcile()) == 1
    assert not net.reaches("udp")
    assert again.reconcile() == []


def test_an_end_that_was_moved_is_set_right(net: Net, enforcer: Nftables, state: StateStore) -> None:
    blocks = office(state, enforcer)
    applied(blocks, SERVER4)
    take_out(net)
    nft(net, "add", "element", "inet", "taishi", "block4", "{", SERVER4, "timeout", "1s", "}")
    assert blocks.reconcile()[0].changed == (SERVER4,)
    time.sleep(1.2)
    assert not net.reaches("udp")


def test_what_nobody_decided_flows_again(net: Net, enforcer: Nftables, state: StateStore) -> None:
    blocks = office(state, enforcer)
    applied(blocks, SERVER4)
    nft(net, "add", "element", "inet", "taishi", "block6", "{", SERVER6, "}")
    assert not net.reaches("udp", SERVER6)
    assert blocks.reconcile()[0].extra == (SERVER6,)
    assert net.reaches("udp", SERVER6)
    assert not net.reaches("udp")


def test_lifted_flows_again_and_stays_lifted(net: Net, enforcer: Nftables, state: StateStore) -> None:
    blocks = office(state, enforcer)
    blocks.lift(applied(blocks, SERVER4).id, "approver", "已整改")
    assert net.reaches("udp")
    assert blocks.reconcile() == []
    assert net.reaches("udp")


def test_protected_since_is_refused_and_taken_off(net: Net, enforcer: Nftables, state: StateStore) -> None:
    blocks = office(state, enforcer)
    proposed = blocks.propose(f"A-{datetime.now(UTC):%Y}-000001", CLIENT4, "analyst", "先提议，后受保护")
    applied(blocks, SERVER4)
    guarded = office(state, enforcer, (f"{CLIENT4} 网关", f"{SERVER4} 政务服务"))
    with pytest.raises(Refused, match="受保护"):
        guarded.approve(proposed.id, "approver")
    guarded.reconcile()
    assert net.reaches("udp")


def test_what_is_over_flows_again_though_nobody_was_there(
    net: Net, enforcer: Nftables, state: StateStore
) -> None:
    alert = f"A-{datetime.now(UTC):%Y}-000001"
    blocks = office(state, enforcer)
    block = blocks.approve(blocks.propose(alert, SERVER4, "analyst", "短时").id, "approver", 2)
    assert not net.reaches("icmp")
    time.sleep(2.2)
    assert net.reaches("icmp")
    again = office(state, enforcer)
    assert [one.id for one in again.expire_due()] == [block.id]
    assert again.reconcile() == []
