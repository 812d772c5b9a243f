"""Attempted: passwords."""

import base64
import struct

from tests.situations.wire import OURS, RANDOM, SERVER, STRANGER, ber, cert, http, resp, ssh_session, tls


def ssh_brute(wire):
    for _i in range(20):
        wire.tcp(STRANGER, SERVER, 22, ssh_session())
        wire.wait(1)


def ftp_brute(wire):
    for i in range(20):
        wire.tcp(
            STRANGER,
            SERVER,
            21,
            [
                ("<", b"220 ftp\r\n"),
                (">", b"USER admin\r\n"),
                ("<", b"331\r\n"),
                (">", b"PASS p%d\r\n" % i),
                ("<", b"530 Login incorrect.\r\n"),
            ],
        )
        wire.wait(0.5)


def ftp_brute_one(wire):
    wire.tcp(
        STRANGER,
        SERVER,
        21,
        [("<", b"220 ftp\r\n")]
        + [
            x
            for i in range(15)
            for x in (
                (">", b"USER admin\r\n"),
                ("<", b"331\r\n"),
                (">", b"PASS p%d\r\n" % i),
                ("<", b"530 Login incorrect.\r\n"),
                1,
            )
        ],
    )


def telnet_brute(wire):
    for i in range(12):
        wire.tcp(
            STRANGER,
            SERVER,
            23,
            [
                ("<", b"\xff\xfd\x18\xff\xfd\x20"),
                (">", b"\xff\xfc\x18\xff\xfc\x20"),
                ("<", b"login: "),
                (">", b"root\r\n"),
                ("<", b"root\r\nPassword: "),
                (">", b"pass%d\r\n" % i),
                ("<", b"\r\nLogin incorrect\r\nlogin: "),
            ],
        )
        wire.wait(2)


