"""Captures and files of export datagrams."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sensors.choose import sense, sensors
from sensors.exports.looks import is_export
from taishi.core.source import Source
from tests.sensors.exports import crafted as made
from tests.sensors.exports.test_decoder import GOOD

ROUTER, COLLECTOR = "203.0.113.1", "203.0.113.9"


def exported(datagram: bytes, router: str = ROUTER) -> bytes:
    return made.ethernet(made.udp(datagram, 50000, 2055), 17, router, COLLECTOR)


def test_a_capture_gives_the_records_and_everything_else(read: Callable) -> None:
    syn = made.ethernet(made.tcp(41000, 22, 2), 6)
    frames = [
        exported(made.v9(made.template())),
        syn,
        exported(made.v9(made.data(made.record(), made.record(dport=80)), sequence=1)),
    ]
    reading = read(made.capture(*frames), "x.pcap")
    assert (reading.sensor, reading.rejected) == ("exports", [])
    flows = [event for event in reading.events if event.kind == "flow"]
    assert sorted(event.number("destination.port") for event in flows) == [22, 80, 443]
    assert {event.text("taishi.sensor") for event in flows} == {"exports", "pcap"}
    assert all(
        event.extra["exporter.ip"] == ROUTER for event in flows if event.text("taishi.sensor") == "exports"
    )


def test_identical_records_are_all_kept(read: Callable) -> None:
    reading = read(made.v5(made.v5_flow(), made.v5_flow(), made.v5_flow()), "x.dat")
    assert len({event.id for event in reading.events}) == 3


def test_a_damaged_datagram_of_a_known_exporter_is_rejected(read: Callable) -> None:
    good, bad = made.v5(made.v5_flow()), b"\x00\x63" + bytes(60)
    reading = read(made.capture(exported(good), exported(bad)), "x.pcap")
    assert len(reading.events) == 1
    assert reading.reasons == ["no NetFlow v5, v9, IPFIX or sFlow v5 header"]
    assert reading.rejected[0][0] == 1


def test_other_captures_stay_with_the_flow_meter(read: Callable) -> None:
    query = made.ethernet(
        made.udp(bytes.fromhex("000901000001000000000000") + b"\x01a\x00\x00\x01\x00\x01", 5353, 53), 17
    )
    assert read(made.capture(query), "x.pcap").sensor == "pcap"


@pytest.mark.parametrize("good", GOOD)
def test_recognised_whole_and_not_when_cut_within_a_part(good: bytes) -> None:
    assert is_export(good)
    cut = [size for size in range(len(good)) if good[size:].strip(b"\0") and is_export(good[:size])]
    assert len(cut) <= 4  # NetFlow v9 tells no length: between its sets it ends as well as at its end


def test_templates_of_one_file_serve_the_next_in_a_run_only(tmp_path: Path) -> None:
    template, data = tmp_path / "1.dat", tmp_path / "2.dat"
    template.write_bytes(made.v9(made.template()))
    data.write_bytes(made.v9(made.data(made.record())))

    def count(known: list) -> int:
        found = 0
        for path in (template, data):
            source = Source.of(path)
            found = sum(map(len, sense(source, known).read(source, lambda *_: None)))
        return found

    assert count(sensors()) == 1
    source = Source.of(data)
    assert sum(map(len, sense(source).read(source, lambda *_: None))) == 0
