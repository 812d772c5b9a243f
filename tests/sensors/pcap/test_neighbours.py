"""ARP added up: who asks for many, who claims what another has."""

import struct
from ipaddress import ip_address

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OURS, EVIL, ROUTER = (bytes.fromhex(f"0200000000{end}") for end in ("0a", "ee", "01"))


def arp(frames, kind, sender, own, wanted, vlans=()):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, kind) + sender + ip_address(own).packed + bytes(6)
    return frames.ethernet(body + ip_address(wanted).packed, 0x0806, vlans)


def told(heard):
    return [(event.text("event.action"), event.text("source.ip"), event.extra) for event in heard.of("other")]


def test_a_sweep_tells_how_many_and_how_many_in_a_row(frames, hear):
    asked = [(n / 100, arp(frames, 1, OURS, "192.0.2.9", f"192.0.2.{n}")) for n in range(1, 41) if n != 20]
    ((action, source, extra),) = told(hear(frames.capture(asked)))
    assert (action, source) == ("asked", "192.0.2.9")
    # 192.0.2.9 itself is no question; 10 to 19, 21 to 40.
    assert (extra["arp.asked"], extra["arp.row"], extra["arp.mac"]) == (38, 20, "02-00-00-00-00-0A")


def test_a_tagged_network_is_seen_too(frames, hear):
    asked = [(n, arp(frames, 1, OURS, "192.0.2.9", f"192.0.2.{n + 20}", (7,))) for n in range(6)]
    ((_, _, extra),) = told(hear(frames.capture(asked)))
    assert extra["arp.asked"] == 6


def test_everyday_questions_are_no_event(frames, hear):
    asked = [(n, arp(frames, 1, OURS, "192.0.2.9", f"192.0.2.{n % 3 + 1}")) for n in range(50)]
    assert told(hear(frames.capture(asked))) == []


def test_a_second_owner_is_told_with_what_nobody_asked(frames, hear):
    said = [(0, arp(frames, 2, ROUTER, "192.0.2.1", "192.0.2.9"))]
    said += [(n, arp(frames, 2, EVIL, "192.0.2.1", "192.0.2.9")) for n in range(1, 21)]
    said += [(30, arp(frames, 1, OURS, "192.0.2.9", "192.0.2.1"))]
    ((action, source, extra),) = told(hear(frames.capture(said)))
    assert (action, source, extra["arp.unasked"]) == ("claimed", "192.0.2.1", 19)
    assert (extra["arp.mac"], extra["arp.other_mac"]) == ("02-00-00-00-00-EE", "02-00-00-00-00-01")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.binary(max_size=40), max_size=8))
def test_whatever_stands_in_arp_raises_nothing(bodies, frames, hear):
    heard = hear(frames.capture([(n, frames.ethernet(body, 0x0806)) for n, body in enumerate(bodies)]))
    assert heard.rejects == []
