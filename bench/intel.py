"""Intelligence: a real feed over HTTP, warninglists, matching, looking back; to bench/results/intel.json.

Run: TAISHI_CORPUS=DIR scripts/bench intel
A day of data is DAY events in segments of the store's own size. Exit 1 where a bar does not hold.
"""

import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import pyarrow as pa

from detections.intel.index import index
from detections.intel.watch import IntelWatch
from detections.networks import Networks
from enrichment.intel.warninglists import warninglists
from taishi.app.desk import open_desk
from taishi.core import ecs
from taishi.core.event import Batch
from taishi.core.indicators import Indicator, IntelSource
from taishi.core.observables import key
from taishi.core.ports import Sought
from taishi.store.embedded.store import EmbeddedStore

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 16, tzinfo=UTC)
DAY, PART, INDICATORS = 1_000_000, 20_000, 100_000
#: Events and indicators of the feed, what a second sync may fetch, and milliseconds of a hunt through a day.
BARS = {"reports": 7, "to_ids": 706, "second_fetched": 0, "hunt_ms": 50.0}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing."""


def feed(corpus: Path) -> dict[str, int]:
    """The feed over loopback into a data directory, twice, with the product's lists and with the corpus's."""
    handler = partial(Quiet, directory=str(corpus / "misp-feed-anssi"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(Path(folder))
        place = f"http://127.0.0.1:{server.server_port}"
        source = desk.intel.add(IntelSource("", "feed", "misp-feed", place, NOW), "system")
        first, second = desk.intel.sync(source), desk.intel.sync(source)
        found = {
            "reports": first.reports,
            "to_ids": len({one.attribute for one in desk.intel.store.find(Sought()) if one.to_ids}),
            "sought": desk.intel.store.count(Sought(only_sought=True)),
            "silenced": desk.intel.store.count(Sought(marked="silenced")),
            "lowered": desk.intel.store.count(Sought(marked="lowered")),
            "problems": len(first.problems),
            "second_fetched": second.fetched,
            "lists": len(warninglists(None)),
        }
        desk.intel.set_lists_folder(corpus / "misp-warninglists" / "lists", "system")
        found["silenced_by_corpus_lists"] = desk.intel.store.count(Sought(marked="silenced"))
        found["lowered_by_corpus_lists"] = desk.intel.store.count(Sought(marked="lowered"))
        desk.close()
    server.shutdown()
    return found


def part(start: int, dice: random.Random) -> Batch:
    """Flows of inside hosts to 50,000 outside addresses."""
    schema, count = ecs.schema("flow"), PART
    given: dict[str, pa.Array] = {
        "@timestamp": pa.array([NOW + timedelta(milliseconds=86.4 * (start + n)) for n in range(count)]),
        "event.id": pa.array([f"e{start + n:08}" for n in range(count)]),
        "source.ip": pa.array([f"10.34.{dice.randrange(64)}.{dice.randrange(250)}" for _ in range(count)]),
        "destination.ip": pa.array([_outside(dice.randrange(50_000)) for _ in range(count)]),
        "destination.port": pa.array([443] * count),
    }
    columns = [given.get(one.name, pa.nulls(count)).cast(one.type) for one in schema]
    return Batch("flow", pa.RecordBatch.from_arrays(columns, schema=schema))


def _outside(n: int) -> str:
    return f"172.{64 + n // 65536}.{n // 256 % 256}.{n % 256}"


def matching(parts: Sequence[Batch]) -> float:
    """Events a CPU-second against many indicators, one event in ten thousand a hit."""
    values = [f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}" for n in range(INDICATORS)] + [_outside(7)]
    of = index((_indicator(value) for value in values), {})
    watch = IntelWatch(Networks(), of)
    started = time.process_time()
    for one in parts:
        watch.observe(one)
    return sum(map(len, parts)) / (time.process_time() - started)


def _indicator(value: str) -> Indicator:
    return Indicator(
        f"{int.from_bytes(value.encode()):032x}"[-32:], "s", "r", "a", "address", value, "ip-dst", NOW
    )


def hunting(parts: Sequence[Batch]) -> dict[str, float]:
    """Milliseconds for a value that is not there, and for one on a single event, median of 9."""
    rare = "203.0.113.99"
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder))
        column = parts[len(parts) // 2].rows.column("destination.ip").to_pylist()
        column[123] = rare
        marked = parts[len(parts) // 2].with_columns({"destination.ip": pa.array(column)})
        started = time.process_time()
        store.write([*parts[: len(parts) // 2], marked, *parts[len(parts) // 2 + 1 :]])
        store.flush()
        written = time.process_time() - started
        found = {
            "hunt_absent_ms": _hunt(store, "203.0.113.98"),
            "hunt_ms": _hunt(store, rare),
            "write_events_per_cpu_s": round(DAY / written),
            "sketch_bytes_per_event": round(_size(Path(folder) / "sketches") / DAY, 2),
        }
        store.close()
    return found


def _hunt(store: EmbeddedStore, value: str) -> float:
    watch_for = index([_indicator(value)], {})
    taken = []
    for _ in range(9):
        watch = IntelWatch(Networks(), watch_for)
        started = time.perf_counter()
        for batch in store.holding([key("address", value)], None):
            watch.observe(batch)
        list(watch.standing())
        taken.append((time.perf_counter() - started) * 1000)
    return round(median(taken), 1)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> int:
    corpus = Path(os.environ.get("TAISHI_CORPUS", ""))
    if not (corpus / "misp-feed-anssi").is_dir():
        print("intel: TAISHI_CORPUS names no folder with misp-feed-anssi", file=sys.stderr)
        return 1
    dice = random.Random(7)  # noqa: S311 - repeatable make-believe
    parts = [part(start, dice) for start in range(0, DAY, PART)]
    said = {**feed(corpus), "match_events_per_cpu_s": round(matching(parts)), **hunting(parts)}
    held = {
        "reports": said["reports"] == BARS["reports"],
        "to_ids": said["to_ids"] == BARS["to_ids"],
        "second_fetched": said["second_fetched"] == BARS["second_fetched"],
        "hunt_ms": said["hunt_ms"] <= BARS["hunt_ms"],
    }
    result = {"measured": said, "bars": BARS, "held": held}
    (ROOT / "bench/results/intel.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result, indent=1))
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
