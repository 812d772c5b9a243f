"""Live sensors in the service: what is registered runs, what came in is durable, silence is told."""

import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.durable import Durable
from taishi.app.live import LiveSensors
from taishi.app.sensor_lives import SensorLives
from taishi.app.sensors import SensorStatus, Wanted
from taishi.core.clock import FixedClock
from taishi.core.ledger import Fates
from taishi.core.ports import Find, LiveSensor, Query, Sink
from taishi.core.problems import Problem
from taishi.core.records import Asset, Heartbeat, SensorEntry, SensorLife, Unit
from tests.app.running import healthy, service
from tests.sensors.exports import crafted as made

HERE = "127.0.0.1"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def send(port: int, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, (HERE, port))


def wait(met: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=clock)
    yield found
    found.close()


@pytest.fixture
def live(tmp_path: Path, desk: Desk) -> Iterator[LiveSensors]:
    found = LiveSensors(tmp_path / "data", desk)
    yield found
    found.stop()


def only(desk: Desk) -> SensorStatus:
    (status,) = desk.sensors.status()
    return status


def port_wanted(port: int, *exporters: str) -> Wanted:
    return Wanted("core", "port", f"{HERE}:{port}", exporters or (f"{HERE} 核心路由器",))


def test_what_a_port_receives_is_stored_and_its_heartbeat_tells_so(desk: Desk, live: LiveSensors) -> None:
    port = udp_port()
    desk.sensors.add(port_wanted(port), "system")
    assert only(desk).state == "waiting"
    live.tend()
    send(port, made.v5(made.v5_flow(), made.v5_flow(dport=80)))
    wait(lambda: desk.events.count(Query(kinds=("flow",))) == 2)
    wait(lambda: live.tend() or only(desk).beat.events == 2)
    beat = only(desk).beat
    assert (only(desk).state, beat.received, beat.last_seen) == ("live", 1, NOW)
    assert beat.senders == {f"{HERE} 核心路由器": 1}
    assert beat.bytes == len(made.v5(made.v5_flow(), made.v5_flow()))


def test_an_unknown_exporter_is_refused_counted_and_keeps_nothing_alive(
    desk: Desk, live: LiveSensors
) -> None:
    port = udp_port()
    desk.sensors.add(port_wanted(port, "203.0.113.1"), "system")
    live.tend()
    send(port, made.v5(made.v5_flow()))
    wait(lambda: live.tend() or only(desk).beat.refused == 1)
    assert only(desk).state == "waiting"
    assert desk.events.count(Query()) == 0


def test_a_sensor_that_went_silent_is_shown_as_such(desk: Desk, live: LiveSensors, clock: FixedClock) -> None:
    port = udp_port()
    desk.sensors.add(port_wanted(port), "system")
    live.tend()
    send(port, made.v5(made.v5_flow()))
    wait(lambda: live.tend() or only(desk).state == "live")
    clock.advance(timedelta(seconds=301))
    live.tend()
    assert only(desk).state == "silent"
    send(port, made.v5(made.v5_flow(), sequence=1))
    wait(lambda: live.tend() or only(desk).state == "live")


def test_signs_of_life_tell_which_units_were_seen(desk: Desk, live: LiveSensors, clock: FixedClock) -> None:
    port, school = udp_port(), "县教育局"
    desk.state.put(Unit("u1", school), Asset("a1", "u1", "address", made.CLIENT, "教育门户"))
    desk.sensors.add(port_wanted(port), "system")
    live.tend()
    lives = SensorLives(desk.state, desk.clock)
    for sequence in range(6):
        send(port, made.v5(made.v5_flow(), sequence=sequence))
        wait(lambda done=sequence: live.tend() or only(desk).beat.events == done + 1)
        clock.advance(timedelta(minutes=1))
    live.tend()
    watch = lives.watch(school, NOW, clock.now(), ("flow",))
    assert (watch.blind, watch.sensors) == ((), ("core",))
    assert lives.watch(school, NOW, clock.now(), ("logon",)).blind == ((NOW, clock.now()),)
    clock.advance(timedelta(minutes=20))  # silence, though the service runs
    live.tend()
    assert lives.watch(school, NOW, clock.now(), ("flow",)).blind == ((NOW + 6 * MINUTE, clock.now()),)


def test_a_sensor_that_loses_most_of_what_comes_proves_nothing(
    desk: Desk, live: LiveSensors, clock: FixedClock
) -> None:
    port = udp_port()
    desk.sensors.add(port_wanted(port), "system")
    live.tend()
    for sequence in (0, 1, *range(9_000, 72_000, 9_000)):  # they are numbered: most of them never arrived
        send(port, made.v5(made.v5_flow(), sequence=sequence))
        wait(lambda: live.tend() or only(desk).beat.last_seen == clock.now())
        clock.advance(MINUTE)
    [life] = desk.state.find(SensorLife)
    assert life.until - NOW <= 2 * MINUTE  # of nine


