"""Addresses: networks of every size, other spellings, names where an address belongs, clauses with a unit."""

import pytest
from rows import batch

from taishi.core.ports import Condition, Query

SOURCES = {
    "first": "10.0.0.0",
    "inside": "10.0.0.255",
    "next": "10.0.1.0",
    "far": "10.128.0.1",
    "last": "255.255.255.255",
    "zero": "0.0.0.0",
    "doc": "192.0.2.7",
    "six": "2001:db8::7",
    "six next": "2001:db8:0:1::7",
    "six far": "2001:db9::7",
    "loop": "::1",
    "mapped": "::ffff:192.0.2.7",
    "name": "db-1.example",
    "wrong": "300.1.2.3",
}


def batches():
    rows = [{"event.id": name, "source.ip": value} for name, value in SOURCES.items()]
    ends = [
        {"event.id": "to", "destination.ip": "198.51.100.9", "taishi.destination.unit": "水利局"},
        {"event.id": "host", "host.ip": ["198.51.100.8", "198.51.100.9"], "taishi.host.unit": "教育局"},
        {"event.id": "from", "source.ip": "198.51.100.9", "taishi.source.unit": "教育局"},
        {"event.id": "both", "source.ip": "198.51.100.9", "destination.ip": "198.51.100.9",
         "taishi.source.unit": "教育局", "taishi.destination.unit": "水利局"},
    ]  # fmt: skip
    return [
        batch("flow", *rows),
        batch("dns", *ends, {"event.id": "answer", "dns.resolved_ip": ["198.51.100.9"]}),
    ]


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ("10.0.0.0/24", {"first", "inside"}),
        ("10.0.0.0/23", {"first", "inside", "next"}),
        ("10.0.0.0/8", {"first", "inside", "next", "far"}),
        ("10.0.0.0/9", {"first", "inside", "next"}),
        ("10.0.0.128/25", {"inside"}),
        ("10.0.0.255/32", {"inside"}),
        ("10.0.0.7/24", {"first", "inside"}),
        ("192.0.2.0/29", {"doc"}),
        ("192.0.2.8/29", set()),
        ("255.255.255.254/31", {"last"}),
        ("0.0.0.0/32", {"zero"}),
        ("2001:db8::/32", {"six", "six next"}),
        ("2001:db8::/64", {"six"}),
        ("2001:db8::7/128", {"six"}),
        ("2001:db8::/31", {"six", "six next", "six far"}),
        ("::1/128", {"loop"}),
    ],
)
def test_a_network_finds_the_addresses_in_it(asked, network, found):
    assert set(asked(Query(kinds=("flow",), where=(Condition("source.ip", network),)))) == found
    others = asked(Query(kinds=("flow",), where=(Condition("source.ip", network, negated=True),)))
    assert set(others) == set(SOURCES) - found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("192.0.2.7", {"doc"}),
        ("2001:db8::7", {"six"}),
        ("2001:0DB8:0000::0007", {"six"}),
        ("db-1.example", {"name"}),
        ("DB-1.example", set()),
        ("300.1.2.3", {"wrong"}),
        ("0:0:0:0:0:0:0:1", {"loop"}),
    ],
)
def test_an_address_is_found_however_it_is_spelled(asked, value, found):
    assert set(asked(Query(kinds=("flow",), where=(Condition("source.ip", value),)))) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("source.ip", "10.0.", "startswith"), {"first", "inside", "next"}),
        (Condition("source.ip", ".0.1", "contains"), {"next", "far"}),
        (Condition("source.ip", "example", "contains"), {"name"}),
        (Condition("dns.resolved_ip", "198.51.100.9"), {"answer"}),
        (Condition("dns.resolved_ip", "198.51.100.0/24"), {"answer"}),
        (Condition("host.ip", "198.51.100.8/31"), {"host"}),
    ],
)
def test_addresses_are_text_too(asked, condition, found):
    assert set(asked(Query(where=(condition,)))) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(address="198.51.100.9"), {"to", "host", "from", "both"}),
        (Query(address="198.51.100.8"), {"host"}),
        (Query(address="198.51.100.0/24"), {"to", "host", "from", "both"}),
        (Query(address="203.0.113.0/24"), set()),
        (Query(address="db-1.example"), {"name"}),
        (Query(unit="教育局"), {"host", "from", "both"}),
        (Query(unit="水利局"), {"to", "both"}),
        (Query(unit="教育"), set()),
        (Query(unit="教育局", address="198.51.100.8"), {"host"}),
        (Query(unit="水利局", kinds=("flow",)), set()),
        (
            Query(unit="教育局", where=(Condition("taishi.destination.unit", "水利局", negated=True),)),
            {"host", "from"},
        ),
        (Query(address="198.51.100.9", where=(Condition("source.ip", "198.51.100.9"),)), {"from", "both"}),
    ],
)
def test_address_and_unit_mean_any_side(asked, query, found):
    assert set(asked(query)) == found
