"""What was acknowledged is there, once, however the writing process ends."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from rows import numbered

from taishi.core.ledger import Fates
from taishi.core.ports import Query
from taishi.store import open_event_store
from taishi.store.embedded import store as embedded
from taishi.store.embedded.manifest import Manifest
from taishi.store.spool import Spool

#: TAISHI_SOAK says how many kills; each takes about a second.
KILLS = int(os.environ.get("TAISHI_SOAK", "10"))

#: Writes until it is killed; prints each id once `write` has returned.
WRITER = """
import random, sys
from datetime import UTC, datetime, timedelta
sys.path.insert(0, sys.argv[1])
from rows import numbered
from taishi.core.ledger import Delivery
from taishi.store import open_event_store
from taishi.store.embedded import merging, store as embedded
merging.GRACE = 0.01
store, rng, now = open_event_store(sys.argv[2]), random.Random(int(sys.argv[3])), datetime.now(UTC)
first = int(sys.argv[3]) * 1_000_000
print("ready", flush=True)
while True:
    count = rng.choice([1, 3, 50, 400])
    store.write([numbered(count, "flow", first), numbered(count, "dns", first)], Delivery("a", lambda: 1))
    if rng.random() < 0.3:
        store.write([numbered(count, "flow", first)], Delivery("b"))
    for n in range(first, first + count):
        print(f"flow-{n} dns-{n}", flush=n == first + count - 1)
    first += count
    if rng.random() < 0.4:
        store.flush()
    if rng.random() < 0.2:
        store.maintain(now + timedelta(minutes=rng.randrange(-100, 100)))
"""


def stored_ids(store) -> Counter[str]:
    ids: Counter[str] = Counter()
    cursor = None
    while True:
        batches, cursor = store.stream(cursor)
        if not batches:
            return ids
        for batch in batches:
            ids.update(batch.column("event.id"))


def _killed_writer(root: Path, seed: int, rng: random.Random) -> list[str]:
    """Runs a writer for a moment, kills it, gives the ids that it had been told are stored."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(Path(__file__).parent.parent), str(root), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0, 0.6))
        writer.kill()
        lines = writer.stdout.read().split("\n")
    return " ".join(lines[:-1]).split()


def test_killed_at_any_moment_nothing_acknowledged_is_lost_or_doubled(tmp_path):
    rng = random.Random(20260301)
    acknowledged: set[str] = set()
    for seed in range(KILLS):
        acknowledged.update(_killed_writer(tmp_path / "store", seed, rng))
        with closing(open_event_store(str(tmp_path / "store"))) as store:
            ids = stored_ids(store)
            assert store.count(Query()) == ids.total()
            assert sum(one.count for one in store.groups(Query(), ["hour", "kind"])) == ids.total()
            assert store.damage() <= seed + 1
            ledger = store.ledger()
            assert sum(one.stored for one in ledger.values()) == ids.total()
            assert ledger["a"].quarantined >= 1
            assert ledger.get("b", Fates()).stored == 0
        assert not acknowledged - ids.keys()
        assert [one for one, times in ids.items() if times > 1] == []
    assert acknowledged


class Crash(BaseException):
    """Nothing in the store may catch this: it stands for the end of the process."""


def _crash(*_: object, **__: object) -> None:
    raise Crash


def _after(function):
    def run(*args, **kwargs):
        function(*args, **kwargs)
        raise Crash

    return run


STEPS = {
    "before the segments": (embedded, "write_segment", _crash),
    "between segments": (embedded, "write_segment", None),
    "before the new spool": (embedded, "Spool", _crash),
    "before the manifest": (Manifest, "roll", _crash),
    "after the manifest": (Manifest, "roll", _after(Manifest.roll)),
    "before the old spool goes": (Spool, "close", _crash),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_between_two_steps_of_a_flush(tmp_path, monkeypatch, step):
    where, name, replacement = STEPS[step]
    store = open_event_store(str(tmp_path))
    store.write([numbered(10)])
    store.flush()
    store.write([numbered(10, first=10), numbered(5, "dns")])
    with monkeypatch.context() as patch:
        patch.setattr(where, name, replacement or _second_time(getattr(where, name)))
        with pytest.raises(Crash):
            store.flush()
    store.close()
    with closing(open_event_store(str(tmp_path))) as again:
        assert stored_ids(again) == Counter([f"flow-{n}" for n in range(20)] + [f"dns-{n}" for n in range(5)])
        assert again.count(Query()) == 25
        assert again.write([numbered(20), numbered(5, "dns")]).stored == 0
        again.flush()
        assert again.count(Query()) == 25
        assert len(list((tmp_path / "spool").iterdir())) == 1


def _second_time(function):
    calls = []

    def run(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise Crash
        return function(*args, **kwargs)

    return run
