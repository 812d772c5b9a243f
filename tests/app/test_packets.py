"""From a capture laid into the inbox to the packets of its flows: as many as were metered."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensors.pcap.carving import carve
from taishi.app.desk import open_desk
from taishi.app.intake import Input, read
from taishi.app.packet_flows import sought
from taishi.core.clock import FixedClock
from taishi.core.event import Event
from tests.sensors.exports import crafted as made

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def stored(tmp_path: Path, path: Path) -> tuple[list[Event], dict[str, int]]:
    """Every event of a capture, out of a store; and by flow event how many packets carving finds."""
    report = Input(str(path))
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    try:
        batches = list(read(path, report))
        desk.events.write(batches)
        events = [event for batch in batches for event in batch.events()]
        found = {}
        for event in events:
            told = sought([event], desk.events)
            assert told.files == (path,)
            found[event.id] = len(carve([told.files], told.flows, 1 << 30).packets)
        return events, found
    finally:
        desk.close()


def test_a_flow_event_leads_to_its_packets(tmp_path: Path) -> None:
    frames = [made.ethernet(made.tcp(40_000 + n % 3, 443, 16), 6) for n in range(10)]
    path = tmp_path / "a.pcap"
    path.write_bytes(made.capture(*frames))
    events, found = stored(tmp_path, path)
    assert sorted(found.values()) == [3, 3, 4]
    assert [found[event.id] for event in events] == [event.number("network.packets") for event in events]


def test_an_event_within_a_flow_leads_to_the_whole_flow(tmp_path: Path) -> None:
    ask = bytes.fromhex("123401000001000000000000") + b"\x02tz\x00\x00\x01\x00\x01"
    frames = [made.ethernet(made.udp(ask, 5000, 53), 17), made.ethernet(made.udp(ask, 5001, 53), 17)]
    path = tmp_path / "a.pcap"
    path.write_bytes(made.capture(frames[0], frames[1], frames[0], frames[0]))
    events, found = stored(tmp_path, path)
    asked = {event.number("source.port"): found[event.id] for event in events if event.kind == "dns"}
    assert asked == {5000: 3, 5001: 1}


def test_real_captures_flow_by_flow(corpus: Path, tmp_path: Path) -> None:
    captures = sorted((corpus / "network").rglob("*.pcap"), key=lambda path: path.stat().st_size)
    small = [path for path in captures if 2_000 < path.stat().st_size < 200_000][::15][:8]
    assert small
    compared = 0
    for number, path in enumerate(small):
        events, found = stored(tmp_path / str(number), path)
        for event in events:
            if event.kind == "flow" and event.text("event.module") == "pcap":
                assert found[event.id] == event.number("network.packets"), (path, event.fields)
                compared += 1
    if not compared:
        pytest.fail("no flow was compared")
