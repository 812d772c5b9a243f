"""A machine that lists an address of the extranet and one that reaches the internet; and look-alikes."""

from collections.abc import Sequence

import pytest

from detections.networks import Networks
from detections.sequences.two_cards import FINDING, TwoCards
from tests.detections.sequences.conftest import Said, batch_of, said

DESK, MODEM, DAY = "10.34.2.9", "192.168.43.17", 86_400
EXTRANET = Networks(extranet=["10.34.0.0/16"])


def lists(*addresses: str, name: str = "pc-9", at: float = 0) -> Said:
    return said("process", at, host__name=name, host__ip=list(addresses))


def calls(source: str = MODEM, target: str = "203.0.113.7", at: float = 0, packets: int = 3) -> Said:
    return said("flow", at, source__ip=source, destination__ip=target, destination__packets=packets)


def told(events: Sequence[Said], networks: Networks = EXTRANET) -> list[str]:
    """Of whom it speaks: the same in any order."""
    found = []
    for order in (events, events[::-1]):
        one = TwoCards(networks)
        for number, event in enumerate(order):
            one.observe(batch_of(event, number=number))
        found.append(sorted(f"{hit.rule} {hit.subject}" for hit in one.hits() if not hit.withdrawn))
    assert found[0] == found[1]
    return found[0]


BOTH = lists(DESK, MODEM, "fe80::1", "127.0.0.1", "169.254.3.4", "172.17.0.1")
SURFING = [calls()] * 3


def test_two_cards_are_told() -> None:
    assert told([BOTH, *SURFING]) == [f"{FINDING.rule} {DESK}"]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([BOTH, *SURFING[:2]], id="stray packets"),
        pytest.param([BOTH, *[calls(packets=0)] * 5], id="never answered"),
        pytest.param([BOTH, *[calls(target="192.168.43.1")] * 5], id="a network without the internet"),
        pytest.param([BOTH], id="a VPN's client at home"),
        pytest.param([BOTH, *[calls(DESK)] * 5], id="the extranet's own egress"),
        pytest.param([lists(DESK), *SURFING], id="one card"),
        pytest.param([lists(DESK), lists(MODEM), *SURFING], id="moved from one network to another"),
        pytest.param([lists(DESK, "192.168.56.1"), *[calls("192.168.56.1")] * 5], id="a virtual network"),
        pytest.param([lists(DESK, "10.34.7.1", MODEM), *SURFING], id="a router of the extranet"),
        pytest.param(
            [lists(DESK, MODEM, *(f"192.168.{n}.7" for n in range(4))), *SURFING], id="a hypervisor"
        ),
        pytest.param([BOTH, lists("10.34.5.5", MODEM, name="pc-5"), *SURFING], id="two claim the address"),
        pytest.param([BOTH, *[calls(at=3 * DAY)] * 5], id="another day"),
    ],
)
def test_what_only_looks_like_it_is_not(events: list[Said]) -> None:
    assert told(events) == []


def test_nothing_is_said_where_nobody_told_what_the_extranet_is() -> None:
    assert told([BOTH, *SURFING], Networks()) == []
