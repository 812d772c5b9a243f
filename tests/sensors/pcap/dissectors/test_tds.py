"""SQL Server sessions made from MS-TDS: protection, program, user, outcome; never the password."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECRET = "Wy8-Geheim"
HIDDEN = bytes(((byte << 4 | byte >> 4) & 0xFF) ^ 0xA5 for byte in SECRET.encode("utf-16-le"))


def packet(kind, body, last=True):
    return struct.pack("!BBHHBB", kind, last, 8 + len(body), 0, 1, 0) + body


def prelogin(kind, encryption):
    values = [(0, bytes([16, 0, 0x10, 0x24, 0, 0])), (1, bytes([encryption]))]
    at, table = 5 * len(values) + 1, b""
    for token, value in values:
        table += struct.pack("!BHH", token, at, len(value))
        at += len(value)
    return packet(kind, table + b"\xff" + b"".join(value for _, value in values))


def login(user="sa", password=HIDDEN, token=b""):
    texts = ["WS-7", user, None, "SSMS", "db1", "", "ODBC", "", "archive"]
    table, body, at = b"", b"", 94
    for text in texts:
        raw = password if text is None else text.encode("utf-16-le")
        table += struct.pack("<HH", at, len(raw) // 2)
        body, at = body + raw, at + len(raw)
    table += bytes(6) + struct.pack("<HHHHHHI", at, len(token), at, 0, at, 0, 0)
    body += token
    fixed = struct.pack(
        "<IIIIIIBBBBiI", 94 + len(body), 0x74000004, 4096, 7, 1, 0, 0xE0, 0x80 * bool(token), 0, 0, 0, 0
    )
    return packet(0x10, fixed + table + body)


def token(kind, body):
    return bytes([kind]) + struct.pack("<H", len(body)) + body


def text(words):
    return struct.pack("<H", len(words)) + words.encode("utf-16-le")


IN = packet(4, token(0xE3, b"\1\0\0") + token(0xAD, b"\1\x74\0\0\4\0" + bytes(4)) + b"\xfd" + bytes(12))
OUT = packet(
    4, token(0xAA, struct.pack("<IBB", 18456, 1, 14) + text("用户 'sa' 登录失败。")) + b"\xfd" + bytes(12)
)
ASKED, AGREED = prelogin(0x12, 2), prelogin(4, 2)


@pytest.mark.parametrize(("answer", "outcome"), [(IN, "success"), (OUT, "failure")])
def test_a_logon_in_clear_tells_all_but_the_password(answer, outcome, session, talk):
    heard = talk(session(14330).opened().asks(ASKED).answers(AGREED).asks(login()).answers(answer))
    logon, extra = heard.only("logon"), heard.only("other").extra
    assert (logon.text("user.name"), logon.text("event.outcome")) == ("sa", outcome)
    assert logon.fields["taishi.logon.cleartext"] is True
    assert (extra["tds.client.host"], extra["tds.client.application"]) == ("WS-7", "SSMS")
    assert (extra["tds.database"], extra["tds.server.version"]) == ("archive", "16.0.4132")
    assert (extra["tds.server.encryption"], extra["tds.tls"]) == ("not supported", False)
    assert heard.only("flow").text("network.protocol") == "tds"
    everything = repr([event.fields for event in heard.events])
    assert SECRET not in everything
    assert HIDDEN.hex() not in everything


def test_windows_vouches_without_a_password(session, talk):
    user, domain = "zhao".encode("utf-16-le"), "COUNTY".encode("utf-16-le")
    fields = b"".join(
        struct.pack("<HHI", len(raw), len(raw), at)
        for raw, at in ((b"", 64), (bytes(24), 82), (domain, 64), (user, 76), (b"", 84), (b"", 84))
    )
    proof = b"NTLMSSP\0" + struct.pack("<I", 3) + fields + struct.pack("<I", 1) + domain + user + bytes(24)
    greeting = b"NTLMSSP\0" + struct.pack("<II", 1, 1) + bytes(16)
    both = session(1433).opened().asks(ASKED).answers(AGREED).asks(login("", b"", greeting))
    heard = talk(
        both.answers(packet(4, token(0xED, b"NTLMSSP\0\2\0\0\0"))).asks(packet(0x11, proof)).answers(IN)
    )
    logon = heard.only("logon")
    assert (logon.text("user.name"), logon.text("user.domain")) == ("zhao", "COUNTY")
    assert (logon.text("taishi.logon.method"), logon.text("event.outcome")) == ("windows", "success")
    assert logon.fields["taishi.logon.cleartext"] is False


@pytest.mark.parametrize(("answer", "user", "outcome"), [(IN, "", "success"), (OUT, "sa", "failure")])
def test_a_protected_logon_is_told_by_its_answer(answer, user, outcome, session, talk):
    shake = packet(0x12, b"\x16\3\1\0\5hello")
    both = session(1433).opened().asks(prelogin(0x12, 0)).answers(prelogin(4, 0)).asks(shake)
    batch = packet(1, "select 1".encode("utf-16-le"))
    heard = talk(both.asks(b"\x17\3\3\0\x20" + bytes(32)).answers(answer).asks(batch))
    logon, extra = heard.only("logon"), heard.only("other").extra
    assert (logon.text("user.name"), logon.text("event.outcome")) == (user, outcome)
    assert logon.fields["taishi.logon.cleartext"] is False
    assert (extra["tds.tls"], extra["tds.statements"], extra["tds.procedures"]) == (True, 1, [])


@pytest.mark.parametrize(
    ("kind", "said", "told"),
    [
        (1, "EXEC master..xp_cmdshell 'whoami'", ["xp_cmdshell"]),
        (1, "exec sp_configure 'xp_cmdshell', 1; reconfigure", ["xp_cmdshell"]),
        (1, "select value from sys.configurations where name = 'xp_cmdshell'", []),
        (3, "\x0bxp_cmdshell", ["xp_cmdshell"]),
    ],
)
def test_calls_that_leave_the_database_are_told(kind, said, told, session, talk):
    both = session(1433).opened().asks(ASKED).answers(AGREED).asks(login()).answers(IN)
    heard = talk(both.asks(packet(kind, said.encode("utf-16-le"))))
    assert heard.only("other").extra["tds.procedures"] == told


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([ASKED, login(), packet(1, b"x"), packet(3, b"x")]),
    st.integers(0, 120),
    st.binary(max_size=100),
    st.sampled_from([AGREED, IN, OUT, b""]),
    st.binary(max_size=100),
)
def test_anything_after_a_beginning_is_survived(session, talk, first, cut, asked, answer, answered):
    both = session(1433).opened().asks(ASKED + first[:cut] + asked).answers(AGREED + answer + answered)
    heard = talk(both.asks(packet(0x10, first[8 : 8 + cut] + asked)).answers(packet(4, answered)).closed())
    assert len(heard.of("flow")) == 1
    assert heard.rejects == []
