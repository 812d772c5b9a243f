"""The compiled lane gives what the plain-Python table gives: row for row, counter for counter."""

import importlib.util
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.pcap import SENSOR, dissectors
from sensors.pcap.limits import Limits
from sensors.pcap.meter import meter
from taishi.core.discover import discover
from taishi.core.ids import stable_id
from taishi.core.problems import Problem
from taishi.core.source import Source

_SPEC = importlib.util.spec_from_file_location("reference", Path(__file__).parent.parent / "reference.py")
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)


def gathered(batches):
    """Rows by kind, in their order; `event.id` of flows apart, and ARP, which the reference does not know."""
    kinds = {}
    for batch in batches:
        rows = [row for row in batch.rows.to_pylist() if row["event.dataset"] != "pcap.arp"]
        if not rows:
            continue
        for row in rows if batch.kind == "flow" else ():
            del row["event.id"]
        kinds.setdefault(batch.kind, []).extend(rows)
    return kinds


def assert_same(path):
    """Metered, and with dissectors; also what is rejected."""
    source = Source.of(path)
    known = tuple(discover(dissectors, "DISSECTOR"))
    refused, refused_too = [], []
    plain = gathered(reference.read(source, lambda *one: refused.append(one), known, Limits()))
    compiled = gathered(SENSOR.read(source, lambda *one: refused_too.append(one)))
    assert compiled == plain
    assert sorted(refused_too) == sorted(refused)
    plain = gathered(reference.read(source, lambda *_: None, (), Limits()))
    compiled = gathered(meter([path], lambda *_: None).flows)
    assert compiled == plain


def captures(corpus):
    for path in sorted(path for path in (corpus / "network").rglob("*") if path.is_file()):
        try:
            if SENSOR.recognizes(Source.of(path)):
                yield path
        except Problem:
            continue


def test_every_trace(corpus):
    found = list(captures(corpus))
    assert len(found) > 80
    for path in found:
        assert_same(path)


ADDRESSES = ("192.0.2.1", "192.0.2.2", "198.51.100.3", "0.0.0.0")
ADDRESSES6 = ("2001:db8::1", "::ffff:192.0.2.1", "::192.0.2.7", "fe80::1:0:0:1", "::")
PORTS = st.sampled_from((0, 21, 53, 80, 443, 1024, 3544, 4789, 40000, 65535))
PAYLOADS = st.sampled_from(
    (b"", b"x", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"USER a\r\nPASS b\r\n", bytes(300))
)


@st.composite
def frames_made(draw, frames):
    """One frame: any transport over IPv4 or IPv6, perhaps tagged, tunnelled, a fragment, or cut."""
    kind = draw(st.sampled_from(("tcp", "tcp", "udp", "icmp", "sctp", "other")))
    payload, sport, dport = draw(PAYLOADS), draw(PORTS), draw(PORTS)
    if kind == "tcp":
        sequence = draw(st.sampled_from((0, 1, 5, 0xFFFFFFFE)))
        body, protocol = frames.tcp(payload, sport, dport, sequence, draw(st.integers(0, 255))), 6
    elif kind == "udp":
        body, protocol = frames.udp(payload, sport, dport), 17
    elif kind == "icmp":
        body = bytes((draw(st.sampled_from((0, 3, 8, 13, 128, 129, 135))), draw(st.integers(0, 3)))) + bytes(
            6
        )
        protocol = draw(st.sampled_from((1, 58)))
        body += payload
    else:
        body = struct.pack("!HH", sport, dport) + payload
        protocol = 132 if kind == "sctp" else draw(st.sampled_from((2, 47, 50, 89)))
    return _wrapped(draw, frames, body, protocol)


def _wrapped(draw, frames, body, protocol):
    for _ in range(draw(st.integers(0, 2))):
        packet, ethertype = _packet(draw, frames, body, protocol)
        how = draw(st.sampled_from(("ip", "gre", "vxlan", "teredo")))
        if how == "ip":
            body, protocol = packet, 4 if ethertype == 0x0800 else 41
        elif how == "gre":
            body, protocol = struct.pack("!HH", 0, ethertype) + packet, 47
        elif how == "vxlan":
            body = b"\x08\0\0\0\0\0\1\0" + frames.ethernet(packet, ethertype)
            body, protocol = frames.udp(body, 40000, 4789), 17
        else:
            body, protocol = frames.udp(packet, 3544, 40000), 17
    packet, ethertype = _packet(draw, frames, body, protocol)
    vlans = draw(st.sampled_from(((), (), (5,), (5, 7), (1, 2, 3), (0, 9))))
    frame = frames.ethernet(packet, ethertype, vlans)
    return frame[: draw(st.integers(0, len(frame)))] if draw(st.integers(0, 9)) == 0 else frame


def _packet(draw, frames, body, protocol):
    if draw(st.booleans()):
        ends = draw(st.sampled_from(ADDRESSES)), draw(st.sampled_from(ADDRESSES))
        place = draw(st.sampled_from((0, 0, 0, 0, 0, 0x2000, 1)))
        return frames.ipv4(body, protocol, *ends, place=place), 0x0800
    ends = draw(st.sampled_from(ADDRESSES6)), draw(st.sampled_from(ADDRESSES6))
    if draw(st.integers(0, 5)) == 0:
        body = bytes((protocol, draw(st.integers(0, 1)))) + bytes(6) + body
        protocol = draw(st.sampled_from((0, 44, 51, 60)))
    return frames.ipv6(body, protocol, *ends), 0x86DD


GAPS = st.sampled_from((0.0, 0.01, 0.5, 4, 30, 61, 301, -1, -90_000, 100_000))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_packets(frames, tmp_path_factory, data):
    stamped, now = [], 100_000.0
    for _ in range(data.draw(st.integers(1, 25))):
        now = max(now + data.draw(GAPS), 0)
        stamped.append((now, data.draw(frames_made(frames))))
    path = tmp_path_factory.mktemp("any") / "made.pcap"
    path.write_bytes(frames.capture(stamped))
    assert_same(path)


@pytest.mark.parametrize("link", [0, 9, 12, 101, 108, 113, 276, 147])
def test_other_links(frames, tmp_path, link):
    head = {0: b"\2\0\0\0", 9: b"\xff\3\0\x21", 108: b"\0\0\0\2", 113: bytes(14) + b"\x08\0"}
    packet = frames.ipv4(frames.udp(b"x", 40000, 53), 17)
    begin = head.get(link, b"\x08\0" + bytes(18) if link == 276 else b"")
    path = tmp_path / "linked.pcap"
    path.write_bytes(frames.capture([(at, (begin + packet)[: 90 - at * 9]) for at in range(9)], link))
    assert_same(path)


def test_a_flow_has_the_same_id_however_it_is_read(frames, tmp_path):
    path = tmp_path / "one.pcap"
    path.write_bytes(
        frames.capture([(0, frames.datagram(b"ask")), (1, frames.datagram(b"answer", back=True))])
    )
    source = Source.of(path)
    (metered,) = (event for batch in meter([path], lambda *_: None).flows for event in batch.events())
    (read,) = (
        event for b in SENSOR.read(source, lambda *_: None) if b.kind == "flow" for event in b.events()
    )
    content = (1_700_000_001_000_000, 1, 31, 1, 34)
    wanted = stable_id("flow", source.identity, 0, b"".join(number.to_bytes(8, "big") for number in content))
    assert metered.id == read.id == wanted
