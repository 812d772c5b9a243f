"""VNC: which security, and whether the logon went through."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NEW, OLD = b"RFB 003.008\n", b"RFB 003.003\n"


@pytest.mark.parametrize(
    ("version", "server", "client", "method", "outcome"),
    [
        (NEW, b"\2\1\2" + bytes(16) + b"\0\0\0\1", b"\2" + bytes(16), "password", "failure"),
        (NEW, b"\1\2" + bytes(16) + b"\0\0\0\0", b"\2" + bytes(16), "password", "success"),
        (NEW, b"\1\1\0\0\0\0", b"\1", "none", "success"),
        (OLD, b"\0\0\0\1", b"", "none", "success"),
        (OLD, b"\0\0\0\2" + bytes(16) + b"\0\0\0\1", bytes(16), "password", "failure"),
        (NEW, b"\1\x13", b"\x13", "password", ""),
    ],
)
def test_a_logon_has_its_method_and_outcome(version, server, client, method, outcome, session, talk):
    both = session(5900).opened().answers(version).asks(version + client).answers(server).closed()
    logon = talk(both).only("logon")
    assert (logon.text("taishi.logon.method"), logon.text("event.outcome")) == (method, outcome)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(server=st.binary(max_size=40), client=st.binary(max_size=40))
def test_whatever_follows_the_greeting_raises_nothing(server, client, session, talk):
    heard = talk(session(5900).opened().answers(NEW + server).asks(NEW + client).closed())
    assert heard.rejects == []
