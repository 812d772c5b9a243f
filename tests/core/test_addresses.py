"""What is an address, and what stands around it."""

import pytest

from taishi.core.addresses import is_address, is_outside, network_of


@pytest.mark.parametrize("text", ["192.0.2.1", "2001:db8::1", "0.0.0.0"])
def test_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text", ["", "portal.example", "192.0.2.0/24", "192.0.2.1:80", "[2001:db8::1]", "01.2.3.4"]
)
def test_other_texts(text: str) -> None:
    assert not is_address(text)


def test_around_an_address() -> None:
    assert network_of("192.0.2.77") == "192.0.2.0/24"
    assert network_of("2001:db8:0:1:2::3") == "2001:db8:0:1::/64"


@pytest.mark.parametrize(
    ("address", "outside"),
    [("203.0.113.9", True), ("2001:db8::1", True), ("192.168.3.4", False), ("100.64.0.1", False),
     ("fd00::1", False), ("fe80::1", False), ("host-a", False)],
)  # fmt: skip
def test_what_is_outside(address: str, outside: bool) -> None:
    assert is_outside(address) is outside
