"""Ordinary traffic: talk, games and work."""
# ruff: noqa: E501 (what is said stands on one line)

import struct

from tests.situations.wire import OTHER, OURS, RANDOM, SERVER, STRANGER, http, resp, ssh_session


def sip_call(wire):
    wire.udp(
        OURS,
        STRANGER,
        5060,
        5060,
        b"INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
    )
    wire.udp(
        STRANGER,
        OURS,
        5060,
        5060,
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
    )
    for i in range(3000):
        wire.udp(
            OURS,
            STRANGER,
            16384,
            17000,
            struct.pack("!BBHII", 0x80, 0, i, i * 160, 7) + RANDOM.randbytes(160),
        )
        wire.udp(
            STRANGER,
            OURS,
            17000,
            16384,
            struct.pack("!BBHII", 0x80, 0, i, i * 160, 8) + RANDOM.randbytes(160),
        )
        wire.t += 0.016


def webrtc(wire):
    for _ in range(5):
        wire.udp(OURS, STRANGER, 50000, 3478, b"\0\1\0\0\x21\x12\xa4\x42" + RANDOM.randbytes(12))
        wire.udp(STRANGER, OURS, 3478, 50000, b"\1\1\0\x0c\x21\x12\xa4\x42" + RANDOM.randbytes(24))
    for i in range(1500):
        wire.udp(
            OURS, OTHER, 50000, 50001, struct.pack("!BBHII", 0x80, 96, i, i * 90, 9) + RANDOM.randbytes(900)
        )
        wire.udp(
            OTHER, OURS, 50001, 50000, struct.pack("!BBHII", 0x80, 96, i, i * 90, 9) + RANDOM.randbytes(900)
        )


def game_udp(wire):
    for _i in range(2000):
        wire.udp(OURS, STRANGER, 50000, 27015, RANDOM.randbytes(60))
        wire.udp(STRANGER, OURS, 27015, 50000, RANDOM.randbytes(200))
        wire.t += 0.03


def game_tcp(wire):
    wire.tcp(
        OURS,
        STRANGER,
        7777,
        [x for _ in range(400) for x in ((">", RANDOM.randbytes(50)), ("<", RANDOM.randbytes(120)), 2)],
        end=None,
    )


def chat_long(wire):
    wire.tcp(
        OURS,
        STRANGER,
        5222,
        [
            (">", b"<?xml version='1.0'?><stream:stream to='x' xmlns='jabber:client'>"),
            ("<", b"<?xml version='1.0'?><stream:stream>"),
        ]
        + [x for _ in range(60) for x in ((">", b" "), 30)],
        end=None,
    )


def weixin_like(wire):
    wire.tcp(
        OURS,
        STRANGER,
        8080,
        [
            x
            for _ in range(40)
            for x in (
                (">", struct.pack("!IHHII", 60, 16, 1, 6, 1) + RANDOM.randbytes(44)),
                ("<", struct.pack("!IHHII", 60, 16, 1, 6, 1) + RANDOM.randbytes(44)),
                30,
            )
        ],
        end=None,
    )


def ssh_admin(wire):
    wire.tcp(
        OURS,
        SERVER,
        22,
        ssh_session(b"SSH-2.0-OpenSSH_9.2\r\n")
        + [x for _ in range(100) for x in ((">", RANDOM.randbytes(36)), ("<", RANDOM.randbytes(60)), 1)],
    )


def git_https(wire):
    wire.tcp(
        OURS,
        STRANGER,
        9418,
        [
            (">", b"0033git-upload-pack /project.git\0host=git.example\0"),
            ("<", b"00ab1234567890 HEAD\0multi_ack\n0000"),
            (">", b"0032want 1234\n0000"),
            ("<", b"PACK" + RANDOM.randbytes(20000)),
        ],
    )


def printer(wire):
    wire.asked(
        OURS,
        SERVER,
        631,
        http(
            "POST",
            "/ipp/print",
            SERVER + ":631",
            "Content-Type: application/ipp\r\n",
            b"\2\0\0\x0b\0\0\0\1" + RANDOM.randbytes(300),
            ua="CUPS/2.3 IPP/2.0",
            browser=False,
        ),
        resp(200, b"\2\0\0\0\0\0\0\1", "application/ipp"),
    )


def mail_server(wire):
    for i in range(20):
        wire.tcp(
            SERVER,
            f"198.51.{i}.25",
            25,
            [
                ("<", b"220 mx ESMTP\r\n"),
                (">", b"EHLO mail.unit.example\r\n"),
                ("<", b"250-mx\r\n250 SIZE 1000\r\n"),
                (">", b"MAIL FROM:<a%d@unit.example>\r\n" % i),
                ("<", b"250 ok\r\n"),
                (">", b"RCPT TO:<x@y.example>\r\n"),
                ("<", b"250 ok\r\n" if i % 6 else b"550 no such user\r\n"),
                (">", b"DATA\r\n"),
                ("<", b"354\r\n"),
                (">", b"Subject: hello\r\n\r\nhi\r\n.\r\n"),
                ("<", b"250 ok\r\n"),
                (">", b"QUIT\r\n"),
                ("<", b"221\r\n"),
            ],
        )
        wire.wait(20)


def afs_print9100(wire):
    wire.asked(OURS, SERVER, 9100, b"\x1b%-12345X@PJL JOB\r\n" + RANDOM.randbytes(5000), b"@PJL READY\r\n")