def rdp_brute(wire):
    c = cert("CN=WIN-SRV", days=(-10, 170))
    for _i in range(25):
        wire.tcp(
            STRANGER,
            SERVER,
            3389,
            [
                (">", b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"),
                ("<", b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x124\x00\x02\x1f\x08\x00\x02\x00\x00\x00"),
                *tls(c, data=((400, 300), (600, 100))),
            ],
        )
        wire.wait(1)


def mysql_brute(wire):
    g = (
        b"\x0a5.7.30\0"
        + struct.pack("<I", 9)
        + b"abcdefgh\0"
        + b"\xff\xf7\x08\2\0\xff\xc1\x15"
        + bytes(10)
        + b"ijklmnopqrst\0mysql_native_password\0"
    )
    for _i in range(15):
        login = (
            struct.pack("<IIB", 0x0000A685, 1 << 24, 33)
            + bytes(23)
            + b"root\0\x14"
            + RANDOM.randbytes(20)
            + b"mysql_native_password\0"
        )
        e = b"\xff\x15\x04#28000Access denied for user 'root'@'x' (using password: YES)"
        wire.tcp(
            STRANGER,
            SERVER,
            3306,
            [
                ("<", len(g).to_bytes(3, "little") + b"\0" + g),
                (">", len(login).to_bytes(3, "little") + b"\1" + login),
                ("<", len(e).to_bytes(3, "little") + b"\2" + e),
            ],
        )
        wire.wait(0.5)


def smtp_brute(wire):
    for _i in range(15):
        wire.tcp(
            STRANGER,
            SERVER,
            25,
            [
                ("<", b"220 m ESMTP\r\n"),
                (">", b"EHLO x\r\n"),
                ("<", b"250-m\r\n250 AUTH LOGIN\r\n"),
                (">", b"AUTH LOGIN\r\n"),
                ("<", b"334 VXNlcm5hbWU6\r\n"),
                (">", b"YWRtaW4=\r\n"),
                ("<", b"334 UGFzc3dvcmQ6\r\n"),
                (">", b"eHh4\r\n"),
                ("<", b"535 5.7.8 Error: authentication failed\r\n"),
            ],
        )
        wire.wait(1)


def ldap_brute(wire):
    for i in range(15):
        m = ber(
            0x30, ber(2, b"\1"), ber(0x60, ber(2, b"\3"), ber(4, b"cn=admin,dc=x"), ber(0x80, b"pw%d" % i))
        )
        r = ber(0x30, ber(2, b"\1"), ber(0x61, ber(10, b"\x31"), ber(4), ber(4)))
        wire.asked(STRANGER, SERVER, 389, m, r)
        wire.wait(1)


def vnc_brute(wire):
    for _i in range(15):
        wire.tcp(
            STRANGER,
            SERVER,
            5900,
            [
                ("<", b"RFB 003.008\n"),
                (">", b"RFB 003.008\n"),
                ("<", b"\1\2"),
                (">", b"\2"),
                ("<", RANDOM.randbytes(16)),
                (">", RANDOM.randbytes(16)),
                ("<", b"\0\0\0\1\0\0\0\x16Authentication failure"),
            ],
        )
        wire.wait(1)


def pop3_brute(wire):
    for _i in range(15):
        wire.tcp(
            STRANGER,
            SERVER,
            110,
            [
                ("<", b"+OK pop\r\n"),
                (">", b"USER a\r\n"),
                ("<", b"+OK\r\n"),
                (">", b"PASS x\r\n"),
                ("<", b"-ERR auth failed\r\n"),
            ],
        )
        wire.wait(1)


def imap_brute(wire):
    for i in range(15):
        wire.tcp(
            STRANGER,
            SERVER,
            143,
            [
                ("<", b"* OK imap\r\n"),
                (">", b"a1 LOGIN a b%d\r\n" % i),
                ("<", b"a1 NO [AUTHENTICATIONFAILED] no\r\n"),
            ],
        )
        wire.wait(1)


def http_basic_brute(wire):
    for i in range(20):
        wire.asked(
            STRANGER,
            SERVER,
            80,
            http(
                "GET",
                "/manager/html",
                "www.example.org",
                "Authorization: Basic " + base64.b64encode(b"tomcat:p%d" % i).decode() + "\r\n",
            ),
            resp(401, b"no", more='WWW-Authenticate: Basic realm="x"\r\n'),
        )
        wire.wait(0.5)


def http_form_brute(wire):
    for i in range(40):
        wire.asked(
            STRANGER,
            SERVER,
            80,
            http(
                "POST",
                "/wp-login.php",
                "www.example.org",
                "Content-Type: application/x-www-form-urlencoded\r\n",
                b"log=admin&pwd=pass%d&wp-submit=Log+In" % i,
            ),
            resp(200, b"<html>ERROR: incorrect password</html>"),
        )
        wire.wait(0.5)


def redis_brute(wire):
    wire.tcp(
        STRANGER,
        SERVER,
        6379,
        [
            x
            for i in range(20)
            for x in (
                (">", b"*2\r\n$4\r\nAUTH\r\n$3\r\np%02d\r\n" % i),
                ("<", b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"),
            )
        ],
    )


def pg_brute(wire):
    for _i in range(15):
        s = struct.pack("!II", 0, 196608) + b"user\0postgres\0\0"
        s = struct.pack("!I", len(s)) + s[4:]
        wire.tcp(
            STRANGER,
            SERVER,
            5432,
            [
                (">", s),
                ("<", b"R\0\0\0\x0c\0\0\0\5abcd"),
                (">", b"p\0\0\0\x28md5" + RANDOM.randbytes(16).hex().encode() + b"\0"),
                ("<", b'E\0\0\0\x4bSFATAL\0C28P01\0Mpassword authentication failed for user "postgres"\0\0'),
            ],
        )
        wire.wait(1)


def snmp_brute(wire):
    for i in range(40):
        m = ber(
            0x30,
            ber(2, b"\1"),
            ber(4, b"comm%d" % i),
            ber(
                0xA0,
                ber(2, b"\1"),
                ber(2, b"\0"),
                ber(2, b"\0"),
                ber(0x30, ber(0x30, ber(6, b"\x2b\6\1\2\1\1\1\0"), ber(5))),
            ),
        )
        wire.udp(STRANGER, SERVER, 40000, 161, m)
        wire.wait(0.1)


def krb_userenum(wire):
    for i in range(30):
        req = ber(
            0x6A,
            ber(
                0x30,
                ber(0xA1, ber(2, b"\5")),
                ber(0xA2, ber(2, b"\x0a")),
                ber(
                    0xA4,
                    ber(
                        0x30,
                        ber(0xA0, ber(3, b"\0\x40\0\0\0")),
                        ber(
                            0xA1,
                            ber(
                                0x30, ber(0xA0, ber(2, b"\1")), ber(0xA1, ber(0x30, ber(0x1B, b"user%d" % i)))
                            ),
                        ),
                        ber(0xA2, ber(0x1B, b"CORP.LOCAL")),
                        ber(
                            0xA3,
                            ber(
                                0x30,
                                ber(0xA0, ber(2, b"\2")),
                                ber(0xA1, ber(0x30, ber(0x1B, b"krbtgt"), ber(0x1B, b"CORP.LOCAL"))),
                            ),
                        ),
                        ber(0xA5, ber(0x18, b"20370913024805Z")),
                        ber(0xA7, ber(2, b"\x12\x34\x56")),
                        ber(0xA8, ber(0x30, ber(2, b"\x12"))),
                    ),
                ),
            ),
        )
        err = ber(
            0x7E,
            ber(
                0x30,
                ber(0xA0, ber(2, b"\5")),
                ber(0xA1, ber(2, b"\x1e")),
                ber(0xA4, ber(0x18, b"20210101000000Z")),
                ber(0xA5, ber(2, b"\1")),
                ber(0xA6, ber(2, b"\6")),
                ber(0xA9, ber(0x1B, b"CORP.LOCAL")),
                ber(
                    0xAA,
                    ber(
                        0x30,
                        ber(0xA0, ber(2, b"\2")),
                        ber(0xA1, ber(0x30, ber(0x1B, b"krbtgt"), ber(0x1B, b"CORP.LOCAL"))),
                    ),
                ),
            ),
        )
        wire.port += 1
        wire.udp(OURS, "10.1.1.2", wire.port, 88, req)
        wire.udp("10.1.1.2", OURS, 88, wire.port, err)
        wire.wait(0.2)
