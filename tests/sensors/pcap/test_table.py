"""Flows: who is the source, how it went, when it ends."""

import pytest

from sensors.pcap.compiled.table import Table
from sensors.pcap.limits import Limits
from sensors.pcap.listening import Listener
from sensors.pcap.meter import meter
from sensors.pcap.packet import Decoder

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def said(session, *packets):
    """A connection from `(back, flags)` or `(back, flags, payload)`."""
    talk = session(443)
    for back, flags, *payload in packets:
        talk.send(back, payload[0] if payload else b"", flags)
    return talk


OPEN = ((0, SYN), (1, SYN | ACK), (0, ACK))
DATA = ((0, PSH | ACK, b"ask"), (1, PSH | ACK, b"answer"))


@pytest.mark.parametrize(
    ("state", "packets"),
    [
        ("S0", [(0, SYN), (0, SYN)]),
        ("REJ", [(0, SYN), (1, RST | ACK)]),
        ("RSTOS0", [(0, SYN), (0, RST)]),
        ("SH", [(0, SYN), (0, FIN | ACK)]),
        ("S1", [*OPEN, *DATA]),
        ("SF", [*OPEN, *DATA, (0, FIN | ACK), (1, FIN | ACK), (0, ACK)]),
        ("SF", [*OPEN, *DATA, (0, FIN | ACK), (1, FIN | ACK), (0, RST)]),
        ("S2", [*OPEN, (0, FIN | ACK)]),
        ("S3", [*OPEN, (1, FIN | ACK)]),
        ("RSTO", [*OPEN, *DATA, (0, RST)]),
        ("RSTR", [*OPEN, (0, FIN | ACK), (1, RST)]),
        ("SHR", [(1, SYN | ACK), (1, FIN | ACK)]),
        ("RSTRH", [(1, SYN | ACK), (1, RST)]),
        ("OTH", [*DATA]),
    ],
)
def test_states_are_zeeks(state, packets, session, talk):
    flow = talk(said(session, *packets)).only("flow")
    assert flow.text("taishi.flow.state") == state
    assert (flow.text("source.ip"), flow.number("destination.port")) == ("192.0.2.10", 443)


def test_history_bytes_and_payload_tell_the_two_sides_apart(session, talk):
    flow = talk(said(session, *OPEN, *DATA, (0, FIN | ACK), (1, FIN | ACK))).only("flow")
    assert flow.text("taishi.flow.history") == "ShADdFf"
    assert (flow.number("source.packets"), flow.number("destination.packets")) == (4, 3)
    assert (flow.number("source.bytes"), flow.number("destination.bytes")) == (163, 126)
    assert flow.number("taishi.flow.source_payload") == 3
    assert flow.extra["payload.first"] == [3, -6]
    assert flow.extra["tcp.source_flags"] == {"fin": 1, "syn": 1, "psh": 1, "ack": 3}
    assert flow.extra["payload.source_head"] == b"ask".hex()
    assert flow.number("event.duration") == 60_000_000


def test_a_syn_ack_first_turns_the_flow(session, talk):
    flow = talk(said(session, (1, SYN | ACK), (0, ACK))).only("flow")
    assert flow.text("source.ip") == "192.0.2.10"
    assert flow.text("taishi.flow.history") == "^hA"


def test_an_answer_from_a_service_port_does_not_make_the_server_a_source(frames, hear):
    flow = hear(frames.capture([(0, frames.datagram(b"?", dport=161, back=True))])).only("flow")
    assert (flow.text("source.ip"), flow.number("destination.port")) == ("192.0.2.10", 161)
    assert flow.text("taishi.flow.state") == "SHR"


def test_silence_ends_a_flow_and_the_next_packet_begins_another(frames, hear):
    packets = [(at, frames.datagram(b"ping", dport=9999)) for at in (0, 30, 80, 200)]
    counts = [flow.number("source.packets") for flow in hear(frames.capture(packets)).of("flow")]
    assert counts == [3, 1]


