"""Attempted: taking stock."""
# ruff: noqa: E501 (what is said stands on one line)

import struct
from ipaddress import ip_address

from tests.situations.wire import ACK, FIN, OURS, PSH, RST, SERVER, STRANGER, dnsa, dnsq, scan, vec


def null_scan(wire):
    scan(wire, 0)


def fin_scan(wire):
    scan(wire, FIN)


def xmas_scan(wire):
    scan(wire, FIN | PSH | 32)


def ack_scan(wire):
    for i in range(100):
        wire.seg(STRANGER, SERVER, 40001, i + 1, 1, ACK)
        wire.seg(SERVER, STRANGER, i + 1, 40001, 1, RST)


def udp_scan(wire):
    for i in range(100):
        wire.udp(STRANGER, SERVER, 40001, i + 1, b"")
        wire.icmp(
            SERVER,
            STRANGER,
            3,
            3,
            bytes(4)
            + struct.pack("!BBHHHBBH", 0x45, 0, 28, 1, 0, 64, 17, 0)
            + ip_address(STRANGER).packed
            + ip_address(SERVER).packed
            + struct.pack("!HHHH", 40001, i + 1, 8, 0),
        )


def connect_scan(wire):
    for i in range(100):
        wire.tcp(STRANGER, SERVER, i + 1, end="refused")


def inside_host_sweep(wire):
    for i in range(40):
        wire.tcp(OURS, f"10.1.3.{i + 1}", 80, end="silent")


def icmp_sweep(wire):
    for i in range(100):
        wire.icmp(STRANGER, f"10.1.1.{i + 1}", 8, 0, struct.pack("!HH", 7, i) + b"abcdefgh" * 4)


def icmp_sweep_inside(wire):
    for i in range(100):
        wire.icmp(OURS, f"10.1.3.{i + 1}", 8, 0, struct.pack("!HH", 7, i) + b"abcdefgh" * 4)
        if i % 9 == 0:
            wire.icmp(f"10.1.3.{i + 1}", OURS, 0, 0, struct.pack("!HH", 7, i) + b"abcdefgh" * 4)


def icmp_timestamp_scan(wire):
    for i in range(60):
        wire.icmp(STRANGER, f"10.1.1.{i + 1}", 13, 0, struct.pack("!HHIII", 7, i, 1, 0, 0))


def arp_sweep(wire):
    for i in range(1, 255):
        wire.eth(
            struct.pack("!HHBBH", 1, 0x800, 6, 4, 1)
            + bytes.fromhex("02000000000a")
            + ip_address(OURS).packed
            + bytes(6)
            + ip_address(f"10.1.1.{i}").packed,
            0x806,
        )


def sip_scan(wire):
    for i in range(40):
        wire.udp(
            STRANGER,
            f"10.1.1.{i + 1}",
            5060,
            5060,
            f'OPTIONS sip:100@10.1.1.{i + 1} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.1.1:5060;branch=z9hG4bK\r\nFrom: "sipvicious"<sip:100@1.1.1.1>;tag=1\r\nTo: "sipvicious"<sip:100@1.1.1.1>\r\nUser-Agent: friendly-scanner\r\nCall-ID: {i}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'.encode(),
        )


def axfr(wire):
    q = dnsq("corp.example", 252)
    wire.asked(STRANGER, SERVER, 53, vec(2, q), vec(2, dnsa(q, b"", 252, rcode=5)))
