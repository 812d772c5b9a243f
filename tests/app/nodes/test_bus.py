"""Workers on a real Kafka broker: they find what one finds alone, however often they die and events come."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import pytest
from confluent_kafka.admin import AdminClient

from taishi.app.desk import Desk
from taishi.app.nodes.bus_worker import BusWorker
from taishi.app.nodes.feeding import Feeding
from taishi.app.service import Service
from taishi.bus import TOPIC
from taishi.bus.address import Properties, client_properties
from taishi.bus.consumer import EventConsumer
from taishi.bus.topic import Behind, ready_topic
from taishi.core.node_records import FoundHit, Lease
from taishi.core.problems import Problem
from tests.app.nodes.conftest import flows, found_alone
from tests.app.nodes.test_service_with_workers import alerts, laid

sys.path[:0] = [str(Path(__file__).parent.parent.parent / "servers")]

import kafka_server  # noqa: E402

pytestmark = pytest.mark.kafka
#: So many events, and workers killed on the way.
EVENTS, KILLS = (500_000, 30) if os.environ.get("TAISHI_SOAK") else (40_000, 1)
PATIENCE_S = 300


@pytest.fixture(scope="module")
def broker() -> Iterator[Properties]:
    if not kafka_server.installed():
        pytest.skip("no Kafka broker: run scripts/get-kafka")
    with kafka_server.running() as address:
        yield client_properties(address)


@pytest.fixture
def topic(broker: Properties) -> Properties:
    """The broker without our topic."""
    admin = AdminClient(dict(broker))
    if TOPIC in admin.list_topics(timeout=10).topics:
        admin.delete_topics([TOPIC])[TOPIC].result(10)
        wait_for(lambda: TOPIC not in admin.list_topics(timeout=10).topics, "the topic is gone")
    return broker


def wait_for(met: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        time.sleep(0.1)


class Workers:
    """`taishi worker --kafka` processes."""

    def __init__(self, data: Path, broker: Properties) -> None:
        self._words = ["--kafka", broker["bootstrap.servers"], "--patience", "6", "--data", str(data)]
        self.running: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "taishi.cli.main", "worker", *self._words]
        self.running.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        )

    def kill(self, which: int) -> None:
        process = self.running.pop(which)
        process.kill()
        process.communicate()

    def stop(self) -> int:
        """Ends them kindly; gives how many events they have judged."""
        for process in self.running:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("at work")
            process.send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=60)[0].split()[-2] for process in self.running]
        self.running.clear()
        return sum(map(int, said))


def fed(desk: Desk, broker: Properties) -> int:
    feeding = Feeding(desk, broker, "service")
    try:
        return feeding.feed(Signal())
    finally:
        feeding.close()


def nothing_waits(broker: Properties) -> bool:
    behind = Behind(broker)
    try:
        return behind.messages(ready_topic(broker))[1] == 0
    finally:
        behind.close()


def found(desk: Desk) -> dict[str, object]:
    return {one.id: one.hit for one in desk.state.find(FoundHit)}


def test_killed_workers_and_events_that_come_twice(
    topic: Properties, open_data: Callable[[str], Desk]
) -> None:
    desk, seeded = open_data("data"), random.Random(6)
    half = EVENTS // 2
    desk.events.write(flows(10_000, first) for first in range(0, half, 10_000))
    workers = Workers(desk.data, topic)
    for _ in range(3):
        workers.start()
    assert fed(desk, topic) == half
    for _ in range(KILLS):
        wait_for(lambda: bool(found(desk)), "something is found")
        workers.kill(seeded.randrange(len(workers.running)))
        workers.start()
    desk.events.write(flows(10_000, first) for first in range(half, EVENTS, 10_000))
    assert fed(desk, topic) == EVENTS - half
    desk.state.set_setting("bus.fed", "0")  # as a service that was killed before it noted what it had sent
    assert fed(desk, topic) == EVENTS
    wait_for(lambda: nothing_waits(topic), "all is judged")
    assert workers.stop() >= EVENTS
    assert found(desk) == found_alone(desk)
    assert desk.state.find(Lease) == []


def test_events_of_a_host_come_in_order_to_one_worker(
    topic: Properties, open_data: Callable[[str], Desk]
) -> None:
    desk = open_data("data")
    desk.events.write(flows(2_000, first) for first in range(0, 10_000, 2_000))
    fed(desk, topic)
    consumers = [EventConsumer(topic, 6, group="order") for _ in range(2)]
    times: dict[tuple[str, int], list[datetime]] = defaultdict(list)
    taken: dict[int, int] = defaultdict(int)
    rows = 0
    deadline = time.monotonic() + PATIENCE_S
    while rows < 10_000 and time.monotonic() < deadline:
        for number, consumer in enumerate(consumers):
            for batch in consumer.take(0.2):
                rows += len(batch)
                taken[number] += len(batch)
                for host, at in zip(batch.column("source.ip"), batch.column("@timestamp"), strict=True):
                    assert isinstance(host, str)
                    assert isinstance(at, datetime)
                    times[host, number].append(at)
            consumer.done()
    for consumer in consumers:
        consumer.close()
    assert rows >= 10_000
    assert all(found == sorted(found) for found in times.values())


def test_a_broker_that_is_away_is_told_and_loses_nothing(open_data: Callable[[str], Desk]) -> None:
    desk = open_data("data")
    desk.events.write([flows(100)])
    away = client_properties("127.0.0.1:9")
    with pytest.raises(Problem, match=r"Kafka at 127\.0\.0\.1:9"):
        fed(desk, {**away, "socket.connection.setup.timeout.ms": "1000"})
    assert desk.state.setting("bus.fed") is None


def test_service_and_workers_find_what_the_service_finds_alone(
    topic: Properties, open_data: Callable[[str], Desk]
) -> None:
    alone, shared, stopping = open_data("alone"), open_data("shared"), Signal()
    for desk in (alone, shared):
        laid(desk, 600)
    single, service = Service(alone.data, alone), Service(shared.data, shared, True, topic)
    worker = BusWorker(shared, topic, 6)
    for _ in range(2):
        single.look()
        service.look()
    service.feed()
    thread = Thread(target=worker.run, args=(stopping,))
    thread.start()
    try:
        wait_for(lambda: nothing_waits(topic), "all is judged")
    finally:
        stopping.set()
        thread.join()
    service.look()
    service.feed()
    assert service.ailing() == []
    assert alerts(shared) == alerts(alone) != []
    assert found(shared) == {}
    assert worker.judged == 600
