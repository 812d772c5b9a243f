"""Risk: passwords and sessions in clear."""

from tests.situations.wire import OURS, SERVER, STRANGER, ber, http, resp, snmpget


def ftp_login(wire):
    wire.tcp(
        OURS,
        SERVER,
        21,
        [
            ("<", b"220 ftp\r\n"),
            (">", b"USER bob\r\n"),
            ("<", b"331\r\n"),
            (">", b"PASS x\r\n"),
            ("<", b"230 ok\r\n"),
            (">", b"QUIT\r\n"),
            ("<", b"221\r\n"),
        ],
    )


def ftp_anon(wire):
    wire.tcp(
        OURS,
        STRANGER,
        21,
        [
            ("<", b"220 ftp\r\n"),
            (">", b"USER anonymous\r\n"),
            ("<", b"331\r\n"),
            (">", b"PASS a@b\r\n"),
            ("<", b"230 ok\r\n"),
            (">", b"QUIT\r\n"),
            ("<", b"221\r\n"),
        ],
    )


def ftp_failed(wire):
    wire.tcp(
        OURS,
        SERVER,
        21,
        [
            ("<", b"220 ftp\r\n"),
            (">", b"USER bob\r\n"),
            ("<", b"331\r\n"),
            (">", b"PASS x\r\n"),
            ("<", b"530 no\r\n"),
            (">", b"QUIT\r\n"),
            ("<", b"221\r\n"),
        ],
    )


def imap_login(wire):
    wire.tcp(OURS, SERVER, 143, [("<", b"* OK\r\n"), (">", b"a LOGIN bob pw\r\n"), ("<", b"a OK done\r\n")])


def smtp_auth(wire):
    wire.tcp(
        OURS,
        SERVER,
        25,
        [
            ("<", b"220 m ESMTP\r\n"),
            (">", b"EHLO x\r\n"),
            ("<", b"250-m\r\n250 AUTH PLAIN\r\n"),
            (">", b"AUTH PLAIN AGJvYgBwdw==\r\n"),
            ("<", b"235 ok\r\n"),
        ],
    )


def http_form(wire):
    wire.asked(
        OURS,
        SERVER,
        80,
        http(
            "POST",
            "/login",
            "www.example.org",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            b"username=bob&password=pw",
        ),
        resp(302, b""),
    )


def ldap_simple(wire):
    wire.asked(
        OURS,
        SERVER,
        389,
        ber(0x30, ber(2, b"\1"), ber(0x60, ber(2, b"\3"), ber(4, b"cn=a,dc=x"), ber(0x80, b"pw"))),
        ber(0x30, ber(2, b"\1"), ber(0x61, ber(10, b"\0"), ber(4), ber(4))),
    )


def snmp_public(wire):
    wire.udp(OURS, SERVER, 40000, 161, snmpget(b"public"))
    wire.udp(SERVER, OURS, 161, 40000, snmpget(b"public").replace(b"\xa0", b"\xa2", 1))


def snmp_v1_other(wire):
    wire.udp(OURS, SERVER, 40000, 161, snmpget(b"s3cr3tx", 0))
    wire.udp(SERVER, OURS, 161, 40000, snmpget(b"s3cr3tx", 0).replace(b"\xa0", b"\xa2", 1))


def rlogin(wire):
    wire.tcp(
        OURS,
        SERVER,
        513,
        [(">", b"\0bob\0bob\0xterm/38400\0"), ("<", b"\0"), ("<", b"Last login: x\r\n$ ")],
        sp=1023,
    )


def rsh(wire):
    wire.tcp(
        OURS,
        SERVER,
        514,
        [(">", b"1022\0"), ("<", b"\0"), (">", b"bob\0bob\0uname -a\0"), ("<", b"Linux x 2.6\n")],
        sp=1023,
    )


def rexec(wire):
    wire.asked(OURS, SERVER, 512, b"0\0bob\0pw\0uname\0", b"\0Linux\n")


def telnet_use(wire):
    wire.tcp(
        OURS,
        SERVER,
        23,
        [
            ("<", b"\xff\xfd\x18\xff\xfd\x20"),
            (">", b"\xff\xfc\x18\xff\xfc\x20"),
            ("<", b"login: "),
            (">", b"root\r\n"),
            ("<", b"root\r\nPassword: "),
            (">", b"x\r\n"),
            ("<", b"\r\nLast login\r\n# "),
        ],
    )


def tftp(wire):
    wire.udp(OURS, SERVER, 40000, 69, b"\0\1config.txt\0octet\0")
    wire.udp(SERVER, OURS, 41000, 40000, b"\0\3\0\1hello")
