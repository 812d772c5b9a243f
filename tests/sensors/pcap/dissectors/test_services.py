"""Hellos and sessions of services: versions, who logs on, what is asked."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def words(*names):
    return b"".join(struct.pack("!I", len(name)) + name for name in names)


def kexinit(*names):
    body = b"\x14" + bytes(16) + words(*names, b"none", b"none", b"", b"") + bytes(5)
    return struct.pack("!IB", len(body) + 5, 4) + body + bytes(4)


def mysql_packet(number, body):
    return len(body).to_bytes(3, "little") + bytes([number]) + body


GREETING = mysql_packet(0, b"\x0a8.0.36\0" + bytes(60))
RESPONSE = mysql_packet(
    1, struct.pack("<I", 0x000FA685) + struct.pack("<IB", 1 << 24, 33) + bytes(23) + b"zhao\0\x14" + bytes(20)
)


def test_ssh_tells_both_sides_software(session, talk):
    offered = kexinit(
        b"curve25519-sha256", b"ssh-ed25519", b"aes128-ctr", b"aes128-ctr", b"hmac-sha2-256", b"hmac-sha2-256"
    )
    both = (
        session(2222)
        .opened()
        .answers(b"SSH-2.0-OpenSSH_9.6p1 Debian\r\n")
        .asks(b"SSH-2.0-libssh2_1.4.3\r\n" + offered)
    )
    extra = talk(both).only("other").extra
    assert extra["ssh.server.software"] == "OpenSSH_9.6p1"
    assert extra["ssh.client.software"] == "libssh2_1.4.3"
    assert len(str(extra["ssh.client.hassh"])) == 32


@pytest.mark.parametrize(
    ("last", "outcome"), [(b"\0\0\0\2\0\0\0", "success"), (b"\xff\x15\x04#28000no", "failure")]
)
def test_mysql_logons_have_an_outcome(last, outcome, session, talk):
    both = session(3307).opened().answers(GREETING).asks(RESPONSE).answers(mysql_packet(2, last))
    heard = talk(both)
    logon = heard.only("logon")
    assert (logon.text("user.name"), logon.text("event.outcome")) == ("zhao", outcome)
    assert logon.fields["taishi.logon.cleartext"] is False
    assert heard.only("other").extra["mysql.server.version"] == "8.0.36"


@pytest.mark.parametrize(
    ("method", "answer", "cleartext", "outcome"),
    [
        (3, b"R\0\0\0\x08\0\0\0\0", True, "success"),
        (5, b"E\0\0\0\x08SFAT", False, "failure"),
    ],
)
def test_postgresql_logons_tell_how_the_password_went(method, answer, cleartext, outcome, session, talk):
    body = b"\0\3\0\0user\0zhao\0database\0archive\0\0"
    both = session(5433).opened().asks(struct.pack("!I", len(body) + 4) + body)
    both.answers(b"R\0\0\0\x08" + struct.pack("!I", method)).asks(b"p\0\0\0\x0fWy8-Geheim\0").answers(answer)
    heard = talk(both)
    logon = heard.only("logon")
    assert (logon.text("user.name"), logon.text("event.outcome")) == ("zhao", outcome)
    assert logon.fields["taishi.logon.cleartext"] is cleartext
    assert "Wy8-Geheim" not in repr([event.fields for event in heard.events])


def test_redis_commands_are_told_and_its_password_is_not(session, talk):
    asked = b"*2\r\n$4\r\nAUTH\r\n$10\r\nWy8-Geheim\r\n"
    asked += b"*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$3\r\ndir\r\n$15\r\n/var/spool/cron\r\n"
    heard = talk(session(6380).opened().asks(asked).answers(b"+OK\r\n+OK\r\n"))
    extra = heard.only("other").extra
    assert extra["redis.commands"] == ["AUTH ***", "CONFIG SET dir /var/spool/cron"]
    assert extra["redis.accepted"] == 2
    assert heard.only("logon").fields["taishi.logon.cleartext"] is True
    assert "Wy8-Geheim" not in repr([event.fields for event in heard.events])


@pytest.mark.parametrize(
    ("asked", "answer", "free"),
    [
        (b"*1\r\n$4\r\nINFO\r\n", b"$5\r\nredis\r\n", True),
        (b"*1\r\n$4\r\nINFO\r\n", b"-NOAUTH Authentication required.\r\n", False),
        (b"*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", b"+OK\r\n", False),
    ],
)
def test_redis_without_a_logon_is_told(asked, answer, free, session, talk):
    extra = talk(session(6380).opened().asks(asked).answers(answer)).only("other").extra
    assert extra["redis.without_logon"] is free


def test_a_password_set_by_a_redis_command_is_not_kept(session, talk):
    asked = b"*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n$10\r\nWy8-Geheim\r\n"
    heard = talk(session(6379).opened().asks(asked).answers(b"+OK\r\n"))
    assert heard.only("other").extra["redis.commands"] == ["CONFIG SET requirepass ***"]


@pytest.mark.parametrize(("flags", "method", "user"), [(0xC2, "password", "zhao"), (0x02, "none", "")])
def test_mqtt_tells_who_connects(flags, method, user, session, talk):
    body = (
        b"\0\4MQTT\4"
        + bytes([flags])
        + b"\0\x3c\0\4dev1"
        + (b"\0\4zhao\0\x0aWy8-Geheim" if flags & 0x80 else b"")
    )
    heard = talk(session(1884).opened().asks(b"\x10" + bytes([len(body)]) + body).answers(b"\x20\2\0\0"))
    logon = heard.only("logon")
    assert (logon.text("taishi.logon.method"), logon.text("user.name")) == (method, user)
    assert logon.text("event.outcome") == "success"
    assert "Wy8-Geheim" not in repr([event.fields for event in heard.events])


def test_snmp_tells_a_default_community_once(frames, hear):
    poll = bytes.fromhex("302602010104067075626c6963a01902047f1c2b3a020100020100300b300906052b060102010500")
    extra = (
        hear(frames.capture([(at, frames.datagram(poll, dport=161)) for at in range(5)])).only("other").extra
    )
    assert (extra["snmp.version"], extra["snmp.default_community"]) == ("2c", True)


@pytest.mark.parametrize(
    ("confirm", "protection"),
    [
        (b"\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\x1f\x08\0\2\0\0\0", "nla"),
        (b"\3\0\0\x0b\x06\xd0\0\0\x12\x34\0", "rdp"),
    ],
)
def test_rdp_tells_name_and_protection(confirm, protection, session, talk):
    asked = b"\3\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=zhao\r\n\1\0\x08\0\3\0\0\0"
    extra = talk(session(3390).opened().asks(asked).answers(confirm)).only("other").extra
    assert (extra["rdp.cookie"], extra["rdp.protection"]) == ("zhao", protection)


def test_modbus_counts_writes(session, talk):
    read, write = b"\0\1\0\0\0\6\1\3\0\0\0\1", b"\0\2\0\0\0\6\1\6\0\1\0\x2a"
    extra = (
        talk(session(502).opened().asks(read + write + write).answers(b"\0\1\0\0\0\5\1\3\2\0\0"))
        .only("other")
        .extra
    )
    assert (extra["modbus.requests"], extra["modbus.writes"]) == (3, 2)


def test_irc_tells_nick_channel_and_orders(session, talk):
    both = (
        session(6667)
        .opened()
        .asks(b"NICK DEU|XP|1234567\r\nUSER a 0 * :a\r\n")
        .answers(b":irc.example 001 x\r\n")
    )
    both.asks(b"JOIN #rbot\r\n").answers(b":irc.example 332 x #rbot :.advscan lsass 100 5 0\r\n")
    extra = talk(both).only("other").extra
    assert (extra["irc.bot_nick"], extra["irc.orders"], extra["irc.channels"]) == (True, 1, ["#rbot"])


def test_people_on_irc_are_no_bots(session, talk):
    both = (
        session(6667)
        .opened()
        .asks(b"NICK alice\r\nUSER alice 0 * :Alice\r\n")
        .answers(b":irc.example 001 alice\r\n")
    )
    both.answers(b":bob!b@x PRIVMSG #talk :see the download page. login works again\r\n")
    extra = talk(both).only("other").extra
    assert (extra["irc.bot_nick"], extra["irc.orders"]) == (False, 0)


def test_mail_is_told_without_the_passwords_in_it(session, talk):
    message = (
        b"From: a@stolen.example\r\nTo: b@stolen.example\r\nSubject: =?utf-8?B?UFdfemhhby9VU0VSLVBD?=\r\n"
        b"Content-Type: text/html\r\n\r\nUser Name: zhao<br>Computer Name: USER-PC<br>CPU: x<br>"
        b"Password: Wy8-Geheim<br>\r\n.\r\n"
    )
    both = session(587).opened().answers(b"220 m ESMTP\r\n").asks(b"EHLO x\r\n").answers(b"250 ok\r\n")
    both.asks(b"MAIL FROM:<a@stolen.example>\r\n").answers(b"250 ok\r\n").asks(b"DATA\r\n").answers(
        b"354 go\r\n"
    )
    heard = talk(both.asks(message).answers(b"250 queued\r\n").closed())
    told = {event.text("event.action"): event.extra for event in heard.of("other")}
    assert (told["session"]["smtp.helo"], told["session"]["smtp.senders"]) == ("x", ["stolen.example"])
    extra = told["mail"]
    assert extra["email.subject"] == "PW_zhao/USER-PC"
    assert (extra["email.survey"], extra["email.passwords"]) == (True, True)
    assert "Wy8-Geheim" not in repr([event.fields for event in heard.events])


def test_ftp_tells_files_and_outcomes(session, talk):
    both = session(21).opened().answers(b"220 FTP ready\r\n").asks(b"USER zhao\r\n").answers(b"331 go on\r\n")
    both.asks(b"PASS x\r\n").answers(b"230 in\r\n").asks(b"STOR up/PW_zhao.html\r\n").answers(b"150 go\r\n")
    both.answers(b"226-done\r\n226 bye\r\n").asks(b"RETR secret.doc\r\n").answers(b"550 no\r\n")
    files = talk(both.closed()).of("file")
    assert [
        (one.text("event.action"), one.text("file.name"), one.text("event.outcome")) for one in files
    ] == [
        ("stored", "PW_zhao.html", "success"),
        ("fetched", "secret.doc", "failure"),
    ]


BEGINNINGS = [
    b"SSH-2.0-x\r\n", GREETING, b"*2\r\n$4\r\nAUTH\r\n", b"\x10\x10\0\4MQTT\5\xff\0\x3c",
    b"\3\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mst",
    b"\0\0\0\x20\0\3\0\0user\0", b"NICK x\r\n", b"EHLO x\r\nDATA\r\n", b"USER x\r\nPASS y\r\nSTOR ",
]  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(BEGINNINGS),
    st.binary(max_size=120),
    st.sampled_from([b"", *BEGINNINGS]),
    st.binary(max_size=120),
)
def test_anything_after_a_beginning_is_survived(session, talk, asked, more, answered, rest):
    heard = talk(session(502).opened().asks(asked + more).answers(answered + rest).closed())
    assert len(heard.of("flow")) == 1
