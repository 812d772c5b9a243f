"""Risk: remote control, tunnels and file sharing."""

import struct

from tests.situations.wire import OURS, RANDOM, STRANGER, cert, chello, http, resp, tls


def teamviewer_dns(wire):
    wire.tcp(
        OURS,
        STRANGER,
        443,
        tls(cert("CN=*.teamviewer.com", "CN=ca", names=["*.teamviewer.com"]), "router1.teamviewer.com"),
    )


def todesk(wire):
    wire.tcp(
        OURS,
        STRANGER,
        443,
        tls(cert("CN=*.todesk.com", "CN=ca", names=["*.todesk.com"]), "authds.todesk.com"),
    )


def anydesk(wire):
    wire.tcp(OURS, STRANGER, 7070, tls(cert("CN=AnyNet Relay", days=(-2000, 3000))))


def wireguard(wire):
    wire.udp(OURS, STRANGER, 51820, 51820, b"\1\0\0\0" + RANDOM.randbytes(144))
    wire.udp(STRANGER, OURS, 51820, 51820, b"\2\0\0\0" + RANDOM.randbytes(88))
    wire.udp(OURS, STRANGER, 51820, 51820, b"\4\0\0\0" + RANDOM.randbytes(60))


def socks5(wire):
    wire.tcp(
        OURS,
        STRANGER,
        1080,
        [
            (">", b"\5\1\0"),
            ("<", b"\5\0"),
            (">", b"\5\1\0\3\x0bexample.com\1\xbb"),
            ("<", b"\5\0\0\1\0\0\0\0\0\0"),
            (">", chello("example.com")),
        ],
    )


def http_connect(wire):
    wire.tcp(
        OURS,
        STRANGER,
        3128,
        [
            (">", b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n"),
            ("<", b"HTTP/1.1 200 Connection established\r\n\r\n"),
            (">", chello("example.com")),
        ],
    )


def bt_tracker(wire):
    wire.asked(
        OURS,
        STRANGER,
        80,
        http(
            "GET",
            "/announce?info_hash=%12%34%56%78%9a%bc%de%f1%23%45%67%89%ab%cd%ef%12%34%56%78%9a&peer_id=-UT3530-abcdefghijkl&port=6881&uploaded=0&downloaded=0&left=1&compact=1&event=started",
            "tracker.example.org",
            ua="uTorrent/3530",
            browser=False,
        ),
        resp(200, b"d8:intervali1800e5:peers6:abcdefe", "text/plain"),
    )


def dht(wire):
    for i in range(5):
        wire.udp(
            OURS,
            f"203.0.113.{i + 3}",
            6881,
            6881,
            b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe",
        )
        wire.udp(f"203.0.113.{i + 3}", OURS, 6881, 6881, b"d1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re")


def edonkey(wire):
    wire.asked(
        OURS,
        STRANGER,
        4662,
        b"\xe3\x40\0\0\0\1\x10" + RANDOM.randbytes(16) + bytes(43),
        b"\xe3\x30\0\0\0\x4c" + RANDOM.randbytes(47),
    )


def direct_connect(wire):
    wire.tcp(
        OURS,
        STRANGER,
        411,
        [
            ("<", b"$Lock EXTENDEDPROTOCOL_hub Pk=version1.0|"),
            (">", b"$Supports NoGetINFO |$Key abc|$ValidateNick bob|"),
            ("<", b"$Hello bob|"),
        ],
    )


def soulseek(wire):
    wire.asked(
        OURS,
        STRANGER,
        2242,
        struct.pack("<II", 60, 1)
        + struct.pack("<I", 3)
        + b"bob"
        + struct.pack("<I", 4)
        + b"pass"
        + struct.pack("<I", 160)
        + struct.pack("<I", 32)
        + RANDOM.randbytes(16).hex().encode(),
        struct.pack("<II", 40, 1) + b"\1" + bytes(35),
    )


def tor(wire):
    c = cert("CN=www.uy5xkxv7txa.net", "CN=www.7kgyw2vkqqvzv.com", days=(-100, 200), bits=1024)
    wire.tcp(OURS, STRANGER, 9001, tls(c, "www.bvnyfylvh3xq.com", data=((512, 512),) * 6))


def doh(wire):
    wire.tcp(
        OURS,
        STRANGER,
        443,
        tls(cert("CN=dns.google", "CN=ca", names=["dns.google"]), "dns.google", alpn=["h2"]),
    )


def pptp(wire):
    wire.asked(
        OURS,
        STRANGER,
        1723,
        b"\0\x9c\0\1\x1a\x2b\x3c\x4d\0\1\0\0\1\0\0\0" + bytes(140),
        b"\0\x9c\0\1\x1a\x2b\x3c\x4d\0\2\0\0\1\0\1\0" + bytes(140),
    )
