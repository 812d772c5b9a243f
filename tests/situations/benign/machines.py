"""Ordinary traffic: monitoring, collecting and control."""

import struct

from tests.situations.wire import OURS, RANDOM, SERVER, STRANGER, cert, http, resp, ssh_session, tls


def ansible(wire):
    for i in range(12):
        wire.tcp(
            OURS,
            f"10.1.2.{i + 5}",
            22,
            [
                *ssh_session(b"SSH-2.0-OpenSSH_9.2\r\n"),
                (">", RANDOM.randbytes(5000)),
                ("<", RANDOM.randbytes(2000)),
                5,
                (">", RANDOM.randbytes(3000)),
                ("<", RANDOM.randbytes(800)),
            ],
        )
        wire.wait(3)


def zabbix(wire):
    for _i in range(30):
        wire.asked(SERVER, OURS, 10050, b"ZBXD\1\x0e\0\0\0\0\0\0\0agent.ping", b"ZBXD\1\1\0\0\0\0\0\0\x001")
        wire.wait(60)


def prometheus(wire):
    for _i in range(40):
        for k in range(3):
            wire.asked(
                SERVER,
                f"10.1.1.{30 + k}",
                9100,
                http("GET", "/metrics", f"10.1.1.{30 + k}:9100", ua="Prometheus/2.40", browser=False),
                resp(200, b"# HELP\n" * 50, "text/plain"),
            )
        wire.wait(15)


def netflow_export(wire):
    for i in range(20):
        wire.udp(
            SERVER, "10.1.9.9", 50000, 2055, struct.pack("!HHIIIIBBH", 5, 0, 1000, 1750000000, 0, i, 0, 0, 0)
        )
        wire.wait(5)


def rsync_backup(wire):
    wire.tcp(
        OURS,
        SERVER,
        873,
        [
            ("<", b"@RSYNCD: 31.0\n"),
            (">", b"@RSYNCD: 31.0\n"),
            (">", b"backup\n"),
            ("<", b"@RSYNCD: OK\n"),
            (">", RANDOM.randbytes(200000)),
        ],
    )


def graphite(wire):
    wire.tcp(
        OURS, STRANGER, 2003, [x for _ in range(60) for x in ((">", b"a.b.c 1 1750000000\n"), 10)], end=None
    )


def syslog_rsh_port(wire):
    wire.tcp(
        OURS,
        SERVER,
        514,
        [
            (">", b"<34>Oct 11 22:14:15 host app: message\n"),
            (">", b"<34>Oct 11 22:14:16 host app: message2\n"),
        ],
    )


def radius(wire):
    for i in range(20):
        wire.udp(
            SERVER, "10.1.1.2", 50000, 1812, b"\1" + bytes([i]) + struct.pack("!H", 50) + RANDOM.randbytes(46)
        )
        wire.udp(
            "10.1.1.2", SERVER, 1812, 50000, b"\2" + bytes([i]) + struct.pack("!H", 20) + RANDOM.randbytes(16)
        )
        wire.wait(1)


def mqtt_tls_iot(wire):
    wire.tcp(
        OURS,
        STRANGER,
        8883,
        tls(
            cert("CN=*.iot.example.com", "CN=Real CA", names=["*.iot.example.com"]),
            "a.iot.example.com",
            data=((40, 40),) * 60,
        ),
        end=None,
        gap=30,
    )


def opcua(wire):
    wire.asked(OURS, SERVER, 4840, b"HELF\x38\0\0\0" + bytes(48), b"ACKF\x1c\0\0\0" + bytes(20))


def dnp3(wire):
    wire.tcp(
        OURS,
        SERVER,
        20000,
        [
            x
            for _ in range(20)
            for x in (
                (">", b"\x05\x64\x0b\xc4\1\0\2\0\x00\x00\xc0\xc0\1\x3c\2\6\0\0"),
                ("<", b"\x05\x64\x0a\x44\2\0\1\0\0\0\xc0\xc0\x81\0\0\0\0"),
                5,
            )
        ],
    )


def iec104(wire):
    wire.tcp(
        OURS,
        SERVER,
        2404,
        [(">", b"\x68\4\7\0\0\0"), ("<", b"\x68\4\x0b\0\0\0")]
        + [
            x
            for _ in range(20)
            for x in (("<", b"\x68\x0e\0\0\0\0\x01\1\3\0\1\0\1\0\0\1"), (">", b"\x68\4\1\0\2\0"), 5)
        ],
    )


def bacnet(wire):
    for _i in range(10):
        wire.udp(OURS, "10.1.1.255", 47808, 47808, b"\x81\x0b\0\x0c\1\x20\xff\xff\0\xff\x10\x08")
        wire.udp(SERVER, OURS, 47808, 47808, b"\x81\x0a\0\x15\1\0\x10\0\xc4\2\0\0\1\x22\4\0\x91\0\x21\5")
        wire.wait(5)


def enip(wire):
    wire.tcp(
        OURS,
        SERVER,
        44818,
        [
            (">", b"\x65\0\4\0" + bytes(20) + b"\1\0\0\0"),
            ("<", b"\x65\0\4\0\1\0\0\0" + bytes(16) + b"\1\0\0\0"),
        ]
        + [
            x
            for _ in range(10)
            for x in (
                (">", b"\x6f\0\x10\0\1\0\0\0" + bytes(32)),
                ("<", b"\x6f\0\x14\0\1\0\0\0" + bytes(36)),
                1,
            )
        ],
    )


def modbus_poll(wire):
    wire.tcp(
        OURS,
        SERVER,
        502,
        [
            x
            for i in range(50)
            for x in (
                (">", struct.pack("!HHHBBHH", i, 0, 6, 1, 3, 0, 10)),
                ("<", struct.pack("!HHHBBB", i, 0, 23, 1, 3, 20) + bytes(20)),
                1,
            )
        ],
    )


def java_calls(wire):
    stub = b"\xac\xed\0\5sr\0\x2ajava.rmi.server.RemoteObjectInvocationHandler" + RANDOM.randbytes(200)
    talk = [(">", b"JRMI\0\2\x4b"), ("<", b"\x4e\0\x0910.1.1.20\0\0\0\1")]
    wire.tcp(OURS, SERVER, 1099, [*talk, (">", b"\x50\xac\xed\0\5w\x22"), ("<", b"\x51" + stub)])


def one_test_of_a_home_made_certificate(wire):
    wire.tcp(OURS, STRANGER, 443, tls(cert("C=AU,ST=Some-State,O=Internet Widgits Pty Ltd")))