def test_one_that_never_saw_anything_is_silent_in_the_end(
    desk: Desk, live: LiveSensors, clock: FixedClock
) -> None:
    desk.sensors.add(port_wanted(udp_port()), "system")
    live.tend()
    clock.advance(timedelta(minutes=6))
    live.tend()
    assert only(desk).state == "silent"


def test_without_a_service_it_does_not_run(desk: Desk, live: LiveSensors, clock: FixedClock) -> None:
    desk.sensors.add(port_wanted(udp_port()), "system")
    live.tend()
    clock.advance(timedelta(minutes=1))
    assert only(desk).state == "stopped"


def test_figures_go_on_after_a_restart(desk: Desk, tmp_path: Path) -> None:
    port = udp_port()
    desk.sensors.add(port_wanted(port), "system")
    for sequence in (0, 1):
        live = LiveSensors(tmp_path / "data", desk)
        live.tend()
        send(port, made.v5(made.v5_flow(), sequence=sequence))
        wait(lambda: live.tend() or only(desk).beat.received == sequence + 1)  # noqa: B023
        live.stop()
    assert (only(desk).beat.events, desk.events.count(Query())) == (2, 2)


def test_a_removed_sensor_stops_listening(desk: Desk, live: LiveSensors, tmp_path: Path) -> None:
    port = udp_port()
    entry, _ = desk.sensors.add(port_wanted(port), "system")
    live.tend()
    send(port, made.v9(made.template()))
    wait((tmp_path / "data" / "sensors" / entry.id / "templates.json").exists)
    desk.sensors.remove("core", "system", "gone")
    live.tend()
    assert not (tmp_path / "data" / "sensors" / entry.id).exists()
    assert desk.state.find(Heartbeat) == []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, port))


def test_a_port_in_use_is_a_failing_sensor_that_comes_up_later(desk: Desk, live: LiveSensors) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HERE, 0))
        port = taken.getsockname()[1]
        desk.sensors.add(port_wanted(port), "system")
        live.tend()
        assert only(desk).state == "failing"
        assert "choose another port" in str(only(desk).beat.problem)
        assert live.ailing() == [f"core: {only(desk).beat.problem}"]
    live.tend()
    assert (only(desk).state, live.ailing()) == ("waiting", [])


def test_any_kind_of_live_sensor_is_run(desk: Desk, tmp_path: Path) -> None:
    """What a capture on an interface has to offer."""

    class Still:
        started = stopped = 0

        def start(self, _: Sink) -> None:
            Still.started += 1

        def stop(self) -> None:
            Still.stopped += 1

        def counters(self) -> Any:
            from taishi.core.ports import Counters

            return Counters(received=5, dropped=2, last_seen=NOW)

    class Interfaces:
        kind = "interface"

        def open(self, *_: object) -> LiveSensor:
            return Still()

    kinds: Mapping[Any, Any] = {"interface": Interfaces()}
    live = LiveSensors(tmp_path / "data", desk, kinds)
    desk.state.put(SensorEntry("i", "mirror", "interface", "eth9", NOW, 60))
    live.tend()
    assert (only(desk).state, only(desk).beat.received, only(desk).beat.dropped) == ("live", 5, 2)
    live.stop()
    assert (Still.started, Still.stopped) == (1, 1)


def test_a_store_that_fails_for_a_while_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from taishi.core.event import BatchBuilder

    builder = BatchBuilder("flow", "exports", "x")
    builder.add(0, {"@timestamp": NOW, "source.ip": "192.0.2.1"})
    batch = builder.take()
    assert batch is not None
    whole, failing = desk.events.write, [True]

    def write(_self: Any, batches: Any, delivery: Any) -> Any:
        if failing[0]:
            raise Problem("the disk is full")
        return whole(batches, delivery)

    monkeypatch.setattr(type(desk.events), "write", write)
    durable = Durable(desk, room=1)
    assert durable.put("a", batch)
    wait(lambda: durable.problem is not None)
    assert not durable.put("a", batch)
    assert durable.stored("a") == 0
    failing[0] = False
    wait(lambda: durable.stored("a") == 1)
    assert durable.problem is None
    assert durable.put("a", batch)
    durable.close()
    assert desk.events.count(Query()) == 1
    assert durable.stored("a") == 1
    assert desk.events.ledger()["a"] == Fates(stored=1, duplicate=1)


