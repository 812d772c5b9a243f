"""A server that is killed and stays away under load: nothing lost, nothing doubled, nothing in part."""

import os
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import elasticsearch_server
import pytest
from rows import numbered

from taishi.core.ports import Query, Written
from taishi.core.problems import Problem
from taishi.store import open_event_store
from taishi.store.elasticsearch import fronted
from taishi.store.port import Store
from taishi.store.spool import Spool

#: TAISHI_SOAK beyond 10: so many tenths of it; each takes about 20 s.
KILLS = max(1, int(os.environ.get("TAISHI_SOAK", "10")) // 10)
NOBODY = "elasticsearch+http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch):
    monkeypatch.setattr(fronted, "_LOOK_S", 0.2)


def settled(store: Store, seconds: float = 60) -> None:
    """Returns when nothing waits any more."""
    deadline = time.monotonic() + seconds
    while store._waiting.rows or store._away is not None:
        assert time.monotonic() < deadline, f"{store._waiting.rows} events still wait: {store._away}"
        time.sleep(0.05)


class Load(threading.Thread):
    """Writes batches as fast as they go, each delivered twice now and then, until told to end."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store, self._ending = store, threading.Event()
        self.acknowledged = 0
        self.waited = 0

    def run(self) -> None:
        first = 0
        while not self._ending.is_set():
            both = [numbered(150, "flow", first), numbered(50, "dns", first)]
            for _ in range(2 if first % 600 == 0 else 1):
                done = self._store.write(both)
                assert done.stored + done.duplicate + done.waiting == 200
                self.waited += done.waiting
            first += 150
            self.acknowledged = first
            time.sleep(0.02)

    def end(self) -> None:
        self._ending.set()
        self.join()


def expected(acknowledged: int) -> set[str]:
    dns = {f"dns-{n + first}" for first in range(0, acknowledged, 150) for n in range(50)}
    return dns | {f"flow-{n}" for n in range(acknowledged)}


def stored(store: Store) -> Counter[str]:
    """How often each event comes in the stream; every one must be whole."""
    seen: Counter[str] = Counter()
    cursor = None
    while True:
        got, cursor = store.stream(cursor)
        if not got:
            return seen
        for event in (event for one in got for event in one.events()):
            n = int(event.id.rpartition("-")[2])
            assert event.fields["destination.port"] == n % 7
            seen[event.id] += 1


@pytest.mark.elasticsearch
@pytest.mark.timeout(120 + 60 * KILLS)
def test_a_server_killed_under_load_loses_and_doubles_nothing(tmp_path):
    if not elasticsearch_server.installed():
        pytest.skip("kills its own server: run scripts/get-elasticsearch")
    with elasticsearch_server.mortal() as server:
        store = open_event_store(f"elasticsearch+{server.url}", waiting=tmp_path / "waiting")
        load = Load(store)
        load.start()
        for _ in range(KILLS):
            time.sleep(2)
            server.kill()
            time.sleep(2)
            with pytest.raises(Problem, match="events wait here"):
                store.maintain(datetime.now(UTC))
            server.start()
        time.sleep(1)
        load.end()
        settled(store)
        store.maintain(datetime.now(UTC))
        assert load.waited > 0
        assert stored(store) == Counter(expected(load.acknowledged))
        assert store.count(Query()) == len(expected(load.acknowledged))
        store.close()


def test_what_waits_outlives_the_process(tmp_path):
    store = open_event_store(NOBODY, waiting=tmp_path)
    assert store.write([numbered(5), numbered(3, "dns")]) == Written(0, waiting=8)
    store.close()
    again = open_event_store(NOBODY, waiting=tmp_path)
    with pytest.raises(Problem, match=r"not answered.*8 events wait here"):
        again.maintain(datetime.now(UTC))
    again.close()


@pytest.mark.elasticsearch
def test_what_waited_is_sent_and_counted_once(uri, tmp_path):
    away = open_event_store(NOBODY, waiting=tmp_path)
    away.write([numbered(5), numbered(5), numbered(3, "dns")])
    away.close()
    open_event_store(uri).write([numbered(2)])
    store = open_event_store(uri, waiting=tmp_path)
    settled(store)
    assert sorted(stored(store)) == sorted(
        [*(f"flow-{n}" for n in range(5)), *(f"dns-{n}" for n in range(3))]
    )
    assert list(Path(tmp_path).glob("*.spool")) == []
    assert store.write([numbered(6)]) == Written(1, 5)
    store.close()


@pytest.mark.elasticsearch
def test_a_torn_or_flipped_file_gives_what_is_whole(uri, tmp_path):
    away = open_event_store(NOBODY, waiting=tmp_path)
    for first in range(0, 40, 10):
        away.write([numbered(10, first=first)])
    away.close()
    (file,) = tmp_path.glob("*.spool")
    data = bytearray(file.read_bytes())
    second = len(data) // 4 + 100  # four frames of one size: in the second
    data[second] ^= 1
    file.write_bytes(data[:-7])
    store = open_event_store(uri, waiting=tmp_path)
    settled(store)
    assert stored(store) == Counter(f"flow-{n}" for n in (*range(10), *range(20, 30)))
    assert store.damage() == 1
    store.close()


def test_a_second_process_does_not_send_what_waits(tmp_path):
    store = open_event_store(NOBODY, waiting=tmp_path)
    with pytest.raises(Problem, match="is being written by"):
        open_event_store(NOBODY, waiting=tmp_path)
    store.close()


def test_a_full_disk_is_told_and_keeps_what_was_acknowledged(tmp_path, monkeypatch):
    store = open_event_store(NOBODY, waiting=tmp_path)
    store.write([numbered(3)])
    with monkeypatch.context() as full:

        def refuse(_spool, _data):
            raise OSError(28, "No space left on device")

        full.setattr(Spool, "_write", refuse)
        with pytest.raises(Problem, match="No space left"):
            store.write([numbered(3, first=3)])
    assert store.write([numbered(3, first=6)]) == Written(0, waiting=3)
    store.close()
    again = open_event_store(NOBODY, waiting=tmp_path)
    assert again._waiting.rows == 6
    again.close()
