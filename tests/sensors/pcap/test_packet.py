"""Links, VLANs, extension headers, fragments and tunnels end in the right flow, or in none and counted."""

import struct

import pytest


def one_flow(hear, frame, link=1):
    return hear_frames(hear, [frame], link).only("flow")


def hear_frames(hear, given, link=1):
    from_start = [(number * 0.001, frame) for number, frame in enumerate(given)]
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
    body = b"".join(
        struct.pack("<IIII", 1_700_000_000, round(at * 1e6), len(frame), len(frame)) + frame
        for at, frame in from_start
    )
    return hear(header + body)


@pytest.fixture
def inner(frames):
    return frames.ipv4(frames.udp(b"hello there", 40000, 9999), 17)


@pytest.mark.parametrize(
    ("link", "before"),
    [
        (12, b""),
        (101, b""),
        (228, b""),
        (0, struct.pack("<I", 2)),
        (108, struct.pack(">I", 2)),
        (113, struct.pack("!HHH8sH", 0, 1, 6, bytes(8), 0x0800)),
        (276, struct.pack("!HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, bytes(8))),
        (9, b"\xff\x03\x00\x21"),
    ],
)
def test_every_link_type_leads_to_the_same_flow(link, before, inner, hear):
    flow = one_flow(hear, before + inner, link)
    assert (flow.text("source.ip"), flow.number("destination.port")) == ("192.0.2.10", 9999)


def test_a_frame_of_an_unsupported_link_is_rejected_with_the_reason(inner, hear):
    heard = hear_frames(hear, [inner], 105)
    assert not heard.events
    assert heard.rejects == [(0, "link type 105 is not supported", inner)]


def test_vlan_tags_are_kept(inner, frames, hear):
    flow = one_flow(hear, frames.ethernet(inner, vlans=(100, 7)))
    assert flow.text("network.vlan.id") == "100"
    assert flow.extra["network.inner.vlan.id"] == "7"


def test_mpls_labels_are_passed(inner, frames, hear):
    labels = struct.pack("!II", 16 << 12 | 64, 17 << 12 | 1 << 8 | 64)
    assert one_flow(hear, frames.ethernet(labels + inner, 0x8847)).number("source.port") == 40000


def test_ethernet_padding_is_no_payload(inner, frames, hear):
    flow = one_flow(hear, frames.ethernet(inner + bytes(30)))
    assert flow.number("source.bytes") == len(inner)
    assert flow.number("taishi.flow.source_payload") == 11


def test_ipv6_extension_headers_are_passed(frames, hear):
    options = bytes((60, 0, 1, 4, 0, 0, 0, 0)) + bytes((17, 0, 1, 4, 0, 0, 0, 0))
    flow = one_flow(hear, frames.ethernet(frames.ipv6(options + frames.udp(b"x", 1024, 2055), 0), 0x86DD))
    assert (flow.text("network.type"), flow.number("destination.port")) == ("ipv6", 2055)


def test_fragments_make_one_datagram_whatever_their_order(frames, hear):
    whole = frames.udp(bytes(range(200)), 40000, 9999)
    first = frames.ethernet(frames.ipv4(whole[:104], 17, place=0x2000))
    last = frames.ethernet(frames.ipv4(whole[104:], 17, place=13))
    flow = hear_frames(hear, [last, first]).only("flow")
    assert flow.number("source.packets") == 2
    assert flow.number("taishi.flow.source_payload") == 200
    assert flow.text("source.mac") == "02-00-00-00-00-0A"


def test_a_lone_later_fragment_is_counted_without_inventing_ports(frames, hear):
    heard = hear_frames(hear, [frames.ethernet(frames.ipv4(b"\x00\x50\x00\x50" * 8, 6, place=13))])
    flow = heard.only("flow")
    assert (flow.text("network.transport"), flow.number("source.packets")) == ("tcp", 1)
    assert flow.number("destination.port") == 0
    assert not heard.rejects


def tunnels(frames, inner):
    vxlan = struct.pack("!II", 0x08000000, 42 << 8) + frames.ethernet(inner)
    six = frames.ipv6(frames.udp(b"hello there", 40000, 9999), 17)
    ends = ("203.0.113.1", "203.0.113.2")
    return {
        "gre": frames.ipv4(struct.pack("!HH", 0, 0x0800) + inner, 47, *ends),
        "gre keyed": frames.ipv4(struct.pack("!HHII", 0x3000, 0x0800, 7, 1) + inner, 47, *ends),
        "ipip": frames.ipv4(inner, 4, *ends),
        "6in4": frames.ipv4(six, 41, *ends),
        "vxlan": frames.ipv4(frames.udp(vxlan, 50000, 4789), 17, *ends),
        "teredo": frames.ipv4(frames.udp(six, 50000, 3544), 17, *ends),
    }


@pytest.mark.parametrize("name", ["gre", "gre keyed", "ipip", "6in4", "vxlan", "teredo"])
def test_tunnels_are_unwrapped(name, inner, frames, hear):
    flow = one_flow(hear, frames.ethernet(tunnels(frames, inner)[name]))
    assert flow.number("destination.port") == 9999
    assert flow.text("source.ip") in ("192.0.2.10", "2001:db8::a")
    assert flow.extra["tunnel"] == name.split()[0]


def test_what_only_looks_like_a_tunnel_stays_what_it_is(frames, hear):
    flow = one_flow(hear, frames.ethernet(frames.ipv4(frames.udp(b"\x08" + bytes(60), 50000, 4789), 17)))
    assert flow.number("destination.port") == 4789
    assert "tunnel" not in flow.extra


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda frame: frame[:10], "Ethernet header cut"),
        (lambda frame: frame[:30], "IPv4 header cut"),
        (lambda frame: frame[:38], "UDP header cut"),
        (lambda frame: frame[:14] + b"\x41" + frame[15:], "IPv4 header is wrong"),
        (lambda frame: frame[:38] + b"\0\1" + frame[40:], "UDP length is wrong"),
    ],
)
def test_damaged_headers_are_rejected_by_reason(damage, reason, inner, frames, hear):
    heard = hear_frames(hear, [frames.ethernet(inner), damage(frames.ethernet(inner))])
    assert [(index, why) for index, why, _ in heard.rejects] == [(1, reason)]
    assert heard.only("flow").number("source.packets") == 1
