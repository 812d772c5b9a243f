"""One host on the extranet and on the internet at once; and who only looks like it."""

from collections.abc import Sequence

import pytest

from detections.networks import Networks
from detections.sequences.two_networks import BRIDGED, DIRECT, TwoNetworks
from tests.detections.sequences.conftest import batch_of, said

HOST, GATEWAY = "02:00:00:00:00:09", "02:00:00:00:00:01"
DESK, HOTSPOT, OUTSIDE = "10.34.2.9", "192.168.43.17", "203.0.113.7"
EXTRANET = Networks(extranet=["10.34.0.0/16"])


def flow(source: str, target: str, mac: str = HOST, packets: int = 4) -> tuple[str, str, str, int]:
    return source, target, mac, packets


def told(flows: Sequence[tuple[str, str, str, int]], networks: Networks = EXTRANET) -> list[str]:
    """The rules that speak, and of whom; the same in any order and however the flows are cut."""
    found = []
    for order in (flows, flows[::-1]):
        one = TwoNetworks(networks)
        for n, (source, target, mac, packets) in enumerate(order):
            ends: dict[str, object] = {"source__ip": source, "destination__ip": target, "source__mac": mac}
            event = said("flow", n, destination__mac=GATEWAY, destination__packets=packets, **ends)
            one.observe(batch_of(event, number=n))
        found.append(sorted(f"{hit.rule} {hit.subject}" for hit in one.hits()))
    assert found[0] == found[1]
    return found[0]


OFFICE = [flow(DESK, "10.34.0.53")]
SURFING = [flow(HOTSPOT, OUTSIDE)] * 3


def test_a_desk_on_a_hotspot_is_told() -> None:
    one = TwoNetworks(EXTRANET)
    for n, (source, target, mac, _) in enumerate([*OFFICE, *SURFING]):
        ends: dict[str, object] = {"source__ip": source, "destination__ip": target, "source__mac": mac}
        one.observe(batch_of(said("flow", n, destination__packets=2, **ends), number=n))
    (hit,) = one.hits()
    assert (hit.rule, hit.subject, hit.threat, hit.count) == (BRIDGED.rule, DESK, "risk", 3)
    assert {HOTSPOT, OUTSIDE} <= set(hit.peers)
    assert HOTSPOT in hit.summary.zh


@pytest.mark.parametrize(
    "flows",
    [
        pytest.param([*OFFICE, *SURFING[:2]], id="stray packets"),
        pytest.param([*OFFICE, *[flow(HOTSPOT, OUTSIDE, packets=0)] * 5], id="never answered"),
        pytest.param([*OFFICE, *[flow(HOTSPOT, "192.168.43.1")] * 5], id="a network without the internet"),
        pytest.param([*OFFICE, *[flow(DESK, OUTSIDE)] * 5], id="the extranet's own egress"),
        pytest.param([*OFFICE, *[flow("169.254.7.7", OUTSIDE)] * 5], id="link-local"),
        pytest.param(SURFING, id="never on the extranet"),
        pytest.param([*OFFICE, *[flow(HOTSPOT, OUTSIDE, GATEWAY)] * 5], id="two hosts"),
        pytest.param(
            [*OFFICE, *SURFING, *[flow(f"192.168.{n}.2", OUTSIDE) for n in range(4)]], id="a router"
        ),
        pytest.param([*OFFICE, flow("10.34.7.7", "10.34.0.53"), *SURFING], id="forwards for the extranet"),
    ],
)
def test_what_only_looks_like_it_is_not(flows: list[tuple[str, str, str, int]]) -> None:
    assert told(flows) == []


def test_a_second_address_of_the_same_network_is_no_other_network() -> None:
    registered = Networks(extranet=["10.34.2.9/32"])
    assert told([*OFFICE, *[flow("10.34.2.10", OUTSIDE)] * 5], registered) == []


def test_nothing_is_said_where_nobody_told_what_the_extranet_is() -> None:
    assert told([*OFFICE, *SURFING], Networks()) == []


@pytest.mark.parametrize(("packets", "found"), [(3, [f"{DIRECT.rule} {DESK}"]), (0, [])])
def test_an_isolated_network_must_not_reach_the_internet(packets: int, found: list[str]) -> None:
    isolated = Networks(isolated=["10.34.0.0/16"])
    flows = [flow(DESK, OUTSIDE, packets=packets), flow(DESK, "10.34.0.53"), flow("192.168.7.7", OUTSIDE)]
    assert told(flows, isolated) == found
