"""Messages come out of a stream whole, however its bytes are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sensors.syslog_port.framing import MAX_MESSAGE, Frames

TEXT = st.binary(min_size=1, max_size=40).filter(
    lambda one: not set(one) & set(b"\r\n\0") and not one.isspace() and not one[:1].isdigit()
)
MESSAGES = st.lists(TEXT.map(lambda text: b"<13>" + text), max_size=8)


def fed(stream: bytes, cuts: list[int]) -> list[bytes]:
    frames, found = Frames(), []
    places = [0, *sorted(one % (len(stream) + 1) for one in cuts), len(stream)]
    for begin, end in pairwise(places):
        found += frames.feed(stream[begin:end])
    return found + frames.end()


@given(MESSAGES, st.lists(st.integers(0, 10_000), max_size=12), st.sampled_from((b"\n", b"\r\n", b"\0")))
def test_lines_are_whole_wherever_they_are_cut(messages, cuts, ending):
    assert fed(b"".join(one + ending for one in messages), cuts) == messages


@given(MESSAGES, st.lists(st.integers(0, 10_000), max_size=12))
def test_counted_messages_are_whole_wherever_they_are_cut(messages, cuts):
    assert fed(b"".join(b"%d %s" % (len(one), one) for one in messages), cuts) == messages


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=12))
def test_whatever_comes_the_cuts_change_nothing(stream, cuts):
    assert fed(stream, cuts) == fed(stream, [])


def test_a_counted_message_may_have_several_lines():
    assert fed(b"11 <13>one\ntwo8 <13>next", []) == [b"<13>one\ntwo", b"<13>next"]


def test_the_last_message_needs_no_end():
    assert fed(b"<13>one\n<13>unended", []) == [b"<13>one", b"<13>unended"]


def test_what_is_too_long_is_cut_and_the_next_is_whole():
    long = b"<13>" + b"x" * (2 * MAX_MESSAGE)
    for stream in (long + b"\n<13>next\n", b"%d %s10 <13>next!!" % (len(long), long)):
        frames, found = Frames(), []
        for at in range(0, len(stream), 60_000):
            found += frames.feed(stream[at : at + 60_000])
        assert [one[:9] for one in found] == [long[:9], b"<13>next!!"[:9] if b"!!" in stream else b"<13>next"]
        assert len(found[0]) == MAX_MESSAGE
        assert frames.cut == 1


def test_no_more_is_kept_than_a_message():
    frames = Frames()
    for _ in range(100):
        frames.feed(b"x" * 65_536)
    assert len(frames._rest) <= MAX_MESSAGE
