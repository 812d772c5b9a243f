"""What only the embedded store promises: one writer, readers beside it, rolling, merging, its folder."""

import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from rows import START, numbered

from taishi.core.ports import Condition, Query
from taishi.core.problems import Problem
from taishi.store import open_event_store
from taishi.store.embedded import store as embedded

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with closing(open_event_store(f"embedded:{tmp_path}")) as opened:
        yield opened


def segments(root):
    return sorted(path.name for path in (root / "segments").iterdir())


def test_only_one_process_writes(tmp_path, store):
    script = f"from taishi.store import open_event_store; open_event_store({str(tmp_path)!r})"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "is being written by process" in second.stderr
    with pytest.raises(Problem, match="is being written by process"):
        open_event_store(str(tmp_path))
    store.close()
    open_event_store(str(tmp_path)).close()


def test_another_process_reads_while_one_writes(tmp_path, store):
    store.write([numbered(3)])
    with closing(open_event_store(str(tmp_path), read_only=True)) as reader:
        assert reader.count(Query()) == 3
        store.write([numbered(3, first=3)])
        assert reader.count(Query()) == 6
        store.flush()
        assert reader.count(Query()) == 6
        store.write([numbered(3, first=6)])
        assert reader.get("flow-8") == store.get("flow-8")
        assert reader.stream(None) == store.stream(None)
        with pytest.raises(Problem, match="open to read only"):
            reader.write([numbered(1)])


def test_a_reader_beside_a_busy_writer_sees_every_event_once(tmp_path, store):
    store.write([numbered(1)])
    stop = threading.Event()
    counts = []

    def read():
        with closing(open_event_store(str(tmp_path), read_only=True)) as reader:
            while not stop.is_set():
                counts.append(reader.count(Query()))

    thread = threading.Thread(target=read)
    thread.start()
    for first in range(1, 60):
        store.write([numbered(1, first=first)])
        if first % 7 == 0:
            store.flush()
    stop.set()
    thread.join()
    assert counts == sorted(counts)
    assert set(counts) <= set(range(1, 61))


def test_reading_nothing_is_told(tmp_path):
    with pytest.raises(Problem, match="holds no event store yet"):
        open_event_store(str(tmp_path / "none"), read_only=True)


@pytest.mark.parametrize("uri", ["kafka://x", "mongodb:x", "embedded:", ""])
def test_unknown_uris_are_told(uri):
    with pytest.raises(Problem, match="known are embedded:DIR"):
        open_event_store(uri)


def test_many_rows_roll_the_spool(tmp_path, store, monkeypatch):
    monkeypatch.setattr(embedded, "ROLL_ROWS", 100)
    store.write([numbered(60)])
    assert segments(tmp_path) == []
    store.write([numbered(60, "dns")])
    assert len(segments(tmp_path)) == 2
    assert store.count(Query()) == 120


@pytest.fixture
def later(monkeypatch):
    """Seconds that the monotonic clock of the store is ahead, to be set."""
    ahead = [0.0]
    monkeypatch.setattr(embedded, "monotonic", lambda: monotonic() + ahead[0])
    return lambda seconds: ahead.__setitem__(0, seconds)


def test_an_old_spool_rolls(tmp_path, store, later):
    store.write([numbered(3)])
    store.maintain(NOW)
    later(59)
    store.maintain(NOW)
    assert segments(tmp_path) == []
    later(60)
    store.maintain(NOW)
    assert len(segments(tmp_path)) == 1
    later(180)
    store.maintain(NOW)
    assert len(segments(tmp_path)) == 1


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1), timedelta(days=-3650)], ids=str)
def test_a_clock_that_is_set_does_not_keep_a_spool_from_rolling(tmp_path, store, later, jump):
    store.write([numbered(3)])
    store.maintain(NOW)
    store.maintain(NOW + jump)
    assert segments(tmp_path) == []
    later(61)
    store.maintain(NOW + jump)
    assert len(segments(tmp_path)) == 1


def test_small_segments_are_merged_and_the_old_ones_stay_a_while(tmp_path, store, later):
    for first in range(0, 80, 10):
        store.write([numbered(10, first=first)])
        store.flush()
    before = store.stream(None)
    store.maintain(NOW)
    assert len(segments(tmp_path)) == 9
    store.maintain(NOW + timedelta(days=3650))
    assert len(segments(tmp_path)) == 9
    later(601)
    store.maintain(NOW)
    assert len(segments(tmp_path)) == 2
    assert store.count(Query()) == 80
    assert store.stream(None)[1] == before[1]
    assert [e for b in store.stream(None)[0] for e in b.events()] == [
        e for b in before[0] for e in b.events()
    ]
    assert store.write([numbered(80)]).stored == 0


def test_a_cursor_survives_rolling(store):
    store.write([numbered(5), numbered(5, "dns")])
    cursor = store.stream(None, 7)[1]
    rest = store.stream(cursor)
    store.flush()
    assert store.stream(cursor) == rest


def test_the_id_index_is_made_again_where_it_is_lost(tmp_path, store):
    store.write([numbered(50)])
    store.flush()
    store.close()
    for path in (tmp_path / "known").iterdir():
        path.write_bytes(b"short")
    with closing(open_event_store(str(tmp_path))) as again:
        assert again.write([numbered(51)]).stored == 1


def test_an_unreadable_segment_is_told(tmp_path, store):
    store.write([numbered(50)])
    store.flush()
    next((tmp_path / "segments").iterdir()).write_bytes(b"not parquet")
    with pytest.raises(Problem, match="taishi doctor"):
        store.count(Query())
    with pytest.raises(Problem, match=r"parquet: cannot be read"):
        store.stream(None)


def test_pages_over_many_segments_in_both_orders(store):
    for first in range(0, 200, 10):
        store.write([numbered(10, first=(first * 7) % 200)])
        store.flush()
    for newest in (True, False):
        page, found = store.search(Query(limit=33, newest_first=newest)), []
        while True:
            found += [event.id for event in page.events]
            if page.cursor is None:
                break
            page = store.search(Query(limit=33, newest_first=newest, cursor=page.cursor))
        expected = [f"flow-{n}" for n in range(200)]
        assert found == (expected[::-1] if newest else expected)
    window = Query(since=START + timedelta(milliseconds=15), until=START + timedelta(milliseconds=25))
    assert store.count(window) == 10


def test_threads_write_and_read_together(store):
    def write(worker):
        for n in range(20):
            store.write([numbered(5, first=worker * 1000 + n * 5)])

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        store.count(Query(where=(Condition("destination.port", "3"),)))
    assert store.count(Query()) == 400
    assert sum(map(len, store.stream(None)[0])) == 400
