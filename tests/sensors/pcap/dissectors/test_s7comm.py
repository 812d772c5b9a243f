"""S7comm messages as Wireshark's dissector documents them: what a session made a controller do."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: Programmer (1), rack 0, slot 2.
CALL = b"\x03\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"
CONFIRM = b"\x03\0\0\x16\x11\xd0\0\1\0\2\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"


def data(body):
    return b"\x03\0" + struct.pack("!H", 7 + len(body)) + b"\x02\xf0\x80" + body


def job(reference, parameters, more=b""):
    return data(struct.pack("!BBHHHH", 0x32, 1, 0, reference, len(parameters), len(more)) + parameters + more)


def done(reference, parameters, error=0, more=b""):
    head = struct.pack("!BBHHHHH", 0x32, 3, 0, reference, len(parameters), len(more), error)
    return data(head + parameters + more)


SETUP = b"\xf0\0\0\1\0\1\1\xe0"
STOP = b"\x29\0\0\0\0\0\x09P_PROGRAM"
START = b"\x28\0\0\0\0\0\0\xfd\0\0\x09P_PROGRAM"
DELETE = b"\x28\0\0\0\0\0\0\xfd\0\x0a\1\x000800001B\x05_DELE"
DOWNLOAD = b"\x1a\0\1\0\0\0\0\0\x09_0A00020P\x0d1000200000082"
WRITE = b"\x05\1\x12\x0a\x10\2\0\1\0\1\x84\0\0\0"
READ = b"\x04\1\x12\x0a\x10\2\0\1\0\1\x84\0\0\0"


def plant(session, *pairs, port=102):
    both = session(port).opened().asks(CALL).answers(CONFIRM).asks(job(1, SETUP)).answers(done(1, SETUP))
    for number, (asked, error, more) in enumerate(pairs, 2):
        both.asks(job(number, asked, b"\0\4\0\x10\0\1")).answers(done(number, asked[:2], error, more))
    return both


def test_reading_is_only_reading(session, talk):
    heard = talk(plant(session, (READ, 0, b"\xff\4\0\x10\0\1")))
    extra = heard.only("other").extra
    assert extra["s7comm.functions"] == ["read var", "setup communication"]
    assert (extra["s7comm.station"], extra["s7comm.rack"], extra["s7comm.slot"]) == ("programmer", 0, 2)
    assert extra["s7comm.stops"] == extra["s7comm.writes"] == extra["s7comm.downloads"] == 0
    assert heard.only("flow").text("network.protocol") == "s7comm"


@pytest.mark.parametrize(("error", "stops", "refused"), [(0, 1, 0), (0x8104, 0, 1)])
def test_a_stop_counts_where_it_was_not_refused(error, stops, refused, session, talk):
    extra = talk(plant(session, (STOP, error, b""))).only("other").extra
    assert (extra["s7comm.stops"], extra["s7comm.refused"]) == (stops, refused)


@pytest.mark.parametrize(("item", "writes"), [(b"\xff", 1), (b"\x05", 0)])
def test_a_write_counts_where_an_item_was_written(item, writes, session, talk):
    assert talk(plant(session, (WRITE, 0, item))).only("other").extra["s7comm.writes"] == writes


def test_downloads_and_program_control_are_told(session, talk):
    pairs = [(DOWNLOAD, 0, b""), (DELETE, 0, b""), (START, 0, b"")]
    extra = talk(plant(session, *pairs)).only("other").extra
    assert (extra["s7comm.downloads"], extra["s7comm.blocks"]) == (1, ["DB20"])
    assert extra["s7comm.services"] == ["_DELE", "P_PROGRAM"]


def test_questions_of_user_data_are_told_by_group(session, talk):
    asked = b"\0\1\x12\4\x11\x44\1\0"
    body = struct.pack("!BBHHHH", 0x32, 7, 0, 9, len(asked), 8) + asked + b"\xff\x09\0\4\0\x11\0\0"
    extra = talk(plant(session).asks(data(body))).only("other").extra
    assert extra["s7comm.groups"] == ["cpu functions"]


def test_other_protocols_of_the_port_are_left_alone(session, talk):
    # MMS (IEC 61850-8-1): the session layer's connect after a selector of another length.
    call = b"\x03\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc2\4\0\1\0\2\xc1\0"
    heard = talk(session(102).opened().asks(call).answers(CONFIRM).asks(data(b"\x0d\xb2\5\6")))
    assert heard.of("other") == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([CALL, job(1, STOP), job(2, DOWNLOAD), done(1, WRITE), data(b"\x72\1\0\4")]),
    st.integers(0, 40),
    st.binary(max_size=60),
    st.binary(max_size=60),
)
def test_anything_after_a_beginning_is_survived(session, talk, first, cut, asked, answered):
    both = session(102).opened().asks(first + asked).answers(first[:cut] + answered)
    heard = talk(both.asks(data(b"\x32\1" + asked)).answers(data(b"\x32\3" + answered)).closed())
    assert len(heard.of("flow")) == 1
    assert heard.rejects == []
