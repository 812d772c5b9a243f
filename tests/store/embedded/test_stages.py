"""kill -9 at named stages of a write: nothing acknowledged is lost, nothing doubled, the ledger agrees.

Three kills a stage; `TAISHI_SOAK` says how many (scripts/soak).
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from rows import numbered

from taishi.core.ledger import Delivery, Fates
from taishi.core.ports import EventStore, Query
from taishi.store import open_event_store

KILLS = int(os.environ.get("TAISHI_SOAK", "3"))
#: Where the process ends itself: module, name, before or after the call.
STAGES = {
    "received": ("taishi.store.embedded.store", "EmbeddedStore.write", "before"),
    "looked up, not spooled": ("taishi.store.spool", "Spool.append", "before"),
    "spooled, not synced": ("taishi.store.spool", "os.fdatasync", "before"),
    "synced, not answered": ("taishi.store.spool", "Spool.append", "after"),
    "segment written": ("taishi.store.embedded.store", "write_segment", "after"),
    "rollup written, not the segment": ("taishi.store.embedded.segments", "write_rollup", "after"),
    "ids written": ("taishi.store.embedded.known", "Run.write", "after"),
    "new spool made": ("taishi.store.embedded.manifest", "Manifest.roll", "before"),
    "manifest committed": ("taishi.store.embedded.manifest", "Manifest.roll", "after"),
    "merged segment written": ("taishi.store.embedded.merging", "write_segment", "after"),
    "merged segment in place": ("taishi.store.embedded.manifest", "Manifest.merge", "before"),
    "segments merged": ("taishi.store.embedded.manifest", "Manifest.merge", "after"),
    "replaced files forgotten": ("taishi.store.embedded.manifest", "Manifest.forget", "before"),
}

#: Delivers numbered batches until it is killed at the n-th time of its stage; says each that is acknowledged.
WRITER = """
import importlib, os, signal, sys
from datetime import UTC, datetime
sys.path.insert(0, sys.argv[1])
from rows import numbered
from taishi.core.ledger import Delivery
from taishi.store import open_event_store
from taishi.store.embedded import merging, store as embedded
place, first, module, name, when, times = sys.argv[2:]
merging.GRACE, embedded.ROLL_ROWS, left = 0.0, 60, [int(times)]
owner = importlib.import_module(module)
*path, last = name.split(".")
for one in path:
    owner = getattr(owner, one)
whole = getattr(owner, last)
bound = isinstance(owner.__dict__.get(last), classmethod) if isinstance(owner, type) else False

def stage(*args, **kwargs):
    left[0] -= 1
    if left[0] < 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = whole(*args[1:] if bound else args, **kwargs)
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return found

with_store = open_event_store(place)
setattr(owner, last, classmethod(stage) if bound else stage)
first = int(first)
while True:
    with_store.write([numbered(20, first=first), numbered(5, "dns", first)], Delivery("a", lambda: 1))
    print(first, flush=True)
    first += 20
    with_store.maintain(datetime.now(UTC))
"""


def stored_ids(store: EventStore) -> Counter[str]:
    ids: Counter[str] = Counter()
    batches, cursor = store.stream(None)
    while batches:
        ids.update(i for batch in batches for i in batch.rows.column("event.id").to_pylist())
        batches, cursor = store.stream(cursor)
    return ids


def of_batch(first: int) -> set[str]:
    return {f"flow-{n}" for n in range(first, first + 20)} | {f"dns-{n}" for n in range(first, first + 5)}


def killed(place: Path, first: int, stage: str, times: int) -> list[int]:
    """Begins with batch `first`; gives those that were acknowledged until the kill."""
    words = [str(Path(__file__).parent.parent), str(place), str(first), *STAGES[stage], str(times)]
    done = subprocess.run(
        [sys.executable, "-c", WRITER, *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-800:]
    return [int(line) for line in done.stdout.split()]


@pytest.mark.parametrize("stage", STAGES)
def test_a_kill_at_a_stage_loses_and_doubles_nothing(tmp_path: Path, stage: str) -> None:
    place, told, first = tmp_path / "store", set[int](), 0
    for number in range(KILLS):
        told.update(killed(place, first, stage, number % 15 * 2 + 1))
        with closing(open_event_store(str(place))) as store:
            ids = stored_ids(store)
            assert ids.keys() >= {i for one in told for i in of_batch(one)}, "acknowledged and lost"
            assert set(ids.values()) <= {1}
            assert store.count(Query()) == len(ids)
            assert sum(one.count for one in store.groups(Query(), ["hour", "kind"])) == len(ids)
            ledger = store.ledger()
            assert sum(fates.stored for fates in ledger.values()) == len(ids)
            assert ledger.get("a", Fates()).quarantined >= len(told)
        # What was not acknowledged comes again.
        first = max(told, default=-20) + 20
    with closing(open_event_store(str(place))) as store:
        for one in range(0, first + 20, 20):
            store.write([numbered(20, first=one), numbered(5, "dns", one)], Delivery("a"))
        store.flush()
        ids = stored_ids(store)
        assert ids.keys() == {i for one in range(0, first + 20, 20) for i in of_batch(one)}
        assert set(ids.values()) == {1}
        assert sum(fates.stored for fates in store.ledger().values()) == len(ids)
        assert store.damage() <= KILLS
