"""MongoDB messages made from the wire protocol and BSON: who logs on, and who gets in without."""

import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.pcap.bson import document

SECRET = "Wy8-Geheim"


def bson(members):
    body = b""
    for name, value in members.items():
        end = name.encode() + b"\0"
        match value:
            case bool():
                body += b"\x08" + end + bytes([value])
            case int():
                body += b"\x10" + end + struct.pack("<i", value)
            case float():
                body += b"\x01" + end + struct.pack("<d", value)
            case str():
                body += b"\x02" + end + struct.pack("<i", len(value) + 1) + value.encode() + b"\0"
            case bytes():
                body += b"\x05" + end + struct.pack("<i", len(value)) + b"\0" + value
            case dict():
                body += b"\x03" + end + bson(value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def message(opcode, body, number=0, answers=0):
    return struct.pack("<iiii", 16 + len(body), number, answers, opcode) + body


def asks(number, members):
    return message(2013, bytes(4) + b"\0" + bson(members), number)


def answers(number, members):
    return message(2013, bytes(4) + b"\0" + bson(members), 1000 + number, number)


HELLO = {
    "hello": 1,
    "client": {"application": {"name": "nightly"}, "driver": {"name": "PyMongo"}},
    "$db": "admin",
}
START = {"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": b"n,,n=zhao,r=abc", "$db": "admin"}
FIND = {"find": "people", "filter": {}, "$db": "archive"}
FOUND = {"cursor": {"id": 0}, "ok": 1.0}
GOING = {"conversationId": 1, "done": False, "payload": b"r=abc", "ok": 1.0}
DONE = {"conversationId": 1, "done": True, "payload": b"v=x", "ok": 1.0}
WRONG = {"ok": 0.0, "code": 18, "codeName": "AuthenticationFailed"}


def conversation(session, *pairs, port=30000):
    both = session(port).opened()
    for number, (asked, answered) in enumerate(pairs, 1):
        both.asks(asks(number, asked)).answers(answers(number, answered))
    return both


def test_the_greeting_tells_program_and_driver(session, talk):
    heard = talk(conversation(session, (HELLO, {"maxWireVersion": 21, "ok": 1.0})))
    extra = heard.only("other").extra
    assert (extra["mongodb.client.application"], extra["mongodb.client.driver"]) == ("nightly", "PyMongo")
    assert (extra["mongodb.server.wire_version"], extra["mongodb.without_logon"]) == (21, 0)
    assert heard.of("logon") == []
    assert heard.only("flow").text("network.protocol") == "mongodb"


@pytest.mark.parametrize(("last", "outcome"), [(DONE, "success"), (WRONG, "failure")])
@pytest.mark.parametrize("early", [False, True], ids=["saslStart", "speculative"])
def test_logons_tell_mechanism_user_and_outcome(early, last, outcome, session, talk):
    first = (START, GOING)
    if early:
        first = ({**HELLO, "speculativeAuthenticate": START}, {"speculativeAuthenticate": GOING, "ok": 1.0})
    heard = talk(
        conversation(session, first, ({"saslContinue": 1, "payload": b"c=biws"}, last), (FIND, FOUND))
    )
    logon = heard.only("logon")
    assert (logon.text("user.name"), logon.text("event.outcome")) == ("zhao", outcome)
    assert logon.text("taishi.logon.method") == "scram-sha-256"
    assert logon.fields["taishi.logon.cleartext"] is False
    assert heard.only("other").extra["mongodb.without_logon"] == 0


def test_a_plain_password_is_told_and_not_kept(session, talk):
    start = {**START, "mechanism": "PLAIN", "payload": f"\0zhao\0{SECRET}".encode()}
    heard = talk(conversation(session, (start, DONE)))
    logon = heard.only("logon")
    assert (logon.text("user.name"), logon.fields["taishi.logon.cleartext"]) == ("zhao", True)
    assert SECRET not in repr([event.fields for event in heard.events])
    assert SECRET.encode().hex() not in repr([event.fields for event in heard.events])


def test_data_without_a_logon_show_an_open_server(session, talk):
    heard = talk(conversation(session, (HELLO, {"ok": 1.0}), (FIND, FOUND)))
    extra = heard.only("other").extra
    assert (extra["mongodb.without_logon"], extra["mongodb.commands"]) == (
        1,
        ["hello admin", "find archive.people"],
    )
    logon = heard.only("logon")
    assert (logon.text("taishi.logon.method"), logon.text("event.outcome")) == ("none", "success")


def test_a_server_that_refuses_is_not_open(session, talk):
    heard = talk(conversation(session, (FIND, {"ok": 0.0, "errmsg": "requires authentication", "code": 13})))
    extra = heard.only("other").extra
    assert (extra["mongodb.without_logon"], extra["mongodb.refused"]) == (0, 1)
    assert heard.of("logon") == []


def test_a_logon_before_the_capture_is_not_taken_for_none(session, talk):
    both = session(27017).asks(asks(1, FIND)).answers(answers(1, FOUND))
    heard = talk(both)
    assert heard.only("other").extra["mongodb.without_logon"] == 0


def test_old_and_packed_messages_are_read(session, talk):
    command = message(2004, bytes(4) + b"archive.$cmd\0" + bytes(8) + bson({"listCollections": 1}), 1)
    packed = zlib.compress(bytes(4) + b"\0" + bson({"drop": "people", "$db": "archive"}))
    squeezed = message(2012, struct.pack("<iiB", 2013, 99, 2) + packed, 2)
    reply = message(1, struct.pack("<iqii", 0, 0, 0, 1) + bson({"ok": 1.0}), 9, 1)
    both = session(27017).opened().asks(command + squeezed).answers(reply + answers(2, {"ok": 1.0}))
    extra = talk(both).only("other").extra
    assert extra["mongodb.commands"] == ["listCollections archive", "drop archive.people"]
    assert extra["mongodb.without_logon"] == 2


@given(st.binary(max_size=200))
def test_any_bytes_are_some_document(data):
    assert isinstance(document(data), dict)
    assert isinstance(document(struct.pack("<i", 200) + data), dict)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([1, 2002, 2004, 2010, 2012, 2013]),
    st.binary(max_size=120),
    st.sampled_from([START, FIND, HELLO]),
    st.integers(0, 120),
)
def test_anything_after_a_header_is_survived(session, talk, opcode, noise, members, cut):
    asked = asks(1, members)
    both = session(27017).opened().asks(asked[:cut] + noise + asked).answers(message(opcode, noise, 3, 1))
    heard = talk(both.asks(message(opcode, noise)).closed())
    assert len(heard.of("flow")) == 1
    assert heard.rejects == []