def test_a_port_used_again_after_the_end_is_a_new_flow(session, talk):
    twice = said(session, *OPEN, (0, FIN | ACK), (1, FIN | ACK), (0, ACK), *OPEN)
    assert [flow.text("taishi.flow.state") for flow in talk(twice).of("flow")] == ["SF", "S1"]


def test_scans_cannot_fill_the_table(frames, tmp_path):
    path = tmp_path / "scan.pcap"
    scan = [(port / 100, frames.datagram(b"x", dport=port)) for port in range(1, 2000)]
    path.write_bytes(frames.capture(scan))
    metered = meter([path], lambda *_: None, Limits(flows=100))
    assert sum(len(batch) for batch in metered.flows) == 1999


def test_a_long_flow_is_cut_where_the_limit_asks_for_it(frames, tmp_path):
    path = tmp_path / "long.pcap"
    path.write_bytes(frames.capture([(at * 30, frames.datagram(b"x", dport=9999)) for at in range(20)]))
    assert rows(path, Limits()) == 1
    assert rows(path, Limits(active=240)) == 3


def rows(path, limits):
    return sum(len(batch) for batch in meter([path], lambda *_: None, limits).flows)


def test_a_new_table_has_nothing_to_give():
    table = Table(Limits(), listening=False)
    table.close()
    assert len(table.ended()) == 0


DAY = 86_400


def packets(frames, *stamped):
    """Decoded packets from `(seconds, frame)`."""
    decoder = Decoder(1)
    for index, (seconds, frame) in enumerate(stamped):
        packet = decoder.decode(frame, 0, len(frame), seconds * 1_000_000, index)
        assert packet is not None
        yield packet


def ended(table):
    count = len(table.ended())
    table.release()
    return count


def test_a_scan_within_one_second_cannot_fill_the_table(frames):
    table = Table(Limits(flows=100), listening=False)
    scan = [(1_700_000_000, frames.datagram(b"x", dport=port)) for port in range(1, 1000)]
    for packet in packets(frames, *scan):
        table.take(packet)
    assert ended(table) == 899


class Hoarder:
    """A dissector that wants everything."""

    name = "hoard"
    wants = 1 << 30

    def __init__(self):
        self.heard = []

    def recognises(self, *_):
        return True

    def events(self, talk):
        self.heard.append(len(talk.client.data))
        return iter(())


@pytest.mark.parametrize("size", [1, 1000])
def test_payload_held_within_one_second_is_bounded(frames, size):
    hoarder = Hoarder()
    table = Table(Limits(), listening=True)
    listener = Listener(table, (hoarder,), 100_000, lambda *_: None)
    flood = [(1_700_000_000, frames.datagram(b"x" * size, dport=port % 50 + 1000)) for port in range(3000)]
    for packet in packets(frames, *flood):
        table.take(packet)
        listener.hear(table.heard(), memoryview(packet.data))
        assert listener._held <= 100_000
    assert sum(hoarder.heard) > 1000 * size


@pytest.mark.parametrize("wrong", [4_294_967_295, 0])
def test_one_packet_with_a_wrong_date_neither_flushes_nor_freezes_the_table(frames, wrong):
    start = 1_700_000_000
    table = Table(Limits(), listening=False)
    before = [(start, frames.datagram(b"x", dport=9000)), (start + 2, frames.datagram(b"x", dport=9001))]
    odd = (wrong, frames.datagram(b"x", dport=9002))
    for packet in packets(frames, *before, odd):
        table.take(packet)
    assert ended(table) == 0
    after = [(start + 300 + at, frames.datagram(b"x", dport=9003)) for at in range(0, 9, 3)]
    for packet in packets(frames, *after):
        table.take(packet)
    assert ended(table) == 3


def test_a_gap_of_days_is_believed_from_the_second_packet(frames):
    start = 1_700_000_000
    table = Table(Limits(), listening=False)
    stamps = [start, start, start + 3 * DAY, start + 3 * DAY + 1]
    for packet in packets(frames, *((at, frames.datagram(b"x", dport=at % 7 + 9000)) for at in stamps)):
        table.take(packet)
    assert ended(table) == 1
