"""LDAP: clear-text binds and searches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.pcap.ber import Node, nodes
from sensors.pcap.ldap_filter import written


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    return bytes((tag,)) + (bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2)) + body


def message(number, operation):
    return tlv(0x30, tlv(0x02, bytes((number,))), operation)


def bind(user, password, number=1):
    return message(number, tlv(0x60, tlv(0x02, b"\3"), tlv(0x04, user), tlv(0x80, password)))


def result(tag, code, number=1):
    return message(number, tlv(tag, tlv(0x0A, bytes((code,))), tlv(0x04), tlv(0x04)))


def search(base, query, *attributes, number=2):
    numbers = tlv(0x0A, b"\2"), tlv(0x0A, b"\0"), tlv(0x02, b"\0"), tlv(0x02, b"\0"), tlv(0x01, b"\0")
    wanted = tlv(0x30, *(tlv(0x04, one) for one in attributes))
    return message(number, tlv(0x63, tlv(0x04, base), *numbers, query, wanted))


@pytest.mark.parametrize(("code", "outcome"), [(0, "success"), (49, "failure"), (8, "")])
def test_simple_bind_is_a_logon_in_clear_text(session, talk, code, outcome):
    said = session(389).opened().asks(bind(b"cn=clerk,dc=example", b"secret")).answers(result(0x61, code))
    logon = talk(said.closed()).only("logon")
    assert (logon.text("user.name"), logon.text("event.outcome")) == ("cn=clerk,dc=example", outcome)
    assert logon.fields["taishi.logon.cleartext"] is True
    assert "secret" not in str(logon)


def test_anonymous_bind_is_no_logon(session, talk):
    said = session(389).opened().asks(bind(b"", b"")).answers(result(0x61, 0))
    assert talk(said.closed()).of("logon") == []


def test_search_with_filter_attributes_and_number_of_entries(session, talk):
    query = tlv(
        0xA0, tlv(0xA3, tlv(0x04, b"objectClass"), tlv(0x04, b"user")), tlv(0x87, b"servicePrincipalName")
    )
    said = session(389).opened().asks(search(b"dc=example,dc=org", query, b"sAMAccountName"))
    said.answers(message(2, tlv(0x64, tlv(0x04, b"cn=a"), tlv(0x30))) * 3).answers(result(0x65, 0, 2))
    event = talk(said.closed()).only("ldap")
    assert event.text("taishi.ldap.base") == "dc=example,dc=org"
    assert event.text("taishi.ldap.scope") == "tree"
    assert event.text("taishi.ldap.filter") == "(&(objectClass=user)(servicePrincipalName=*))"
    assert event.fields["taishi.ldap.attributes"] == ["sAMAccountName"]
    assert (event.number("taishi.ldap.entries"), event.number("taishi.ldap.result")) == (3, 0)


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        (tlv(0xA2, tlv(0x87, b"mail")), "(!(mail=*))"),
        (
            tlv(0xA4, tlv(0x04, b"cn"), tlv(0x30, tlv(0x80, b"a"), tlv(0x81, b"b"), tlv(0x82, b"c"))),
            "(cn=a*b*c)",
        ),
        (tlv(0xA4, tlv(0x04, b"cn"), tlv(0x30, tlv(0x81, b"b"))), "(cn=*b*)"),
        (tlv(0xA5, tlv(0x04, b"n"), tlv(0x04, b"5")), "(n>=5)"),
        (tlv(0xA9, tlv(0x81, b"1.2"), tlv(0x82, b"flags"), tlv(0x83, b"4")), "(flags:1.2:=4)"),
        (tlv(0xA3, tlv(0x04, b"id"), tlv(0x04, b"\xff\x00")), "(id=\\ff\\00)"),
        (tlv(0x04, b"x"), "(?)"),
    ],
)
def test_filters_as_they_are_written(packed, text):
    assert written(next(nodes(packed))) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_harm(data):
    for node in nodes(data):
        assert isinstance(written(node), str)
    assert isinstance(written(Node(0xA0, data)), str)
