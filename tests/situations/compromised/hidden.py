"""Compromised: inside DNS and ICMP."""
# ruff: noqa: E501 (what is said stands on one line)

import struct

from tests.situations.wire import OURS, RANDOM, STRANGER, ask, b64, qname, vec


def dnscat_direct(wire):
    for _i in range(120):
        ask(
            wire,
            OURS,
            STRANGER,
            "dnscat." + RANDOM.randbytes(14).hex(),
            RANDOM.choice([5, 15, 16]),
            rd=qname("dnscat." + RANDOM.randbytes(14).hex()),
        )
        wire.wait(1)


def dnscat_domain(wire):
    for _i in range(120):
        ask(
            wire,
            OURS,
            "10.1.1.1",
            RANDOM.randbytes(16).hex() + ".tunnel.example.org",
            5,
            rd=qname(RANDOM.randbytes(14).hex() + ".tunnel.example.org"),
        )
        wire.wait(1)


def dns2tcp(wire):
    for _i in range(80):
        ask(
            wire,
            OURS,
            "10.1.1.1",
            b64(30).replace("/", "x").replace("+", "y").replace("=", "") + ".dns.example.org",
            16,
            rd=vec(1, b64(90).encode()),
        )
        wire.wait(0.1)


def icmp_shell(wire):
    for i in range(30):
        wire.icmp(
            OURS,
            STRANGER,
            8,
            0,
            struct.pack("!HH", 7, i)
            + (
                b"Microsoft Windows [Version 6.1.7601]\r\nCopyright (c) 2009 Microsoft\r\n\r\nC:\\Users\\a>"
                if i == 0
                else (
                    b"dir\r\n Volume in drive C has no label.\r\n Volume Serial Number is 1234-ABCD\r\n Directory of C:\\Users\\a\r\n"
                    if i % 7 == 3
                    else b""
                )
            ),
        )
        wire.icmp(STRANGER, OURS, 0, 0, struct.pack("!HH", 7, i) + (b"dir\n" if i % 7 == 2 else b""))
        wire.wait(0.2)


def pingback(wire):
    d = struct.pack("<II", 1, 10) + b"exec whoami".ljust(780, b"\0")
    for k in (1234, 1235, 1236):
        wire.icmp(STRANGER, OURS, 8, 0, struct.pack("!HH", k, k) + d)
        wire.icmp(OURS, STRANGER, 0, 0, struct.pack("!HH", k, k) + d)


def dga(wire):
    for _i in range(60):
        ask(
            wire,
            OURS,
            "10.1.1.1",
            "".join(RANDOM.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(14))
            + RANDOM.choice([".com", ".net", ".ru", ".info"]),
            1,
            rcode=3,
        )
        wire.wait(1)
