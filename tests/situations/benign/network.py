"""Ordinary traffic: what keeps a network going."""

import struct
from ipaddress import ip_address

from tests.situations.wire import OURS, RANDOM, STRANGER, qname


def ntp(wire):
    for _i in range(60):
        wire.udp(OURS, STRANGER, 123, 123, b"\x23" + bytes(47))
        wire.udp(STRANGER, OURS, 123, 123, b"\x24" + bytes(47))
        wire.wait(64)


def ping_monitor(wire):
    for i in range(200):
        wire.icmp(OURS, STRANGER, 8, 0, struct.pack("!HH", 7, i) + bytes(range(56)))
        wire.icmp(STRANGER, OURS, 0, 0, struct.pack("!HH", 7, i) + bytes(range(56)))
        wire.wait(1)


def traceroute(wire):
    for i in range(30):
        wire.udp(OURS, STRANGER, 40000, 33434 + i, bytes(32))
        wire.icmp(
            f"198.51.100.{i + 1}",
            OURS,
            11,
            0,
            bytes(4)
            + struct.pack("!BBHHHBBH", 0x45, 0, 60, 1, 0, 1, 17, 0)
            + ip_address(OURS).packed
            + ip_address(STRANGER).packed
            + struct.pack("!HHHH", 40000, 33434 + i, 40, 0),
        )


def mdns(wire):
    for _i in range(20):
        wire.udp(
            OURS,
            "224.0.0.251",
            5353,
            5353,
            struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0) + qname("_ipp._tcp.local") + struct.pack("!HH", 12, 1),
        )
        wire.wait(2)


def dhcp(wire):
    for _i in range(4):
        wire.udp(
            "0.0.0.0",
            "255.255.255.255",
            68,
            67,
            b"\1\1\6\0"
            + RANDOM.randbytes(4)
            + bytes(20)
            + bytes.fromhex("02000000000a")
            + bytes(10)
            + bytes(192)
            + b"\x63\x82\x53\x63\x35\1\1\xff",
        )
        wire.wait(5)


def ipsec(wire):
    wire.udp(
        OURS,
        STRANGER,
        500,
        500,
        RANDOM.randbytes(8)
        + bytes(8)
        + b"\x21\x20\x22\x08"
        + bytes(4)
        + struct.pack("!I", 200)
        + RANDOM.randbytes(172),
    )
    wire.udp(
        STRANGER,
        OURS,
        500,
        500,
        RANDOM.randbytes(16)
        + b"\x21\x20\x22\x20"
        + bytes(4)
        + struct.pack("!I", 200)
        + RANDOM.randbytes(172),
    )
    for _i in range(200):
        wire.ip(RANDOM.randbytes(100), 50, OURS, STRANGER)
        wire.ip(RANDOM.randbytes(100), 50, STRANGER, OURS)


def bgp(wire):
    wire.tcp(
        "192.0.2.1",
        "192.0.2.2",
        179,
        [
            (">", b"\xff" * 16 + b"\0\x1d\1\4\xfd\xe9\0\xb4\xc0\0\2\1\0"),
            ("<", b"\xff" * 16 + b"\0\x1d\1\4\xfd\xe9\0\xb4\xc0\0\2\2\0"),
        ]
        + [
            x
            for _ in range(60)
            for x in ((">", b"\xff" * 16 + b"\0\x13\4"), ("<", b"\xff" * 16 + b"\0\x13\4"), 60)
        ],
        end=None,
    )


def broadcast_nbns(wire):
    for i in range(40):
        wire.udp(
            OURS,
            "10.1.1.255",
            137,
            137,
            struct.pack("!HHHHHH", i, 0x110, 1, 0, 0, 0)
            + b"\x20"
            + b"FHEPFCELEHFCEPFFFACACACACACACABN"
            + b"\0\0\x20\0\1",
        )
        wire.wait(0.5)


def ipv6_nd(wire):
    for i in range(20):
        wire.ip(
            struct.pack("!BBHI", 135, 0, 0, 0) + ip_address(f"fe80::{i:x}").packed + b"\1\1\2\0\0\0\0\x0a",
            58,
            "fe80::1",
            "ff02::1:ff00:1",
        )
        wire.wait(0.1)
    wire.ip(
        struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
        + b"\1\1\2\0\0\0\0\1"
        + b"\x19\3\0\0\0\0\3\x84"
        + bytes(16),
        58,
        "fe80::1",
        "ff02::1",
    )


def arp_normal(wire):
    for i in range(30):
        wire.eth(
            struct.pack("!HHBBH", 1, 0x800, 6, 4, 1)
            + bytes.fromhex("02000000000a")
            + ip_address(OURS).packed
            + bytes(6)
            + ip_address(f"10.1.1.{i % 5 + 1}").packed,
            0x806,
        )
        wire.wait(4)
