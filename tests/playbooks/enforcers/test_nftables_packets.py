"""Real packets: the block stands on the router between client and server."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from playbooks.enforcers.nftables import Nftables
from taishi.core.ports import Standing
from taishi.core.records import Block
from tests.playbooks.enforcers.conftest import SERVER4, SERVER6, Net, run

pytestmark = pytest.mark.netns

MakeBlock = Callable[[str], Block]


def soon(seconds: float = 60) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
@pytest.mark.parametrize("how", ["udp", "tcp", "icmp"])
def test_reaches_is_dropped_and_reaches_again(
    net: Net, enforcer: Nftables, make_block: MakeBlock, how: str, address: str
) -> None:
    assert net.reaches(how, address)
    assert enforcer.apply(make_block(address), soon()).ok
    assert enforcer.standing().ends.keys() == {address}
    assert not net.reaches(how, address)
    assert enforcer.lift(make_block(address)).ok
    assert enforcer.standing() == Standing()
    assert net.reaches(how, address)


def test_the_source_is_dropped_too_and_counted(net: Net, enforcer: Nftables, make_block: MakeBlock) -> None:
    assert enforcer.apply(make_block("192.0.2.2"), soon()).ok
    assert not net.reaches("icmp")
    assert not net.reaches("icmp", "192.0.2.1"), "nor does it reach the router itself"
    counters = json.loads(
        run("ip", "netns", "exec", net.router, "nft", "-j", "list", "counters", "table", "inet", "taishi")
    )
    packets = {one["counter"]["name"]: one["counter"]["packets"] for one in counters["nftables"][1:]}
    assert packets["dropped_from"] >= 2


def test_only_the_address_named_is_dropped(net: Net, enforcer: Nftables, make_block: MakeBlock) -> None:
    assert enforcer.apply(make_block("198.51.100.3"), soon()).ok
    assert net.reaches("udp")


def test_twice_is_once_and_the_new_end_counts(net: Net, enforcer: Nftables, make_block: MakeBlock) -> None:
    block = make_block(SERVER4)
    assert enforcer.apply(block, soon(9000)).ok
    first = net.nft()
    assert enforcer.apply(block, soon(100)).ok
    second = net.nft()
    assert first.count("drop") == second.count("drop")
    assert "timeout 1m40s" in second
    assert enforcer.lift(block).ok
    assert enforcer.lift(block).ok, "lifting what is not there is no error"


def test_a_block_ends_by_itself(net: Net, enforcer: Nftables, make_block: MakeBlock) -> None:
    assert enforcer.apply(make_block(SERVER4), soon(2)).ok
    assert not net.reaches("icmp")
    deadline = time.monotonic() + 10
    while enforcer.standing().ends and time.monotonic() < deadline:
        time.sleep(0.2)
    assert enforcer.standing() == Standing()
    assert net.reaches("icmp")


def test_a_dry_run_leaves_traffic_flowing(net: Net, make_block: MakeBlock) -> None:
    dry = Nftables(netns=net.router)
    assert dry.apply(make_block(SERVER4), soon()).commands
    assert net.reaches("udp")
    assert net.nft() == ""


def test_before_the_first_block_nothing_is_active(net: Net, enforcer: Nftables) -> None:
    assert enforcer.standing() == Standing()


def test_a_namespace_that_is_not_there_is_told(net: Net, make_block: MakeBlock) -> None:
    done = Nftables(dry_run=False, netns=f"{net.router}x").apply(make_block(SERVER4), soon())
    assert not done.ok
    assert net.router in done.detail
