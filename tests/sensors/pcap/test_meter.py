"""`meter`: every packet is accounted for, in whatever wrapping the capture comes."""

import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.pcap.meter import meter
from taishi.core.problems import Problem


def run(*paths):
    rejects = []
    metered = meter(paths, lambda *reject: rejects.append(reject))
    events = [event for batch in metered.flows for event in batch.events()]
    return metered, events, rejects


def accounted(metered, flows):
    return sum(flow.number("network.packets") for flow in flows) + metered.not_ip + metered.undecodable


@pytest.fixture
def trace(frames, tmp_path):
    path = tmp_path / "a.pcap"
    arp = frames.ethernet(bytes(28), 0x0806)
    path.write_bytes(
        frames.capture([(0, frames.datagram(b"q")), (1, arp), (2, b"short"), (3, frames.datagram(b"q"))])
    )
    return path


def test_figures_add_up(trace):
    metered, flows, rejects = run(trace)
    assert (metered.packets, metered.count, metered.undecodable, metered.not_ip) == (4, 1, 1, 1)
    assert metered.reasons == {"ARP": 1, "Ethernet header cut": 1}
    assert [index for index, _, _ in rejects] == [2]
    assert accounted(metered, flows) == 4
    assert metered.bytes == 43 * 2 + 42 + 5
    assert metered.seconds > 0


def test_gzip_and_plain_give_the_same_events(trace, tmp_path):
    packed = tmp_path / "a.pcap.gz"
    packed.write_bytes(gzip.compress(trace.read_bytes()))
    assert [flow.id for flow in run(trace)[1]] == [flow.id for flow in run(packed)[1]]


def test_a_capture_cut_short_keeps_what_came_before(trace):
    trace.write_bytes(trace.read_bytes()[:-5])
    metered, flows, rejects = run(trace)
    assert metered.packets == 3
    assert len(flows) == 1
    assert rejects[-1][0] == 3
    assert "truncated" in rejects[-1][1]


def test_gzip_cut_short_keeps_what_came_before(frames, tmp_path):
    packed = tmp_path / "a.pcap.gz"
    noise = random.Random(1)
    many = frames.capture([(at, frames.datagram(noise.randbytes(1000), dport=at + 1)) for at in range(200)])
    packed.write_bytes(gzip.compress(many)[:-5000])
    metered, flows, rejects = run(packed)
    assert 180 < metered.packets < 200
    assert len(flows) == metered.packets
    assert any("gzip" in reason for _, reason, _ in rejects)


def test_no_such_file_is_a_problem(tmp_path):
    with pytest.raises(Problem, match="no such file"):
        meter([tmp_path / "missing.pcap"], lambda *_: None)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_captures_never_raise_and_every_packet_counts(data, frames, tmp_path_factory):
    tunnel = b"\0\0\x08\0" + frames.ipv4(b"abcd" * 9, 17)
    packets = [
        frames.datagram(b"question"),
        frames.ethernet(frames.ipv4(frames.tcp(b"x", 1, 2, 3, 2), 6)),
        frames.ethernet(frames.ipv6(frames.udp(b"y", 5, 6), 17), 0x86DD),
        frames.ethernet(frames.ipv4(b"\x08\x00" + bytes(40), 1)),
        frames.ethernet(frames.ipv4(tunnel, 47), vlans=(3,)),
    ]
    good = frames.capture(list(enumerate(packets)))
    damaged = bytearray(good)
    for _ in range(data.draw(st.integers(0, 8))):
        damaged[data.draw(st.integers(4, len(good) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("fuzz") / "damaged.pcap"
    path.write_bytes(bytes(damaged[: data.draw(st.integers(24, len(good)))]))
    metered, flows, _ = run(path)
    assert accounted(metered, flows) == metered.packets


def test_frames_without_ip_are_told_by_name(frames, tmp_path):
    bridges, odd = frames.ethernet(b"\x42\x42\x03" + bytes(35), 38), frames.ethernet(bytes(46), 0x8899)
    cut_snap = frames.ethernet(b"\xaa\xaa\x03\0", 4)
    path = tmp_path / "a.pcap"
    path.write_bytes(frames.capture([(0, bridges), (1, odd), (2, bridges), (3, cut_snap)]))
    assert run(path)[0].reasons == {"IEEE 802.2 LLC": 2, "EtherType 0x8899": 1, "link header cut": 1}


def test_counting_finds_the_flows_that_rows_are_made_of(trace):
    assert meter([trace], lambda *_: None).counted() == len(run(trace)[1])
