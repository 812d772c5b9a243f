"""Packets on a real interface: a pair of virtual cards in a namespace that the test makes."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest

from sensors.choose import live_kinds
from sensors.interface import BEHIND, KERNEL, UNKEPT, InterfaceSensor
from sensors.pcap.capture import opened
from taishi.core.clock import FixedClock, SystemClock
from taishi.core.event import Batch, Event, first_batch_error
from taishi.core.ports import LivePlace
from taishi.core.problems import Problem
from taishi.core.records import SensorEntry
from taishi.core.source import Source
from tests.sensors.exports import crafted as made

pytestmark = pytest.mark.netns


class Kept:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, batch: Batch) -> bool:
        assert first_batch_error(batch) is None
        self.events.extend(batch.events())
        return True


def entry(interface: str) -> SensorEntry:
    return SensorEntry("i1", "mirror", "interface", interface, datetime(2026, 3, 2, tzinfo=UTC), 300)


@pytest.fixture
def pair() -> Iterator[tuple[str, str]]:
    """Two ends of a wire, both up, without addresses."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2")
    name = f"ts{os.getpid() % 100000}"
    ends = f"{name}a", f"{name}b"
    made_pair = subprocess.run(
        ["ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1]], capture_output=True
    )
    if made_pair.returncode:
        pytest.skip(f"no virtual cards here: {made_pair.stderr.decode().strip()}")
    try:
        for end in ends:
            Path(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6").write_text("1")
            subprocess.run(["ip", "link", "set", end, "up"], check=True)
        yield ends
    finally:
        subprocess.run(["ip", "link", "del", ends[0]], check=False)


def wait(met: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def send(interface: str, frames: list[bytes]) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as card:
        card.bind((interface, 0))
        for frame in frames:
            card.send(frame)


def test_packets_on_the_wire_become_flows(pair: tuple[str, str], tmp_path: Path) -> None:
    sensor, sink = live_kinds()["interface"].open(entry(pair[1]), LivePlace(tmp_path, SystemClock())), Kept()
    sensor.start(sink)
    ask = made.ethernet(
        made.udp(bytes.fromhex("123401000001000000000000") + b"\x02tz\x00\x00\x01\x00\x01", 5000, 53), 17
    )
    frames = [made.ethernet(made.tcp(40000 + n % 100, 22, 2), 6) for n in range(2000)]
    send(pair[0], [ask, *frames])
    wait(lambda: sensor.counters().received == 2001)
    sensor.stop()
    counters = sensor.counters()
    assert (counters.dropped, counters.damaged) == (0, 0)
    assert counters.bytes == sum(map(len, [ask, *frames]))
    assert counters.last_seen is not None
    flows = [
        event for event in sink.events if event.kind == "flow" and event.number("destination.port") == 22
    ]
    assert len(flows) == 100
    assert sum(event.number("source.packets") for event in flows) == 2000
    assert {event.text("taishi.flow.state") for event in flows} == {"S0"}
    assert [event.text("dns.question.name") for event in sink.events if event.kind == "dns"] == ["tz"]
    assert kept(tmp_path) == [ask, *frames]


def kept(folder: Path) -> list[bytes]:
    """Packets of the ring."""
    found = []
    for path in sorted((folder / "ring").glob("*.pcap")):
        with opened(Source.of(path), lambda *_: None) as capture:
            assert capture is not None
            for chunk in capture.chunks(lambda *_: None):
                found += [chunk.frame(n)[0] for n in range(len(chunk.meta))]
    return found


def test_a_sensor_of_low_means_keeps_nothing(pair: tuple[str, str], tmp_path: Path) -> None:
    off = msgspec.structs.replace(entry(pair[1]), ring_bytes=0)
    sensor = live_kinds()["interface"].open(off, LivePlace(tmp_path, SystemClock()))
    sensor.start(Kept())
    send(pair[0], [made.ethernet(made.tcp(1, 2, 2), 6)])
    wait(lambda: sensor.counters().received == 1)
    sensor.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_follow_costs_no_flow(
    pair: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.pcap.ring.ROOM", 0)
    sensor, sink = InterfaceSensor(entry(pair[1]), SystemClock(), tmp_path), Kept()
    sensor.start(sink)
    send(pair[0], [made.ethernet(made.tcp(1, 2, 2), 6)] * 50)
    wait(lambda: sensor.counters().received == 50)
    sensor.stop()
    counters = sensor.counters()
    assert (counters.dropped, dict(counters.reasons)) == (0, {UNKEPT: 50})
    assert sum(event.number("source.packets") for event in sink.events) == 50


def test_a_flow_ends_on_a_wire_that_has_gone_quiet(pair: tuple[str, str]) -> None:
    clock = FixedClock(datetime.now(UTC))
    sensor, sink = InterfaceSensor(entry(pair[1]), clock), Kept()
    sensor.start(sink)
    send(pair[0], [made.ethernet(made.udp(b"hello", 5000, 9999), 17)])
    wait(lambda: sensor.counters().received == 1)
    time.sleep(0.5)
    assert sink.events == []
    clock.advance(timedelta(seconds=120))
    wait(lambda: [event.number("destination.port") for event in sink.events] == [9999])
    sensor.stop()
    assert len(sink.events) == 1


def test_what_has_no_room_is_counted(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.interface.ROOM", 0)
    sensor = InterfaceSensor(entry(pair[1]), SystemClock())
    sensor.start(Kept())
    send(pair[0], [made.ethernet(made.tcp(1, 2, 2), 6)] * 50)
    wait(lambda: sensor.counters().dropped == 50)
    sensor.stop()
    assert dict(sensor.counters().reasons) == {BEHIND: 50}


@pytest.mark.parametrize("name", ["none9", "../lo", ""])
def test_an_interface_that_is_not_there(name: str) -> None:
    with pytest.raises(Problem, match=r"there is none; there are: .*lo"):
        InterfaceSensor(entry(name), SystemClock())


#: What a county's mirror port brings at its busiest, and for how long it is played: longer by `scripts/soak`.
RATE = 150_000
SECONDS = 60 if "TAISHI_SOAK" in os.environ else 5


def flood(interface: str, rate: int, seconds: int) -> None:
    """In a process of its own: TCP packets of 10,000 flows, a hundredth of a second's worth at a time."""
    frames = [
        made.ethernet(made.tcp(1024 + n, 443, 16), 6, source=f"10.{n % 200}.{n % 7}.{n % 250 + 1}")
        for n in range(10_000)
    ]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as card:
        card.bind((interface, 0))
        begun, step = time.monotonic(), rate // 100
        for number in range(seconds * 100):
            for at in range(number * step, (number + 1) * step):
                card.send(frames[at % len(frames)])
            time.sleep(max(0.0, begun + (number + 1) / 100 - time.monotonic()))


def test_a_busy_wire_loses_nothing(pair: tuple[str, str], tmp_path: Path) -> None:
    sensor, sink = InterfaceSensor(entry(pair[1]), SystemClock(), tmp_path), Kept()
    sensor.start(sink)
    send(pair[0], [made.ethernet(made.tcp(1, 2, 2), 6)])  # what is compiled is loaded by the first packet
    wait(lambda: sensor.counters().received == 1)
    begun = time.monotonic()
    sender = get_context("spawn").Process(target=flood, args=(pair[0], RATE, SECONDS))
    sender.start()
    sender.join()
    took = time.monotonic() - begun
    wait(lambda: sensor.counters().received + sensor.counters().dropped == RATE * SECONDS + 1)
    sensor.stop()
    assert sensor.counters().dropped == 0
    assert sum(event.number("source.packets") for event in sink.events) == RATE * SECONDS + 1
    # Evidence may suffer where the disk or this machine cannot follow, but each packet is kept or counted.
    # 16 bytes stand before each packet, 24 before each file.
    unkept = dict(sensor.counters().reasons).get(UNKEPT, 0)
    size = sum(path.stat().st_size - 24 for path in (tmp_path / "ring").iterdir())
    assert size == (RATE * SECONDS + 1 - unkept) * (54 + 16)
    if took > SECONDS * 1.5 + 5:
        pytest.skip(f"nothing was lost, but this machine sends only {RATE * SECONDS / took:.0f} packets/s")


def test_what_the_kernel_drops_is_told(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.interface._KERNEL", 1 << 20)
    sensor = InterfaceSensor(entry(pair[1]), SystemClock())
    blocked, take = threading.Event(), sensor._take
    monkeypatch.setattr(sensor, "_take", lambda: blocked.wait(60) and take())
    sensor.start(Kept())
    send(pair[0], [made.ethernet(made.tcp(1, 2, 2), 6)] * 60_000)
    blocked.set()
    wait(lambda: sensor.counters().received + sensor.counters().dropped == 60_000)
    sensor.stop()
    assert sensor.counters().dropped > 0
    assert list(sensor.counters().reasons) == [KERNEL]
