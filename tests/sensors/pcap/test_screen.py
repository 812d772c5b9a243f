"""Screening many flows at once names the same protocols as the signatures one by one."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap.protocols import TABLE, Signature, name_of
from sensors.pcap.screen import Screen, Side

_PATTERNS = st.sampled_from(
    [one for signature in TABLE for one in (signature.client, signature.server) if one]
)
_SAID = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    _PATTERNS.flatmap(lambda pattern: st.from_regex(pattern)).map(lambda said: said[:256]),
)
_PORTS = st.one_of(
    st.sampled_from(sorted({port for one in TABLE for port in one.ports})), st.integers(0, 65535)
)
_FLOWS = st.lists(
    st.tuples(st.sampled_from([6, 17, 1]), _PORTS, _PORTS, _SAID, _SAID), min_size=1, max_size=20
)


@pytest.fixture(scope="module")
def screen():
    return Screen()


def _named(screen, flows):
    heads = np.zeros((2 * len(flows) + 1, 256), np.uint8)
    # What is left in a row from other flows must not matter.
    heads[:] = ord("S")
    for row, said in enumerate([flow[3] for flow in flows] + [flow[4] for flow in flows]):
        heads[row, : len(said)] = np.frombuffer(said, np.uint8)
    sides = [
        Side(np.arange(len(flows)) + begin, np.array([len(flow[place]) for flow in flows]))
        for begin, place in ((0, 3), (len(flows), 4))
    ]
    sides = [Side(np.where(side.sizes > 0, side.rows, -1), side.sizes) for side in sides]
    transports, sources, destinations = (np.array([flow[place] for flow in flows]) for place in range(3))
    found = screen.signatures(transports, (sources, destinations), heads, *sides)
    return [None if number < 0 else screen.names[number] for number in found]


@settings(max_examples=300, deadline=None)
@given(_FLOWS)
def test_names_are_those_of_the_signatures(screen, flows):
    slow = [name_of(TABLE, transport, (a, b), client, server) for transport, a, b, client, server in flows]
    assert _named(screen, flows) == slow


@pytest.mark.parametrize(
    ("pattern", "said", "fits"),
    [
        (rb"(?:ab)?cd", b"cd", True),
        (rb"(?:ab)?cd", b"abcd", True),
        (rb"(?:ab)?cd", b"ad", False),
        (rb"\s*x", b" \n x", True),
        (rb"[^a]\d{2}", b"b12", True),
        (rb"[^a]\d{2}", b"a12", False),
        (rb"a{1,3}b", b"aab", True),
        (rb"a*", b"", True),
        (rb"ab|c", b"c", True),
        (rb"(?:ax*)+b", b"axb", True),
        (rb"(?:ab)+c", b"ababc", True),
        (rb"(?=.*z)a", b"a z", True),
        (rb".{13}z", b"0123456789abcz", True),
        (rb".{13}z", b"0123456789abcd", False),
        (rb"ab$", b"abc", False),
    ],
)
def test_patterns_of_all_kinds(pattern, said, fits):
    one = Signature("one", 6, client=re.compile(pattern, re.DOTALL))
    assert _named(Screen((one,)), [(6, 1, 2, said, b"x")]) == ["one" if fits else None]
