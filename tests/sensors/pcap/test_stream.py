"""Reassembly: whatever the order, overlaps and repetitions, the bytes come out once and in order."""

from hypothesis import given
from hypothesis import strategies as st

from sensors.pcap import stream as reassembly
from sensors.pcap.stream import TcpStream

TEXT = bytes(range(97, 123)) * 4


@given(
    start=st.integers(0, 0xFFFFFFFF),
    cuts=st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(1, 20)), max_size=30),
    seed=st.randoms(use_true_random=False),
)
def test_segments_in_any_order_give_the_text_once(start, cuts, seed):
    whole = [(at, TEXT[at : at + 8]) for at in range(0, len(TEXT), 8)]
    pieces = whole + [(at, TEXT[at : at + size]) for at, size in cuts if TEXT[at : at + size]]
    seed.shuffle(pieces)
    stream = TcpStream(start)
    for index, (at, piece) in enumerate(pieces):
        stream.segment((start + at) & 0xFFFFFFFF, piece, index, index)
    assert stream.side().data == TEXT


def test_what_came_first_wins_where_segments_overlap():
    stream = TcpStream(100)
    stream.segment(100, b"harmless", 1, 0)
    stream.segment(104, b"EVILtail", 2, 1)
    assert stream.side().data == b"harmlesstail"


def test_a_hole_that_is_never_filled_is_passed_over():
    stream = TcpStream(0)
    stream.segment(0, b"GET ", 1, 0)
    stream.segment(10, b"HTTP", 2, 1)
    assert stream.side().data == b"GET HTTP"


def test_every_byte_knows_when_it_came():
    stream = TcpStream(0)
    stream.segment(0, b"one", 10, 4)
    stream.segment(3, b"two", 20, 7)
    side = stream.side()
    assert [side.moment(at) for at in (0, 2, 3, 99)] == [(10, 4), (10, 4), (20, 7), (20, 7)]


@given(st.lists(st.tuples(st.integers(0, 0xFFFFFFFF), st.binary(max_size=3000)), max_size=60))
def test_forged_sequence_numbers_hold_no_memory(segments):
    stream = TcpStream(0)
    for index, (sequence, piece) in enumerate(segments):
        stream.segment(sequence, piece, index, index)
    assert stream.heard >= stream.size
    assert stream.heard - stream.size <= 65536


def test_early_segments_are_few_and_cost_nothing_while_they_wait(monkeypatch):
    pushed = popped = 0

    def push(heap, place):
        nonlocal pushed
        pushed += 1
        assert len(heap) <= 256
        heap_push(heap, place)

    def pop(heap):
        nonlocal popped
        popped += 1
        return heap_pop(heap)

    heap_push, heap_pop = reassembly.heappush, reassembly.heappop
    monkeypatch.setattr(reassembly, "heappush", push)
    monkeypatch.setattr(reassembly, "heappop", pop)
    stream = TcpStream(0)
    for index in range(250):
        stream.segment(1_000_000 + 2 * index, b"x", index, index)
    for index in range(10_000):
        stream.segment(index, b"y", index, index)
    assert (pushed, popped) == (250, 0)
    for index in range(60_000):
        stream.segment(2_000_000 + 2 * index, b"z", index, index)
    assert stream.heard - stream.size <= 256
    assert pushed - popped <= 256
    assert stream.cost >= 100 * 60_000
