"""The commands, to the letter, and what may never be blocked."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.enforcers import enforcers
from playbooks.enforcers.nftables import Nftables, Ran, blockable, run_command
from playbooks.enforcers.nftables_listing import read_listing
from taishi.core.clock import FixedClock
from taishi.core.ports import Enforcer, Standing
from taishi.core.problems import Problem
from taishi.core.records import Block

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MakeBlock = Callable[[str], Block]

FOUNDATION = """\
add table inet taishi
add set inet taishi block4 { type ipv4_addr; flags timeout; }
add set inet taishi block6 { type ipv6_addr; flags timeout; }
add counter inet taishi dropped_from
add counter inet taishi dropped_to
add chain inet taishi forward { type filter hook forward priority filter - 10; policy accept; }
flush chain inet taishi forward
add rule inet taishi forward ip saddr @block4 counter name dropped_from drop
add rule inet taishi forward ip daddr @block4 counter name dropped_to drop
add rule inet taishi forward ip6 saddr @block6 counter name dropped_from drop
add rule inet taishi forward ip6 daddr @block6 counter name dropped_to drop
add chain inet taishi input { type filter hook input priority filter - 10; policy accept; }
flush chain inet taishi input
add rule inet taishi input ip saddr @block4 counter name dropped_from drop
add rule inet taishi input ip daddr @block4 counter name dropped_to drop
add rule inet taishi input ip6 saddr @block6 counter name dropped_from drop
add rule inet taishi input ip6 daddr @block6 counter name dropped_to drop
"""


class Nft:
    """Notes what it was given and answers as told."""

    def __init__(self, *answers: Ran) -> None:
        self.given: list[tuple[tuple[str, ...], str]] = []
        self._answers = list(answers)

    def __call__(self, command: Sequence[str], text: str) -> Ran:
        self.given.append((tuple(command), text))
        return self._answers.pop(0) if self._answers else Ran(0, "", "")


def real(nft: Nft, netns: str | None = None) -> Nftables:
    return Nftables(nft, dry_run=False, netns=netns, clock=FixedClock(NOW))


def test_apply_is_one_transaction_with_the_end_as_timeout(make_block: MakeBlock) -> None:
    nft = Nft()
    done = real(nft).apply(make_block("198.51.100.7"), LATER)
    assert nft.given == [
        (
            ("nft", "-f", "-"),
            FOUNDATION
            + "add element inet taishi block4 { 198.51.100.7 }\n"
            + "delete element inet taishi block4 { 198.51.100.7 }\n"
            + "add element inet taishi block4 { 198.51.100.7 timeout 3600s }\n",
        )
    ]
    assert (done.ok, done.dry_run) == (True, False)


def test_lift_of_ipv6_in_a_namespace(make_block: MakeBlock) -> None:
    nft = Nft()
    assert real(nft, "edge-1").lift(make_block("2001:DB8::7")).ok
    ((command, text),) = nft.given
    assert command == ("ip", "netns", "exec", "edge-1", "nft", "-f", "-")
    assert text == FOUNDATION + (
        "add element inet taishi block6 { 2001:db8::7 }\ndelete element inet taishi block6 { 2001:db8::7 }\n"
    )


def test_a_dry_run_touches_nothing_and_says_the_same_commands(make_block: MakeBlock) -> None:
    nft, wet = Nft(), Nft()
    dry = Nftables(nft, clock=FixedClock(NOW))
    said = dry.apply(make_block("198.51.100.7"), LATER)
    assert (said.ok, said.dry_run) == (True, True)
    assert said.commands == real(wet).apply(make_block("198.51.100.7"), LATER).commands
    assert dry.lift(make_block("198.51.100.7")).ok
    assert dry.standing() == Standing()
    assert nft.given == []


def test_what_the_device_refuses_is_told(make_block: MakeBlock) -> None:
    done = real(Nft(Ran(1, "", "Error: Operation not permitted\n^^^\n"))).lift(make_block("198.51.100.7"))
    assert (done.ok, done.detail) == (False, "Error: Operation not permitted")


def test_a_block_that_is_over_is_not_applied(make_block: MakeBlock) -> None:
    nft = Nft()
    done = real(nft).apply(make_block("198.51.100.7"), NOW)
    assert not done.ok
    assert "ended" in done.detail
    assert nft.given == []


def test_restore_makes_the_table_anew_in_one_transaction(make_block: MakeBlock) -> None:
    nft = Nft()
    over = make_block("198.51.100.9"), NOW
    assert (
        real(nft).restore([(make_block("198.51.100.7"), LATER), (make_block("2001:db8::7"), LATER), over]).ok
    )
    ((_, text),) = nft.given
    assert text == "add table inet taishi\ndelete table inet taishi\n" + FOUNDATION + (
        "add element inet taishi block4 { 198.51.100.7 timeout 3600s }\n"
        "add element inet taishi block6 { 2001:db8::7 timeout 3600s }\n"
    )


def test_what_stands_is_what_nft_lists() -> None:
    elements = '["198.51.100.8", {"elem": {"val": "198.51.100.7", "timeout": 30, "expires": 29}}]'
    nft = Nft(Ran(0, listing(elements), ""))
    end = NOW + timedelta(seconds=29)
    assert real(nft).standing() == Standing({"198.51.100.8": None, "198.51.100.7": end})
    assert nft.given[0][0] == ("nft", "-j", "list", "table", "inet", "taishi")


def test_no_table_drops_nothing() -> None:
    assert real(Nft(Ran(1, "", "Error: No such file or directory\n"))).standing() == Standing()


@pytest.mark.parametrize(
    ("was", "became", "fault"),
    [
        ('"handle": 1}', '"handle": 1, "flags": ["dormant"]}', "table: has flags"),
        ('"name": "block6"', '"name": "other"', "set block6: is missing"),
        (
            '"prio": -10, "policy": "accept"',
            '"prio": 10, "policy": "accept"',
            "chain forward: is another one",
        ),
        ('"name": "input"', '"name": "nput"', "chain input: is missing"),
        ('{"drop": null}', '{"accept": null}', "chain forward: has other rules than ours"),
        ('"chain": "input"', '"chain": "elsewhere"', "chain input: has other rules than ours"),
    ],
)
def test_what_keeps_it_from_dropping_is_a_fault(was: str, became: str, fault: str) -> None:
    text = listing("[]")
    assert real(Nft(Ran(0, text, ""))).standing().faults == ()
    assert was in text
    faults = real(Nft(Ran(0, text.replace(was, became), ""))).standing().faults
    assert any(one.startswith(fault) for one in faults)


def listing(elements: str) -> str:
    """What nft 1.0.6 says of our table, with these elements in the set for IPv4."""
    table = {"family": "inet", "name": "taishi", "handle": 1}
    said: list[dict[str, object]] = [
        {"metainfo": {"version": "1.0.6"}},
        {"table": table},
        {"set": {"name": "block4", "elem": json.loads(elements)}},
        {"set": {"name": "block6", "type": "ipv6_addr"}},
    ]
    for hook in ("forward", "input"):
        said.append(
            {"chain": {"name": hook, "type": "filter", "hook": hook, "prio": -10, "policy": "accept"}}
        )
        for family, named in (("ip", "block4"), ("ip6", "block6")):
            for side, counter in (("saddr", "dropped_from"), ("daddr", "dropped_to")):
                left = {"payload": {"protocol": family, "field": side}}
                match = {"match": {"op": "==", "left": left, "right": f"@{named}"}}
                said.append({"rule": {"chain": hook, "expr": [match, {"counter": counter}, {"drop": None}]}})
    return json.dumps({"nftables": said})


def test_a_device_that_cannot_be_asked_is_a_problem() -> None:
    with pytest.raises(Problem, match="not permitted"):
        real(Nft(Ran(1, "", "Operation not permitted"))).standing()
    with pytest.raises(Problem, match="not understood"):
        real(Nft(Ran(0, "[]", ""))).standing()


def test_a_missing_program_is_a_failed_command() -> None:
    ran = run_command(("taishi-no-such-program",), "")
    assert ran.status == 127
    assert "not installed" in ran.error


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0/0", "198.51.100.0/24", "0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "::", "::1",
     "ff02::1", "fe80::1", "fe80::1%eth0", "::ffff:127.0.0.1", "example.com", "",
     "198.51.100.7 }; flush ruleset"],
)  # fmt: skip
def test_what_may_never_be_blocked(make_block: MakeBlock, address: str) -> None:
    nft = Nft()
    with pytest.raises(Problem):
        real(nft).apply(make_block(address), LATER)
    assert nft.given == []


@pytest.mark.parametrize("name", ["", "-x", "a b", "t; flush ruleset", "../x"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(Problem):
        Nftables(table=name)
    if name:
        with pytest.raises(Problem):
            Nftables(netns=name)


@given(st.text(max_size=30) | st.ip_addresses().map(str))
def test_only_one_address_in_its_canonical_spelling_gets_through(text: str) -> None:
    try:
        ip = blockable(text)
    except Problem:
        return
    assert ip == ip_address(text)
    assert set(str(ip)) <= set("0123456789abcdef:.")


@given(st.text(max_size=60))
def test_any_answer_is_read_or_a_problem(text: str) -> None:
    with suppress(Problem):
        assert read_listing(text).left_s == {}


def test_it_is_found_by_itself_and_dry() -> None:
    found: Enforcer = enforcers()["nftables"]
    assert found.standing() == Standing()
