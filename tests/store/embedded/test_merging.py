"""Merging: which segments, and that writing and letting go need not wait for it."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import numbered

from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.store import open_event_store
from taishi.store.embedded import merging
from taishi.store.embedded import store as embedded
from taishi.store.embedded.manifest import Segment
from taishi.store.embedded.merging import SIZES, due

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def segment(number, rows):
    return Segment(f"s{number}", "flow", rows, 0, 0, number, number, 0)


@given(st.lists(st.integers(1, 70_000), min_size=1, max_size=300))
def test_few_segments_stay_and_no_row_is_written_often(sizes):
    listed, written, number = [], sum(sizes), 0
    for number, rows in enumerate(sizes):
        listed.append(segment(number, rows))
        while runs := list(due(listed)):
            (run,) = runs
            places = [listed.index(one) for one in run]
            assert places == list(range(places[0], places[0] + len(run)))
            merged = segment(run[0].first_number, sum(one.rows for one in run))
            listed[places[0] : places[0] + len(run)] = [merged]
            written += merged.rows
            assert merged.rows < 2 * SIZES[-1]
    assert written <= (len(SIZES) + 1) * sum(sizes)
    assert len(listed) <= sum(sizes) / SIZES[-1] * 2 + SIZES[0] + 8 * len(SIZES)


@pytest.fixture
def store(tmp_path):
    with closing(open_event_store(str(tmp_path))) as opened:
        for first in range(0, 80, 10):
            opened.write([numbered(10, first=first)])
            opened.flush()
        yield opened


def segments(folder):
    return list((folder / "segments").iterdir())


def meanwhile(monkeypatch, act):
    """`act` runs in another thread once a merged segment is written, and must come to its end before that
    takes the place of the others."""
    whole, done = merging.write_segment, threading.Event()

    def run():
        act()
        done.set()

    def written(*args):
        made = whole(*args)
        threading.Thread(target=run, daemon=True).start()
        assert done.wait(20), "it waited for the merge"
        return made

    monkeypatch.setattr(merging, "write_segment", written)


def test_others_write_roll_and_search_while_segments_are_merged(tmp_path, store, monkeypatch):
    def act():
        assert store.write([numbered(10, first=80)]).stored == 10
        store.flush()
        assert store.count(Query()) == 90

    meanwhile(monkeypatch, act)
    store.maintain(NOW)
    assert store.count(Query()) == 90
    assert [batch.rows.num_rows for batch in store.stream(None)[0]] == [90]
    assert store.write([numbered(90)]).stored == 0


def test_what_was_let_go_meanwhile_does_not_come_back(store, monkeypatch):
    monkeypatch.setattr(embedded, "came", lambda _, segments: {one.path: 0.0 for one in segments})
    gone = []
    meanwhile(monkeypatch, lambda: gone.append(store.retire("flow", NOW + timedelta(days=1))))
    store.maintain(NOW)
    assert gone == [80]
    assert store.count(Query()) == 0


def test_a_roll_that_fails_meanwhile_takes_nothing_from_the_merge(tmp_path, store, monkeypatch):
    def refused(*_):
        raise OSError(28, "No space left on device")

    def act():
        store.write([numbered(10, first=80)])
        with monkeypatch.context() as patch:
            patch.setattr(embedded, "write_segment", refused)
            with pytest.raises(Problem):
                store.flush()

    meanwhile(monkeypatch, act)
    store.maintain(NOW)
    assert store.count(Query()) == 90
    assert not (tmp_path / "merging").exists()


def test_a_merge_that_the_disk_refuses_leaves_all_as_it_was(tmp_path, store, monkeypatch):
    before = segments(tmp_path)

    def refused(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(merging, "write_segment", refused)
    with pytest.raises(Problem, match="make room"):
        store.maintain(NOW)
    assert segments(tmp_path) == before
    assert not (tmp_path / "merging").exists()
    assert store.count(Query()) == 80