def test_the_register_refuses_what_cannot_be(desk: Desk, tmp_path: Path) -> None:
    add = desk.sensors.add
    add(port_wanted(2055), "system")
    with pytest.raises(Problem, match="there is a sensor core"):
        add(port_wanted(2056), "system")
    with pytest.raises(Problem, match=r"core has 127\.0\.0\.1:2055 already"):
        add(Wanted("other", "port", f"{HERE}:2055", (HERE,)), "system")
    with pytest.raises(Problem, match="is no folder"):
        add(Wanted("f", "folder", str(tmp_path / "none")), "system")
    with pytest.raises(Problem, match="sender 'x'"):
        add(Wanted("p", "port", f"{HERE}:1", ("x",)), "system")
    with pytest.raises(Problem, match="1 to 64 characters"):
        add(Wanted(" ", "bulk"), "system")
    with pytest.raises(Problem, match="sensor none: there is none; there are: core"):
        desk.sensors.remove("none", "system")
    assert [line.action for line in desk.state.decisions()] == ["sensor.add"]


def test_a_token_is_known_again_and_kept_nowhere(desk: Desk, tmp_path: Path) -> None:
    entry, token = desk.sensors.add(Wanted("siem", "bulk", unit="县教育局"), "system")
    assert token
    assert desk.sensors.of_token(token) == entry
    assert desk.sensors.of_token("other") is None
    with sqlite3.connect(tmp_path / "data" / "state.sqlite") as raw:
        rows = raw.execute("select doc from sensorentry").fetchall()
    raw.close()
    assert all(token not in row[0] for row in rows)


def test_the_service_reads_ports_and_folders_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    """`taishi up`, killed without a word; templates that came before it serve data that comes after."""
    data, logs, port = tmp_path / "data", tmp_path / "logs", udp_port()
    logs.mkdir()
    setup = open_desk(data)
    entry, _ = setup.sensors.add(port_wanted(port), "system")
    setup.sensors.add(Wanted("logs", "folder", str(logs)), "system")
    setup.state.put(Unit("u1", "县教育局"), Asset("a1", "u1", "address", made.CLIENT, "教育门户"))
    setup.close()
    with service(data) as (process, address):
        wait(lambda: healthy(address), 120)
        wait(lambda: status(data).beat.since > entry.created_at, 60)
        send(port, made.v9(made.template(), made.data(made.record())))
        wait((data / "sensors" / entry.id / "templates.json").exists)
        wait(lambda: events(data) == 1)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    killed = datetime.now(UTC)
    with service(data) as (_, address):
        wait(lambda: healthy(address), 120)
        wait(lambda: status(data).beat.at > killed, 60)
        send(port, made.v9(made.data(made.record(dport=80)), sequence=1))
        wait(lambda: events(data) == 2)
        wait(lambda: status(data).state == "live")
        (logs / "v5.dat").write_bytes(made.v5(made.v5_flow(), made.v5_flow(dport=22)))
        wait(lambda: status(data, "logs").beat.events == 2, 60)
    folder = status(data, "logs").beat
    assert (folder.received, folder.damaged, events(data)) == (1, 0, 4)
    assert folder.bytes == (logs / "v5.dat").stat().st_size
    assert seen(data, folder.id) == {"县教育局": ("flow",)}


def status(data: Path, name: str = "core") -> SensorStatus:
    desk = open_desk(data, read_only=True)
    try:
        (found,) = desk.sensors.status(name)
        return found
    finally:
        desk.close()


def seen(data: Path, sensor: str) -> Mapping[str, tuple[str, ...]]:
    desk = open_desk(data, read_only=True)
    try:
        (life,) = desk.state.find(SensorLife, Find(where={"sensor": sensor}))
        return life.seen
    finally:
        desk.close()


def events(data: Path) -> int:
    desk = open_desk(data, read_only=True)
    try:
        return desk.events.count(Query(kinds=("flow",)))
    finally:
        desk.close()


def test_what_a_port_for_syslog_receives_is_stored_with_its_sender(desk: Desk, live: LiveSensors) -> None:
    port = udp_port()
    wanted = Wanted("logs", "syslog", f"{HERE}:{port}", (f"{HERE} 堡垒机",), transport="udp+tcp")
    desk.sensors.add(wanted, "system")
    live.tend()
    said = ("logger", "--server", HERE, "--port", str(port), "--tag", "sshd", "--id=7")
    failed = "Failed password for root from 192.0.2.7 port 4242 ssh2"
    for how in (("--udp", "--rfc3164"), ("--tcp", "--rfc5424", "--octet-count")):
        subprocess.run([*said, *how, failed], check=True, timeout=10)
    wait(lambda: desk.events.count(Query(kinds=("logon",), address="192.0.2.7")) == 2)
    live.tend()
    status = only(desk)
    assert (status.state, status.beat.received, status.beat.events) == ("live", 2, 2)
    assert status.beat.senders == {f"{HERE} 堡垒机": 2}
    found = desk.events.search(Query()).events
    assert [one.fields["taishi.sender"] for one in found] == [HERE, HERE]
