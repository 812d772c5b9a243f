"""How long a writer waits while the embedded store merges.

Run: scripts/bench store_pause [-- --events N]   (writes bench/results/store_pause.json)
N events are rolled into segments and not merged; then one thread writes a hundred events at a time while
another merges all that is due. Seconds of the clock. Writes in which the spool became segments stand apart:
they make those segments themselves, merge or not.
"""

import argparse
import json
import tempfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from store_events import batches

from taishi.core.event import Batch
from taishi.core.ledger import Delivery
from taishi.store.embedded.manifest import Manifest
from taishi.store.embedded.merging import due
from taishi.store.embedded.store import ROLL_ROWS, EmbeddedStore

RESULT = Path(__file__).parent / "results" / "store_pause.json"


def merge_all(store: EmbeddedStore, place: Path) -> float:
    begun = time.perf_counter()
    with closing(Manifest(place / "manifest.db", read_only=True)) as manifest:
        while any(due(manifest.listing().segments)):
            store.maintain(datetime.now(UTC))
    return time.perf_counter() - begun


def write_until(store: EmbeddedStore, done: threading.Event, count: int) -> list[tuple[float, bool]]:
    """What each write took, and whether it rolled."""
    taken, spooled = list[tuple[float, bool]](), 0
    for batch in batches(count, seed=2):
        for first in range(0, len(batch), 100):
            if done.is_set():
                return taken
            part = Batch(batch.kind, _renamed(batch, first))
            begun = time.perf_counter()
            store.write([part], Delivery("bench"))
            spooled += len(part)
            taken.append((time.perf_counter() - begun, spooled >= ROLL_ROWS))
            spooled %= ROLL_ROWS
    return taken


def _renamed(batch: Batch, first: int) -> pa.RecordBatch:
    rows = batch.rows.slice(first, 100)
    ids = pa.array([f"late-{one}" for one in rows.column("event.id").to_pylist()])
    return rows.set_column(rows.schema.get_field_index("event.id"), "event.id", ids)


def measured(place: Path, count: int) -> dict[str, object]:
    with closing(EmbeddedStore(place)) as store:
        for batch in batches(count):
            store.write([batch], Delivery("bench"))
        store.flush()
        done, taken = threading.Event(), list[tuple[float, bool]]()
        writer = threading.Thread(target=lambda: taken.extend(write_until(store, done, 100_000_000)))
        writer.start()
        seconds = merge_all(store, place)
        done.set()
        writer.join()
    plain = sorted(one for one, rolled in taken if not rolled)
    return {
        "events": count,
        "merging_s": round(seconds, 1),
        "writes": len(taken),
        "median_ms": round(1000 * plain[len(plain) // 2], 1),
        "longest_ms": round(1000 * plain[-1], 1),
        "rolls": sum(rolled for _, rolled in taken),
        "longest_roll_ms": round(1000 * max((one for one, rolled in taken if rolled), default=0.0), 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=5_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder) / "events", args.events)
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
