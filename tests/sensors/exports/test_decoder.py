"""What a router sends becomes flow events with the right figures; what is wrong is counted with a reason."""

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.exports.decoder import ExportDecoder, Made
from sensors.exports.memory import Memory
from taishi.core.event import Builders, first_batch_error
from tests.sensors.exports import crafted as made

ROUTER, OTHER = "203.0.113.1", "203.0.113.2"
NOW = datetime(2026, 3, 2, 0, 1, tzinfo=UTC)


def decoded(decoder: ExportDecoder, *datagrams: bytes, exporter: str = ROUTER) -> list[Made]:
    return [one for datagram in datagrams for one in decoder.decode(datagram, exporter, NOW, "core")]


def fresh() -> ExportDecoder:
    return ExportDecoder(Memory())


def test_a_v5_record_is_a_flow() -> None:
    ((kind, row, extra),) = decoded(fresh(), made.v5(made.v5_flow(), sequence=9))
    assert kind == "flow"
    assert (row["source.ip"], row["destination.ip"]) == (made.CLIENT, made.SERVER)
    assert (row["source.port"], row["destination.port"]) == (40000, 443)
    assert row["network.transport"] == "tcp"
    assert (row["source.packets"], row["source.bytes"]) == (10, 5000)
    assert row["event.start"] == datetime.fromtimestamp(made.AT - 10, UTC)
    assert row["event.end"] == datetime.fromtimestamp(made.AT - 5, UTC)
    assert row["event.duration"] == 5_000_000_000
    assert row["taishi.flow.state"] == "SF"
    assert (extra["exporter.ip"], extra["exporter.name"], extra["exporter.sequence"]) == (ROUTER, "core", 9)
    assert extra["octets"] == 5000


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_sampling_of_v5_scales_and_is_kept(mode: int) -> None:
    ((_, row, extra),) = decoded(fresh(), made.v5(made.v5_flow(), sampling=mode << 14 | 1000))
    assert (row["source.packets"], row["source.bytes"]) == (10_000, 5_000_000)
    assert (extra["sampling.rate"], extra["octets"], extra["packets"]) == (1000, 5000, 10)


@pytest.mark.parametrize(
    ("flags", "state"), [(2, "S0"), (6, "RSTOS0"), (0x12, "S1"), (0x1B, "SF"), (0x10, "OTH")]
)
def test_flags_tell_how_a_connection_went(flags: int, state: str) -> None:
    ((_, row, _),) = decoded(fresh(), made.v5(made.v5_flow(flags=flags)))
    assert row["taishi.flow.state"] == state


def test_a_sampled_syn_says_nothing_of_an_answer() -> None:
    ((_, row, _),) = decoded(fresh(), made.v5(made.v5_flow(flags=2), sampling=100))
    assert row["taishi.flow.state"] == "OTH"


@pytest.mark.parametrize("ipfix", [False, True])
def test_templates_come_before_or_beside_their_data(ipfix: bool) -> None:
    message = made.ipfix if ipfix else made.v9
    decoder = fresh()
    assert decoded(decoder, message(made.data(made.record()))) == []
    assert dict(decoder.tally.reasons) == {"template 256 of domain 7 has not been sent yet": 1}
    assert decoded(decoder, message(made.template(ipfix=ipfix))) == []
    found = decoded(decoder, message(made.data(made.record(), made.record(dport=80))))
    assert [row["destination.port"] for _, row, _ in found] == [443, 80]


def test_templates_are_kept_apart_by_exporter_and_domain() -> None:
    decoder = fresh()
    decoded(decoder, made.v9(made.template()))
    data = made.data(made.record())
    assert decoded(decoder, made.v9(data, domain=8)) == []
    assert decoded(decoder, made.v9(data), exporter=OTHER) == []
    assert len(decoded(decoder, made.v9(data))) == 1


