"""SQL of a person's own: what it may see, and all that it may not."""

from contextlib import closing

import pytest
from rows import START, numbered

from taishi.core.ports import Asking, Bounds, Query
from taishi.core.problems import Problem
from taishi.store import open_event_store


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "events")


@pytest.fixture
def store(place):
    with closing(open_event_store(place)) as opened:
        opened.write([numbered(30), numbered(5, "dns")])
        opened.flush()
        opened.write([numbered(20, first=30)])
        yield opened


def test_segments_and_spool_are_one(store):
    assert store.ask("SELECT count(*) AS n FROM flow", Bounds()).rows == [(50,)]
    found = store.ask("SELECT kind, count(*) AS n FROM events GROUP BY kind ORDER BY n DESC", Bounds())
    assert found.columns == ["kind", "n"]
    assert found.rows == [("flow", 50), ("dns", 5)]


def test_a_reader_beside_the_writer_asks_as_well(store, place):
    with closing(open_event_store(place, read_only=True)) as reader:
        assert isinstance(reader, Asking)
        assert reader.ask('SELECT max("event.id") FROM dns', Bounds()).rows == [("dns-4",)]


def test_times_are_shown_where_the_bureau_is(store):
    (((moment,),),) = [store.ask('SELECT min("@timestamp")::VARCHAR FROM flow', Bounds()).rows]
    assert moment.endswith("+08")
    assert str(START.hour + 8) in moment


def test_rows_beyond_the_limit_are_told(store):
    found = store.ask('SELECT "event.id" FROM flow ORDER BY 1', Bounds(rows=7))
    assert (len(found.rows), found.more) == (7, True)
    assert store.ask("SELECT 1", Bounds(rows=1)).more is False


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.com/a.parquet')",
        "SELECT getenv('HOME')",
        "COPY (SELECT 1) TO '/tmp/taishi-hunting-test'",
        "COPY flow TO 'x.parquet'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "PRAGMA database_list",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW flow",
        "INSERT INTO spooled_flow SELECT * FROM spooled_flow",
        "EXPORT DATABASE '/tmp/x'",
        "CALL pragma_version()",
        "SELECT 1; SELECT 2",
        "",
        "nonsense",
        "SELECT nothing FROM flow",
    ],
)
def test_nothing_else_can_be_done(store, text):
    before = store.count(Query())
    with pytest.raises(Problem) as told:
        store.ask(text, Bounds())
    assert "\n" not in str(told.value)
    assert store.count(Query()) == before


def test_segments_cannot_be_written(store, tmp_path):
    folder = tmp_path / "events" / "segments"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(Problem):
        store.ask(f"COPY (SELECT 1) TO '{folder}/evil.parquet'", Bounds())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_takes_too_long_or_too_much_is_ended(store):
    endless = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
    with pytest.raises(Problem, match=r"took more than 0\.3 s"):
        store.ask(endless, Bounds(seconds=0.3))
    huge = "SELECT list(a.range || repeat('x', 1000)) FROM range(10000000) a"
    with pytest.raises(Problem, match="took more than 100 MB"):
        store.ask(huge, Bounds(megabytes=100, seconds=30))
    assert store.ask("SELECT 1", Bounds()).rows == [(1,)]
