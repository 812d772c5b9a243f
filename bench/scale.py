"""What one core does in each part of a cluster: the numbers that docs/scale.md reckons with.

Run: scripts/bench scale [-- --events N]   (the bus needs scripts/get-kafka; without it that part is left out)
Real records of the corpus (Zeek of a small domain, Windows events), repeated under new ids, our own rules and
SigmaHQ's. Rates are events a CPU-second of the part's own processes; `wall` is beside it where several work.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Signal

import pyarrow as pa

from sensors.choose import sensors
from taishi.app.desk import Desk, open_desk
from taishi.app.exchange.checking import check
from taishi.app.exchange.cursor import Cursor
from taishi.app.exchange.envelope import types_of
from taishi.app.exchange.sending import Sending
from taishi.app.exchange.taking import Taking, into_store
from taishi.app.intake import Input, read
from taishi.app.nodes.feeding import Feeding
from taishi.app.nodes.finder import Finder
from taishi.app.nodes.slices import cut_upto
from taishi.bus.address import Properties, client_properties
from taishi.bus.topic import Behind, ready_topic
from taishi.core.event import Batch
from taishi.core.node_records import FoundHit, Lease
from taishi.kit.packed_rows import packed

sys.path[:0] = [str(Path(__file__).parent.parent / "tests" / "servers")]

import kafka_server  # noqa: E402

RESULT = Path(__file__).parent / "results" / "scale.json"
PARTS = ("otrf-apt29-day1-zeek", "evtx")
WAIT_S = 600
Figures = dict[str, float]


@dataclass
class Spent:
    """CPU-seconds of this process, and wall seconds."""

    cpu: float = 0.0
    wall: float = 0.0


def spent(work: Callable[[], object]) -> Spent:
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.process_time() - cpu, time.perf_counter() - begun)


def records(corpus: Path, most: int) -> list[Batch]:
    """Real records, the parts one after the other, at most so many of each."""
    found: list[Batch] = []
    known = sensors()
    for part in PARTS:
        rows = 0
        for path in sorted(one for one in (corpus / part).rglob("*") if one.is_file()):
            if rows >= most:
                break
            for batch in read(path, Input(str(path)), known):
                found.append(batch)
                rows += len(batch)
    return found


def repeated(batches: list[Batch], events: int) -> Iterator[Batch]:
    """The same again and again under new ids, until there are so many."""
    made = turn = 0
    while made < events:
        for batch in batches:
            ids = pa.array([f"{one}-{turn}" for one in batch.column("event.id")])
            yield batch.with_columns({"event.id": ids})
            made += len(batch)
            if made >= events:
                return
        turn += 1


class Workers:
    """`taishi worker` processes that are at work when this is made."""

    def __init__(self, data: Path, count: int, *words: str) -> None:
        command = [sys.executable, "-m", "taishi.cli.main", "worker", "--data", str(data), *words]
        self._running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]  # noqa: S603
        for process in self._running:
            assert process.stdout is not None  # noqa: S101
            process.stdout.readline()
        self._before = self._used()

    def _used(self) -> float:
        """CPU-seconds so far, of /proc."""
        fields = [
            Path(f"/proc/{one.pid}/stat").read_text().rpartition(") ")[2].split() for one in self._running
        ]
        return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> float:
        """CPU-seconds that they have used at work."""
        used = self._used() - self._before
        for process in self._running:
            process.terminate()
            process.communicate()
        return used


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not met():
        if time.monotonic() > deadline:
            raise SystemExit("scale: not done in time")
        time.sleep(0.05)


def sliced(desk: Desk, events: int, count: int) -> Figures:
    _, end = desk.events.stream(None, 1 << 40)
    desk.state.set_setting("slices.cut", end)
    workers = Workers(desk.data, count)
    begun = time.perf_counter()
    desk.state.set_setting("slices.cut", "0")
    until(lambda: cut_upto(desk.state) == end and not desk.state.find(Lease))
    wall = time.perf_counter() - begun
    return {"a_cpu_second": round(events / workers.stop()), "wall": round(events / wall)}


def over_bus(desk: Desk, events: int, count: int, broker: Properties) -> Figures:
    partitions, feeding, behind = ready_topic(broker), Feeding(desk, broker, "bench"), Behind(broker)
    workers = Workers(desk.data, count, "--kafka", broker["bootstrap.servers"])
    time.sleep(6)  # they have joined the group
    desk.state.set_setting("bus.fed", "0")
    begun = time.perf_counter()
    fed = spent(lambda: feeding.feed(Signal()))
    until(lambda: behind.messages(partitions)[1] == 0)
    wall = time.perf_counter() - begun
    for one in (feeding, behind):
        one.close()
    used = workers.stop()
    return {
        "a_cpu_second": round(events / used),
        "fed_a_cpu_second": round(events / fed.cpu),
        "fed_wall": round(events / fed.wall),
        "wall": round(events / wall),
    }


def exchanged(desk: Desk, folder: Path, events: int) -> Figures:
    sending = Sending(desk, types_of(["events"]))
    folder.mkdir()
    out = spent(lambda: list(sending.write_parts(Cursor(), folder)))
    paths = sorted(folder.iterdir())
    other = open_desk(folder.parent / "other")
    taking = Taking(other, into_store(other))
    into = spent(lambda: [taking.take(check(path)) for path in paths])
    other.close()
    return {
        "out_a_cpu_second": round(events / out.cpu),
        "in_a_cpu_second": round(events / into.cpu),
        "bytes_an_event": round(sum(path.stat().st_size for path in paths) / events),
    }


def alone(desk: Desk, events: int) -> Figures:
    """Reading the stream as slices do, and the rules on it, in one process."""
    finder = Finder(desk)
    _once(desk, finder)  # compiles, and fills what is kept
    reading, finding, hits = _once(desk, finder)
    size = sum(len(packed(batch.rows)) for batch in desk.events.stream(None, 50_000)[0])
    return {
        "read_a_cpu_second": round(events / reading),
        "rules_a_cpu_second": round(events / finding),
        "hits": hits,
        "packed_bytes_an_event": round(size / 50_000),
    }


def _once(desk: Desk, finder: Finder) -> tuple[float, float, int]:
    """CPU-seconds of reading and of rules, and hits."""
    cursor, reading, finding, hits = None, 0.0, 0.0, 0
    while True:
        begun = time.process_time()
        batches, cursor = desk.events.stream(cursor, 10_000)
        reading += time.process_time() - begun
        if not batches:
            return reading, finding, hits
        begun = time.process_time()
        hits += sum(1 for _ in finder.find(batches))
        finding += time.process_time() - begun


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=300_000)
    events = parser.parse_args().events
    corpus = Path(os.environ["TAISHI_CORPUS"])
    figures: dict[str, Mapping[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(Path(folder) / "data")
        shutil.copytree(corpus / "sigma" / "rules", desk.data / "rules" / "sigma")
        events = desk.events.write(repeated(records(corpus, 60_000), events)).stored
        figures["alone"] = alone(desk, events)
        for count in (1, 2):
            figures[f"slices, {count} workers"] = sliced(desk, events, count)
        if kafka_server.installed():
            for count in (1, 2):
                with kafka_server.running() as address:
                    broker = client_properties(address)
                    figures[f"bus, {count} workers"] = over_bus(desk, events, count, broker)
        figures["exchange"] = exchanged(desk, Path(folder) / "up", events)
        waiting = desk.state.count(FoundHit)
        desk.close()
    told = {"events": events, "hits": waiting, "memory_mib": _memory(), "figures": figures}
    RESULT.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(json.dumps(told, indent=1))
    return 0


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10


if __name__ == "__main__":
    sys.exit(main())