def test_a_record_that_does_not_fit_an_older_template_makes_no_flow() -> None:
    decoder = fresh()
    decoded(decoder, made.v9(made.template(fields=(*made.FIELDS, (5, 1), (56, 6)))))
    assert decoded(decoder, made.v9(made.data(made.record(), made.record(dport=80)))) == []
    assert dict(decoder.tally.reasons) == {"NetFlow v9 records do not fit template 256": 1}


def test_variable_length_in_netflow_v9_as_h3c_sends_it() -> None:
    fields = (*made.FIELDS, (236, 65535))
    decoder = fresh()
    named, unnamed = made.record() + b"\x07vpn-one", made.record(dport=80) + b"\x00"
    found = decoded(decoder, made.v9(made.template(fields=fields), made.data(named, unnamed)))
    assert [(row["destination.port"], extra["vrf_name"]) for _, row, extra in found] == [
        (443, "vpn-one"),
        (80, ""),
    ]
    assert decoder.tally.damaged == 0


def test_options_set_the_sampling_of_their_domain() -> None:
    decoder = fresh()
    (option,) = decoded(decoder, made.v9(made.template(), made.sampling_options(100)))
    assert (option[0], option[1]["event.action"], option[2]["sampling_interval"]) == (
        "other",
        "exporter_options",
        100,
    )
    ((_, row, extra),) = decoded(decoder, made.v9(made.data(made.record())))
    assert (row["source.bytes"], extra["sampling.rate"]) == (500_000, 100)
    decoded(decoder, made.v9(made.template(), domain=8))
    ((_, row, _),) = decoded(decoder, made.v9(made.data(made.record()), domain=8))
    assert row["source.bytes"] == 5000


def test_a_record_names_its_sampler() -> None:
    fields = (*made.FIELDS, (48, 1))
    decoder = fresh()
    decoded(decoder, made.v9(made.template(fields=fields), made.sampling_options(50, sampler=3)))
    sets = made.data(made.record() + b"\x03", made.record() + b"\x00")
    found = decoded(decoder, made.v9(sets))
    assert [extra["sampling.rate"] for _, _, extra in found] == [50, 1]


def test_both_directions_of_one_record() -> None:
    reverse = struct.pack("!HHI", 0x8001, 4, 29305)
    specs = b"".join(struct.pack("!HH", *field) for field in made.FIELDS) + reverse
    template = made.one_set(2, struct.pack("!HH", 256, len(made.FIELDS) + 1) + specs)
    body = made.record() + struct.pack("!I", 777)
    ((_, row, _),) = decoded(fresh(), made.ipfix(template, made.data(body)))
    assert (row["source.bytes"], row["destination.bytes"], row["network.bytes"]) == (5000, 777, 5777)


def test_an_uptime_that_turned_over() -> None:
    flow = struct.pack("!II", 2**32 - 1000, 2**32 - 500)
    record = made.v5_flow()
    record = record[:24] + flow + record[32:]
    ((_, row, _),) = decoded(fresh(), made.v5(record, uptime=2000))
    assert row["event.start"] == datetime.fromtimestamp(made.AT - 3, UTC)
    assert row["event.duration"] == 500_000_000


def test_a_clock_that_cannot_be_believed_gives_the_time_of_export() -> None:
    ((_, row, _),) = decoded(fresh(), made.v5(made.v5_flow(), uptime=1_000_000_000))
    assert row["event.start"] == datetime.fromtimestamp(made.AT, UTC)


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "no NetFlow v5, v9, IPFIX or sFlow v5 header"),
        (b"\x00\x05\x00", "NetFlow v5 header cut"),
        (b"\x00\x09" + bytes(8), "NetFlow v9 header cut"),
        (b"\x00\x0a\x00\x40", "IPFIX header cut"),
        (
            made.v5(made.v5_flow(), count=2),
            "NetFlow v5 header tells another number of records than there are",
        ),
        (made.v5(), "NetFlow v5 datagram without records"),
        (made.v9(made.template())[:-2], "NetFlow v9 set cut"),
        (made.v9(b"\x01\x00\x00\x02\xff\xff"), "NetFlow v9 set length is wrong"),
        (made.ipfix(made.template(ipfix=True))[:-4], "IPFIX message cut"),
        (made.sflow(made.flow_sample(made.ethernet(b"", 6)))[:-9], "sFlow sample cut"),
        (b"\0\0\0\5\0\0\0\1", "sFlow header cut"),
    ],
)
def test_damage_is_counted_with_its_reason(datagram: bytes, reason: str) -> None:
    decoder = fresh()
    decoded(decoder, datagram)
    assert reason in decoder.tally.reasons
    assert decoder.tally.damaged >= 1


