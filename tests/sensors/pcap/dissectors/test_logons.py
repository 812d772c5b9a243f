"""Clear-text logons of line protocols: who, with what outcome, and never the password."""

import base64

import pytest

SECRET = "Wy8-Geheim"
PLAIN = base64.b64encode(f"\0zhao\0{SECRET}".encode()).decode()


def b64(text):
    return base64.b64encode(text.encode()).decode()


#: Protocol, port, outcome, then lines: < server says, > client says.
DIALOGUES = [
    ("ftp", 2121, "success", "<220 FTP ready", ">USER zhao", "<331 go on", f">PASS {SECRET}", "<230 in"),
    ("ftp", 21, "failure", "<220 FTP ready", ">USER zhao", "<331 go on", f">PASS {SECRET}", "<530 no"),
    ("pop3", 110, "success", "<+OK ready", ">USER zhao", "<+OK", f">PASS {SECRET}", "<+OK 3 messages"),
    ("pop3", 1100, "failure", "<+OK ready", ">AUTH PLAIN", "<+ ", f">{PLAIN}", "<-ERR no"),
    ("imap", 143, "success", "<* OK ready", f'>a1 LOGIN "zhao" "{SECRET}"', "<a1 OK done"),
    ("imap", 143, "failure", "<* OK ready", ">a1 AUTHENTICATE PLAIN", "<+", f">{PLAIN}", "<a1 NO wrong"),
    ("smtp", 25, "success", "<220 m ESMTP", ">EHLO x", "<250 AUTH PLAIN", f">AUTH PLAIN {PLAIN}", "<235 ok"),
    (
        "smtp",
        587,
        "failure",
        "<220 m ESMTP",
        ">EHLO x",
        "<250 AUTH LOGIN",
        ">AUTH LOGIN",
        "<334 name",
        f">{b64('zhao')}",
        "<334 word",
        f">{b64(SECRET)}",
        "<535 no",
    ),
    ("irc", 6667, "success", f">PASS {SECRET}", ">NICK zhao", ">USER zhao 0 * :z", "<:irc.example 001 zhao"),
    ("irc", 7000, "failure", f">PASS {SECRET}", ">NICK zhao", "<:irc.example 464 zhao :wrong"),
]


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: f"{dialogue[0]}-{dialogue[2]}")
def test_a_logon_is_seen_without_its_password(dialogue, session, talk):
    protocol, port, outcome, *said = dialogue
    both = session(port).opened()
    for line in said:
        both.send(line[0] == "<", line[1:].encode() + b"\r\n", 24)
    heard = talk(both.closed())
    logon = heard.only("logon")
    assert (logon.text("network.protocol"), logon.text("user.name")) == (protocol, "zhao")
    assert logon.text("event.outcome") == outcome
    assert logon.fields["taishi.logon.cleartext"] is True
    assert heard.only("flow").text("network.protocol") == protocol
    everything = repr([event.fields for event in heard.events])
    for form in (SECRET, SECRET.encode().hex(), PLAIN, b64(SECRET)):
        assert form not in everything


def test_telnet_is_followed_key_by_key(session, talk):
    both = (
        session(23)
        .opened()
        .answers(b"\xff\xfd\x18\xff\xfb\x01")
        .asks(b"\xff\xfc\x18")
        .answers(b"\r\nlogin: ")
    )
    for key in b"zhai\x08o":
        both.asks(bytes([key])).answers(bytes([key]))
    both.asks(b"\r\0").answers(b"\r\nPassword: ")
    for key in SECRET.encode():
        both.asks(bytes([key]))
    both.asks(b"\r\0").answers(b"\r\nLogin incorrect\r\nlogin: ")
    heard = talk(both)
    assert (heard.only("logon").text("user.name"), heard.only("logon").text("event.outcome")) == (
        "zhao",
        "failure",
    )
    assert SECRET not in repr([event.fields for event in heard.events])
