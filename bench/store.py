"""The event store beside a DuckDB file, SQLite and Elasticsearch: ingest, bytes, questions of a console.

Run: scripts/bench store [-- --peers-at N --sizes N … --ours]   (writes bench/results/store.json)
One machine, one run, the same events (bench/store_events.py: flow, dns, process, logon over two years).
Milliseconds of the clock, of the first time and the median of the next five; CPU-seconds for ingest, a
server's own process included.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store_events import RARE, UNITS, address, batches
from store_peers import Asked8, DuckFile, ElasticServer, Peer, Sqlite

from taishi.core.ecs import Kind
from taishi.core.ledger import Delivery
from taishi.core.ports import Condition, Query
from taishi.store.embedded.manifest import Manifest
from taishi.store.embedded.store import EmbeddedStore

sys.path[:0] = [str(Path(__file__).parent.parent / "tests" / "servers")]

import elasticsearch_server  # noqa: E402

RESULT = Path(__file__).parent / "results" / "store.json"
NOVEMBER = [datetime(year, month, 1, tzinfo=UTC) for year in (2025, 2026) for month in (11, 12)]
KINDS: tuple[Kind, ...] = ("flow", "dns", "process", "logon")


class Ours:
    """The embedded store as the product has it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "events"
        self._store = EmbeddedStore(self._folder)

    def ingest(self, given: object) -> float:
        spent = 0.0
        for batch in given:  # type: ignore[attr-defined]
            begun = time.process_time()
            self._store.write([batch], Delivery("bench"))
            self._store.maintain(datetime.now(UTC))
            spent += time.process_time() - begun
        begun = time.process_time()
        self._store.flush()
        self._store.maintain(datetime.now(UTC))
        self._store.close()  # questions are asked as after a start
        self._store = EmbeddedStore(self._folder)
        return spent + time.process_time() - begun

    def size(self) -> int:
        """Without what merging replaced, which goes after ten minutes."""
        gone = {Path(name).stem for name in Manifest(self._folder / "manifest.db", read_only=True).replaced()}
        files = (path for path in self._folder.rglob("*") if path.is_file() and path.stem not in gone)
        return sum(path.stat().st_size for path in files)

    def questions(self, asked: Asked8) -> dict[str, Callable[[], object]]:
        store = self._store

        def counted() -> list[int]:
            return [
                store.count(Query(since=a, until=b, kinds=(kind,)))
                for a, b in (asked.spans[:2], asked.spans[2:])
                for kind in KINDS
            ]

        unit = Query(unit=asked.unit, kinds=("dns",), limit=50)
        rare = (Condition("process.command_line", asked.rare, "contains"),)
        return {
            "address, newest 50": lambda: store.search(Query(address=asked.address, limit=50)),
            "rare substring of a command line": lambda: store.search(Query(where=rare, limit=50)),
            "top 20 destinations": lambda: store.groups(Query(limit=20), ["destination.ip"]),
            "hour by kind": lambda: store.groups(Query(limit=100_000), ["hour", "kind"]),
            "distinct hosts by unit": lambda: store.groups(
                Query(limit=1000), ["taishi.source.unit"], "host.name"
            ),
            "raw by id": lambda: store.get(asked.identity),
            "year on year": counted,
            "unit and kind, newest 50": lambda: store.search(unit),
        }

    def close(self) -> None:
        self._store.close()


def asked_of(count: int) -> Asked8:
    """An address in the middle of the pack, an event of the middle."""
    middle = count // 2 * 0x9E3779B97F4A7C15 % (1 << 128)
    spans = (NOVEMBER[0], NOVEMBER[1], NOVEMBER[2], NOVEMBER[3])
    return Asked8(address(12_345, 10), UNITS[17], f"{middle:032x}", RARE, spans)


def milliseconds(question: Callable[[], object]) -> dict[str, float]:
    taken = []
    for _ in range(6):
        begun = time.perf_counter()
        question()
        taken.append(1000 * (time.perf_counter() - begun))
    return {"first": round(taken[0], 1), "then": round(statistics.median(taken[1:]), 1)}


def measured(peer: Peer, count: int) -> Mapping[str, object]:
    cpu = peer.ingest(batches(count))
    asked = asked_of(count)
    return {
        "events": count,
        "events_per_cpu_second": round(count / cpu),
        "bytes_an_event": round(peer.size() / count, 1),
        "ms": {name: milliseconds(one) for name, one in peer.questions(asked).items()},
    }


def run(name: str, make: Callable[[Path], Peer], count: int) -> Mapping[str, object]:
    print(f"{name}, {count:,} events", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        peer = make(Path(folder))
        try:
            return measured(peer, count)
        finally:
            peer.close()


def elasticsearch(count: int) -> Mapping[str, object]:
    print(f"Elasticsearch, {count:,} events", file=sys.stderr, flush=True)
    with elasticsearch_server.mortal() as server:
        peer = ElasticServer(server.url, server.group)
        try:
            return measured(peer, count)
        finally:
            peer.close()


def _measures(at: int, sizes: Sequence[int], *, ours: bool) -> Iterator[tuple[str, Mapping[str, object]]]:
    yield "ours", run("ours", Ours, at)  # type: ignore[arg-type]
    if not ours:
        yield "DuckDB file", run("DuckDB", DuckFile, at)
        yield "SQLite", run("SQLite", Sqlite, at)
    if not ours and elasticsearch_server.installed():
        yield "Elasticsearch", elasticsearch(at)
    for size in sizes:
        yield f"ours, {size // 1_000_000} M", run("ours", Ours, size)  # type: ignore[arg-type]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers-at", type=int, default=1_000_000)
    parser.add_argument(
        "--ours", action="store_true", help="ours only; what stands there of the others stays"
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[5_000_000, 20_000_000])
    args = parser.parse_args()
    at, began = args.peers_at, time.monotonic()
    found: dict[str, object] = json.loads(RESULT.read_text()) if args.ours else {}
    for name, one in _measures(at, args.sizes, ours=args.ours):
        found[name] = one
        RESULT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(found, indent=1, ensure_ascii=False))
    print(timedelta(seconds=round(time.monotonic() - began)), file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
