"""Addresses as clerks write them."""

from ipaddress import IPv4Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.addresses import NotAPlace, Place, domains, places


def values(text: str) -> list[str]:
    return [place.value if isinstance(place, Place) else f"!{place.token}" for place in places(text)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.1", ["192.0.2.1"]),
        (
            "192.0.2.1、192.0.2.2,192.0.2.3;192.0.2.4 192.0.2.5\n192.0.2.6",
            [f"192.0.2.{n}" for n in range(1, 7)],
        ),
        ("\uff11\uff19\uff12.0.2\uff0e1", ["192.0.2.1"]),  # full width
        ("192.0.2.0/24", ["192.0.2.0/24"]),
        ("192.0.2.1/32", ["192.0.2.1"]),
        ("192.0.2.0/255.255.255.0", ["192.0.2.0/24"]),
        ("192.0.2.4-192.0.2.8", ["192.0.2.4/30", "192.0.2.8"]),
        ("192.0.2.4 - 8", ["192.0.2.4/30", "192.0.2.8"]),
        ("192.0.2.4~192.0.2.7", ["192.0.2.4/30"]),
        ("192.0.2.4至192.0.2.7", ["192.0.2.4/30"]),
        ("2001:DB8::1", ["2001:db8::1"]),
        ("2001:db8::-2001:db8::ff", ["2001:db8::/120"]),
        ("oa.Example.gov.cn", ["oa.example.gov.cn"]),
        ("无", []),
        ("  ", []),
        ("10.34.300.1", ["!10.34.300.1"]),
        ("192.0.2.5/24", ["!192.0.2.5/24"]),
        ("192.0.2.9-192.0.2.1", ["!192.0.2.9-192.0.2.1"]),
        ("192.0.2.9-2001:db8::", ["!192.0.2.9-2001:db8::"]),
        ("0.0.0.0/0", ["!0.0.0.0/0"]),
        ("127.0.0.1 224.0.0.5", ["!127.0.0.1", "!224.0.0.5"]),
        ("192.0.2.1 三楼机房", ["192.0.2.1", "!三楼机房"]),
    ],
)
def test_what_a_cell_names(written: str, read: list[str]) -> None:
    assert values(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("oa.example.gov.cn", "oa.example.gov.cn"),
        ("https://OA.example.gov.cn:8443/login?x=1", "oa.example.gov.cn"),
        ("*.example.gov.cn", "example.gov.cn"),
        ("政务.example.cn", "xn--zfr164b.example.cn"),
        ("http://192.0.2.8/index", "192.0.2.8"),
    ],
)
def test_domains_and_hosts_of_urls(written: str, read: str) -> None:
    found = list(domains(written))
    assert [place.value for place in found if isinstance(place, Place)] == [read]


def test_a_host_inside_a_network_says_what_to_write() -> None:
    (wrong,) = places("192.0.2.5/24")
    assert isinstance(wrong, NotAPlace)
    assert "192.0.2.0/24" in wrong.why.zh
    assert "192.0.2.0/24" in wrong.why.en


@given(st.integers(0x0A000000, 0x0AFFFFFF), st.integers(0, 3000))
def test_a_range_is_exactly_its_addresses(first: int, more: int) -> None:
    last = min(first + more, 0x0AFFFFFF)
    networks = [ip_network(value) for value in values(f"{IPv4Address(first)}-{IPv4Address(last)}")]
    assert sum(network.num_addresses for network in networks) == last - first + 1
    assert networks[0][0] == ip_address(first)
    assert networks[-1][-1] == ip_address(last)


@given(st.text(max_size=60) | st.text(alphabet="0123456789./-: abcf、", max_size=60))
def test_any_text_is_read_or_refused_by_its_piece(text: str) -> None:
    for place in (*places(text), *domains(text)):
        if isinstance(place, NotAPlace):
            assert place.token
            assert place.why.zh
        elif place.kind in ("address", "cidr"):
            assert str(ip_network(place.value)) == (
                place.value if "/" in place.value else f"{place.value}/32"
            ) or (":" in place.value)