def test_records_before_the_damage_are_kept() -> None:
    decoder = fresh()
    assert len(decoded(decoder, made.v5(made.v5_flow(), made.v5_flow(dport=80), count=30))) == 2


def test_sflow_headers_become_flows_of_one_packet() -> None:
    frame = made.ethernet(made.tcp(40000, 443, 0x10), 6)
    ((kind, row, extra),) = decoded(fresh(), made.sflow(made.counter_sample(), made.flow_sample(frame)))
    assert kind == "flow"
    assert (row["source.ip"], row["destination.ip"], row["destination.port"]) == (
        made.CLIENT,
        made.SERVER,
        443,
    )
    assert (row["source.packets"], row["source.bytes"]) == (512, 40 * 512)
    assert (row["event.dataset"], extra["sampling.rate"]) == ("sflow-v5", 512)
    assert row["@timestamp"] == NOW


def test_lost_datagrams_are_counted_by_their_numbers() -> None:
    decoder = fresh()
    flows = [made.v5_flow(), made.v5_flow(dport=80)]
    decoded(decoder, *(made.v5(*flows, sequence=number) for number in (100, 102, 110, 112)))
    assert dict(decoder.tally.lost) == {"records": 6}
    decoder = fresh()
    decoded(decoder, *(made.sflow(sequence=number) for number in (1, 2, 5)))
    assert dict(decoder.tally.lost) == {"datagrams": 2}


def test_what_comes_late_was_not_lost() -> None:
    decoder = fresh()
    decoded(decoder, *(made.sflow(sequence=number) for number in (1, 3, 2, 4)))
    assert sum(decoder.tally.lost.values()) == 0


def test_a_restarted_exporter_has_lost_nothing() -> None:
    decoder = fresh()
    decoded(decoder, *(made.v5(made.v5_flow(), sequence=n) for n in (5_000_000, 5_000_001, 0, 1)))
    assert sum(decoder.tally.lost.values()) == 0


@pytest.mark.parametrize("step", [1, 2])
def test_netflow_v9_counts_datagrams_or_records(step: int) -> None:
    decoder = fresh()
    decoded(decoder, made.v9(made.template()))
    data = made.data(made.record(), made.record(dport=80))
    numbers = [10, 10 + step, 10 + 2 * step, 10 + 5 * step]
    decoded(decoder, *(made.v9(data, sequence=number) for number in numbers))
    assert dict(decoder.tally.lost) == {"datagrams" if step == 1 else "records": 2 * step}


GOOD = [
    made.v5(made.v5_flow(), made.v5_flow()),
    made.v9(made.template(), made.sampling_options(10), made.data(made.record(), made.record())),
    made.ipfix(made.template(ipfix=True), made.data(made.record(), made.record())),
    made.sflow(made.flow_sample(made.ethernet(made.tcp(1, 2, 2), 6)), made.counter_sample()),
]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_datagram_raises_and_every_event_can_travel(data: st.DataObject) -> None:
    decoder, builders = fresh(), Builders("exports", "x")
    for _ in range(data.draw(st.integers(1, 4))):
        good = bytearray(data.draw(st.sampled_from(GOOD)))
        for _ in range(data.draw(st.integers(0, 6))):
            good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
        cut = data.draw(st.integers(0, len(good)))
        for kind, row, extra in decoded(decoder, bytes(good[:cut] if data.draw(st.booleans()) else good)):
            builders.add(kind, 0, row, extra)
    assert all(first_batch_error(batch) is None for batch in builders.rest())
