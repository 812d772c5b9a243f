"""A real UDP port on loopback."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensors.choose import live_kinds
from sensors.datagrams import Inflow
from sensors.exports.memory import Memory
from sensors.exports.receiver import NO_ROOM, ExportsReceiver
from taishi.core.clock import SystemClock
from taishi.core.event import Batch, Event
from taishi.core.ports import LivePlace
from taishi.core.problems import Problem
from taishi.core.records import SensorEntry
from tests.sensors.exports import crafted as made

HERE = "127.0.0.1"


class Kept:
    """A sink that keeps what it gets; `full` makes it refuse."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.full = False
        self._lock = threading.Lock()

    def put(self, batch: Batch) -> bool:
        with self._lock:
            if not self.full:
                self.events.extend(batch.events())
            return not self.full


def entry(place: str = f"{HERE}:0", *exporters: str) -> SensorEntry:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return SensorEntry("s1", "core", "port", place, now, 300, exporters or (f"{HERE} core router",))


@contextmanager
def listening(
    folder: Path, *exporters: str, place: str = f"{HERE}:0"
) -> Iterator[tuple[ExportsReceiver, Kept]]:
    sensor, sink = ExportsReceiver(entry(place, *exporters), folder, SystemClock()), Kept()
    sensor.start(sink)
    try:
        yield sensor, sink
    finally:
        sensor.stop()


def send(port: int, *datagrams: bytes, host: str = HERE) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, (host, port))


def wait(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_records_of_every_protocol_on_one_port(tmp_path: Path) -> None:
    frame = made.ethernet(made.tcp(1, 2, 16), 6)
    sent = [
        made.v5(made.v5_flow()),
        made.v9(made.template(), made.data(made.record(), made.record())),
        made.ipfix(made.template(ipfix=True), made.data(made.record())),
        made.sflow(made.flow_sample(frame)),
    ]
    with listening(tmp_path) as (sensor, sink):
        send(sensor.port, *sent)
        wait(lambda: len(sink.events) == 5)
        wait(lambda: sensor.counters().received == 4)
        counters = sensor.counters()
    assert counters.bytes == sum(map(len, sent))
    assert counters.last_seen is not None
    assert dict(counters.senders) == {f"{HERE} core router": 4}
    assert {event.text("event.dataset") for event in sink.events} == {
        "netflow-v5", "netflow-v9", "ipfix", "sflow-v5",
    }  # fmt: skip
    assert {event.extra["exporter.name"] for event in sink.events} == {"core router"}


def test_a_datagram_that_comes_twice_makes_the_same_events(tmp_path: Path) -> None:
    with listening(tmp_path) as (sensor, sink):
        send(sensor.port, *[made.v5(made.v5_flow(), made.v5_flow(), sequence=5)] * 2)
        wait(lambda: len(sink.events) == 4)
    assert len({event.id for event in sink.events}) == 2


def test_others_are_refused_and_counted(tmp_path: Path) -> None:
    with listening(tmp_path, "203.0.113.0/24 routers") as (sensor, sink):
        send(sensor.port, *[made.v5(made.v5_flow())] * 3)
        wait(lambda: sensor.counters().refused == 3)
        assert dict(sensor.counters().senders) == {f"refused: {HERE}": 3}
        assert sensor.counters().received == 0
        assert sensor.counters().last_seen is None
    assert sink.events == []


def test_damage_and_loss_are_counted(tmp_path: Path) -> None:
    with listening(tmp_path) as (sensor, _):
        send(sensor.port, b"nonsense", made.sflow(sequence=1), made.sflow(sequence=5))
        wait(lambda: sensor.counters().received == 3)
        counters = sensor.counters()
    assert (counters.damaged, counters.lost) == (1, 3)
    assert dict(counters.reasons) == {"no NetFlow v5, v9, IPFIX or sFlow v5 header": 1}


def test_templates_are_kept_over_a_restart(tmp_path: Path) -> None:
    with listening(tmp_path) as (sensor, _):
        send(sensor.port, made.v9(made.template(), made.sampling_options(10)))
        wait(lambda: (tmp_path / "templates.json").exists())
    with listening(tmp_path) as (sensor, sink):
        send(sensor.port, made.v9(made.data(made.record())))
        wait(lambda: len(sink.events) == 1)
    assert sink.events[0].number("source.bytes") == 50_000


def test_a_damaged_file_of_templates_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "templates.json").write_bytes(b'{"templates": [[1')
    assert len(Memory.load(tmp_path / "templates.json")) == 0


def test_a_sink_without_room_costs_counted_events(tmp_path: Path) -> None:
    with listening(tmp_path) as (sensor, sink):
        sink.full = True
        send(sensor.port, made.v5(made.v5_flow(), made.v5_flow()))
        wait(lambda: sensor.counters().dropped == 2)
        assert dict(sensor.counters().reasons) == {NO_ROOM: 2}


def test_what_was_received_is_handed_over_at_the_stop(tmp_path: Path) -> None:
    with listening(tmp_path) as (sensor, sink):
        send(sensor.port, *(made.v5(made.v5_flow(), sequence=n) for n in range(300)))
        wait(lambda: sensor.counters().received > 0)
        time.sleep(0.5)
    assert len(sink.events) == 300 - sensor.counters().dropped
    assert sensor.counters().lost == 0


def test_an_ipv4_router_on_an_ipv6_socket(tmp_path: Path) -> None:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listening(tmp_path, place="[::]:0") as (sensor, sink):
        send(sensor.port, made.v5(made.v5_flow()))
        wait(lambda: len(sink.events) == 1)
    assert sink.events[0].extra["exporter.ip"] == HERE


@pytest.mark.parametrize("place", ["", "2055x", "host:2055", "127.0.0.1:99999", "127.0.0.1:"])
def test_a_place_that_is_none_is_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"give HOST:PORT"):
        live_kinds()["port"].open(entry(place), LivePlace(tmp_path, SystemClock()))


def test_a_wrong_exporter_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"sender 'router-1'"):
        ExportsReceiver(entry(f"{HERE}:0", "router-1"), tmp_path, SystemClock())


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with listening(tmp_path) as (sensor, sink):
        other = ExportsReceiver(entry(f"{HERE}:{sensor.port}"), tmp_path, SystemClock())
        with pytest.raises(
            Problem, match=rf"UDP {HERE}:{sensor.port}: Address already in use; choose another"
        ):
            other.start(sink)


def test_a_burst_waits_in_memory_up_to_its_bound() -> None:
    inflow = Inflow(HERE, 0, room=3000)
    send(inflow.port, *[bytes(1000)] * 50)
    wait(lambda: inflow.dropped + inflow.overflown == 47)
    taken = [inflow.take() for _ in range(3)]
    assert taken == [(bytes(1000), HERE)] * 3
    send(inflow.port, b"again")
    wait(lambda: inflow.take() == (b"again", HERE))
    inflow.close()


def test_of_a_flood_every_datagram_is_received_or_counted_as_dropped(tmp_path: Path) -> None:
    number = 5000
    with listening(tmp_path) as (sensor, _):
        send(sensor.port, *(made.sflow(made.counter_sample(), sequence=n) for n in range(1, number)))

        def all_told() -> bool:
            # The kernel tells of what it dropped with the next datagram only; a repeated one counts once.
            send(sensor.port, made.v5(made.v5_flow()))
            told = sensor.counters()
            sent_since = sum(n for name, n in told.senders.items())
            return told.received + told.dropped >= number and sent_since == told.received

        wait(all_told)
        told = sensor.counters()
    assert told.lost == told.dropped
    assert told.damaged == 0
