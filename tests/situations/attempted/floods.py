"""Attempted: exhausting and misleading."""
# ruff: noqa: E501 (what is said stands on one line)

import struct
from ipaddress import ip_address

from tests.situations.wire import ACK, OURS, PSH, RANDOM, SERVER, STRANGER, SYN, dnsa, dnsq, http, resp


def syn_flood(wire):
    for _i in range(5000):
        wire.seg(
            f"{RANDOM.randrange(11, 200)}.{RANDOM.randrange(250)}.{RANDOM.randrange(250)}.{RANDOM.randrange(1, 250)}",
            SERVER,
            RANDOM.randrange(1024, 60000),
            80,
            RANDOM.randrange(1 << 31),
            SYN,
        )
        wire.t -= 0.0015


def syn_flood_one(wire):
    for i in range(5000):
        wire.seg(STRANGER, SERVER, 1024 + i, 80, RANDOM.randrange(1 << 31), SYN)
        wire.t -= 0.0015


def udp_flood(wire):
    for _i in range(6000):
        wire.udp(STRANGER, SERVER, 40000, RANDOM.randrange(1, 65000), RANDOM.randbytes(400))
        wire.t -= 0.0018


def icmp_flood(wire):
    for i in range(6000):
        wire.icmp(STRANGER, SERVER, 8, 0, struct.pack("!HH", 1, i & 65535) + bytes(56))
        wire.t -= 0.0018


def http_flood(wire):
    for _i in range(1500):
        wire.asked(
            STRANGER,
            SERVER,
            80,
            http("GET", f"/?{RANDOM.randrange(99999)}", "www.example.org"),
            resp(200, b"x" * 200),
            gap=0,
        )
        wire.t -= 0.01


def slowloris(wire):
    for _ in range(200):
        wire.tcp(
            STRANGER,
            SERVER,
            80,
            [
                (
                    ">",
                    b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 7.0)\r\nContent-Length: 42\r\n",
                )
            ],
            end=None,
        )
    for i in range(200):
        for k in range(3):
            wire.t = 30.0 * (k + 1) + i * 0.01
            wire.seg(
                STRANGER,
                SERVER,
                40001 + i,
                80,
                1000
                + 1
                + len(
                    b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 7.0)\r\nContent-Length: 42\r\n"
                )
                + k * 8,
                ACK | PSH,
                b"X-a: b\r\n",
            )


def dns_amp(wire):
    for _i in range(800):
        q = dnsq("isc.org", 255)
        wire.udp(f"203.0.113.{RANDOM.randrange(1, 9)}", SERVER, RANDOM.randrange(1024, 60000), 53, q)
        wire.udp(SERVER, "203.0.113.5", 53, 5000, dnsa(q, RANDOM.randbytes(200), 16, n=12))
        wire.t -= 0.003


def dns_amp_victim(wire):
    for _i in range(3000):
        wire.udp(
            f"198.51.{RANDOM.randrange(250)}.{RANDOM.randrange(250)}",
            SERVER,
            53,
            RANDOM.randrange(1024, 60000),
            dnsa(dnsq("isc.org", 255), RANDOM.randbytes(200), 16, n=5),
        )
        wire.t -= 0.0015


def land(wire):
    for _i in range(20):
        wire.seg(SERVER, SERVER, 80, 80, 1, SYN)


def arp_spoof(wire):
    real = bytes.fromhex("020000000001")
    evil = bytes.fromhex("0200000000ee")

    def rep(m):
        wire.eth(
            struct.pack("!HHBBH", 1, 0x800, 6, 4, 2)
            + m
            + ip_address("10.1.1.1").packed
            + bytes.fromhex("02000000000a")
            + ip_address(OURS).packed,
            0x806,
        )

    rep(real)
    wire.wait(5)
    for _i in range(60):
        rep(evil)
        wire.wait(1)
