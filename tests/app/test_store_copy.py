"""Events from one store to another; on the real Elasticsearch in tests/store."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from taishi.app.store_copy import Copied, copy_events
from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.store import open_event_store
from tests.app.backup.conftest import flows


@pytest.fixture
def place(tmp_path: Path) -> str:
    place = f"embedded:{tmp_path / 'one'}"
    with closing(open_event_store(place)) as store:
        store.write([flows(0, 25_000)])
        getattr(store, "flush")()  # noqa: B009 - of the embedded store
        store.write([flows(25_000, 100)])
    return place


def test_all_of_it_is_there_once_however_often(place: str, tmp_path: Path) -> None:
    target, told = f"embedded:{tmp_path / 'two'}", list[int]()
    assert copy_events(place, target, told.append) == Copied(25_100, 0, 25_100, 25_100)
    assert told[-1] == 25_100
    assert copy_events(place, target, told.append) == Copied(0, 25_100, 25_100, 25_100)
    with closing(open_event_store(place, read_only=True)) as one, closing(open_event_store(target)) as two:
        assert two.search(Query(limit=50)) == one.search(Query(limit=50))


def test_a_target_with_more_of_its_own_agrees(place: str, tmp_path: Path) -> None:
    target = f"embedded:{tmp_path / 'two'}"
    with closing(open_event_store(target)) as store:
        store.write([flows(90_000, 5), flows(0, 10)])
    done = copy_events(place, target, lambda _: None)
    assert (done.stored, done.known, done.target, done.agree) == (25_090, 10, 25_105, True)


def test_onto_itself_it_is_refused(place: str) -> None:
    with pytest.raises(Problem, match="the store itself"):
        copy_events(place, place, lambda _: None)


def test_by_command(place: str, tmp_path: Path) -> None:
    words = ["store", "copy", place, f"embedded:{tmp_path / 'two'}", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "taishi.cli.main", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "stored": 25_100, "known": 0, "source": 25_100, "target": 25_100, "agree": True
    }  # fmt: skip
