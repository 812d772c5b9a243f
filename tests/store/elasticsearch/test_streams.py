"""Data streams over time: roll-over, writers side by side, retention, what an older Taishi left."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from elasticsearch import Elasticsearch
from rows import batch, numbered

from taishi.core.ports import Query, Retiring, Written
from taishi.core.problems import Problem
from taishi.store import open_event_store
from taishi.store.elasticsearch import bulk, streams
from taishi.store.elasticsearch.server import Away
from taishi.store.elasticsearch.streams import Backing, expired


def parts(uri: str) -> tuple[Elasticsearch, str]:
    address, _, prefix = uri.removeprefix("elasticsearch+").rpartition("/")
    return Elasticsearch(address), prefix


def roll_over(uri: str, kind: str = "flow") -> None:
    client, prefix = parts(uri)
    with client:
        client.indices.rollover(alias=f"{prefix}-{kind}")


def stored(store) -> list[str]:
    ids, cursor = [], None
    while True:
        got, cursor = store.stream(cursor, 1000)
        if not got:
            return ids
        ids += [event.id for one in got for event in one.events()]


@pytest.mark.elasticsearch
def test_an_id_is_stored_once_over_a_roll_over(uri):
    store = open_event_store(uri)
    assert store.write([numbered(5)]) == Written(5)
    roll_over(uri)
    assert store.write([numbered(8)]) == Written(3, 5)
    roll_over(uri)
    assert store.write([numbered(8)]) == Written(0, 8)
    assert stored(store) == [f"flow-{n}" for n in range(8)]


@pytest.mark.elasticsearch
def test_a_stream_goes_on_after_a_roll_over(uri):
    store = open_event_store(uri)
    store.write([numbered(3)])
    _, cursor = store.stream(None)
    roll_over(uri)
    store.write([numbered(3, first=3)])
    assert [event.id for one in store.stream(cursor)[0] for event in one.events()] == [
        "flow-3",
        "flow-4",
        "flow-5",
    ]
    assert store.get("flow-0") is not None
    assert store.count(Query()) == 6


@pytest.mark.elasticsearch
def test_what_came_between_looking_and_a_roll_over_is_taken_back(uri, monkeypatch):
    """Another writer stores the same ids and the stream rolls over after we looked: one copy stays."""
    store, other = open_event_store(uri), open_event_store(uri)
    store.write([numbered(1, first=90)])
    looked = store._known

    def look_and_be_overtaken(names):
        known = looked(names)
        monkeypatch.setattr(store, "_known", looked)
        other.write([numbered(4)])
        roll_over(uri)
        return known

    monkeypatch.setattr(store, "_known", look_and_be_overtaken)
    assert store.write([numbered(6)]) == Written(2, 4)
    assert sorted(stored(store)) == sorted([*(f"flow-{n}" for n in range(6)), "flow-90"])


@pytest.mark.elasticsearch
def test_writers_side_by_side_store_each_id_once(uri):
    open_event_store(uri).write([numbered(1, first=9_999)])
    counts: list[Written] = []

    def deliver() -> None:
        store = open_event_store(uri)
        for first in range(0, 600, 100):
            counts.append(store.write([numbered(200, first=first)]))

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for one in threads:
        one.start()
    roll_over(uri)
    for one in threads:
        one.join()
    ids = stored(open_event_store(uri))
    assert len(ids) == len(set(ids)) == 701
    assert sum(one.stored for one in counts) == 700
    assert sum(one.stored + one.duplicate for one in counts) == 3 * 6 * 200


@pytest.mark.elasticsearch
def test_old_backing_indices_go_and_the_one_written_to_stays(uri, monkeypatch):
    """Time is the server's: here streams are rolled whenever asked, and events kept for no time."""
    monkeypatch.setattr(streams, "ROLL", {"max_age": "0ms"})
    store = open_event_store(uri)
    store._streams._keep = {"flow": timedelta(0)}
    store.write([numbered(3), numbered(2, "dns")])
    for _ in range(3):
        store._streams._looked = None
        store.maintain(datetime.now(UTC))
        store.write([numbered(1, "flow", 50), numbered(1, "dns", 50)])
    client, prefix = parts(uri)
    with client:
        left = {
            one["name"]: one["backing_indices"]
            for one in client.indices.resolve_index(name=f"{prefix}-*")["data_streams"]
        }
    assert len(left[f"{prefix}-flow"]) < len(left[f"{prefix}-dns"])
    assert store.get("flow-0") is None
    assert store.get("dns-0") is not None


@pytest.mark.elasticsearch
def test_old_events_are_let_go_and_none_within_the_legal_time(uri, monkeypatch):
    store = open_event_store(uri)
    assert isinstance(store, Retiring)
    for first in (0, 3, 6):
        store.write([numbered(3, first=first), numbered(1, "dns", first)])
        roll_over(uri)
    far = datetime.now(UTC) + timedelta(days=3650)
    assert store.retire("flow", far) == 0
    monkeypatch.setattr(streams, "LEAST_DAYS", 0)
    assert store.retire("flow", datetime.now(UTC) - timedelta(hours=1)) == 0
    # Of the three indices that are full, the last got its follower when the newest of all was made.
    assert store.retire("flow", far) == 6
    assert stored(store) == ["dns-0", "dns-3", "flow-6", "flow-7", "flow-8", "dns-6"]
    assert store.retire("windows", far) == 0


def test_an_index_is_old_when_the_one_after_it_is():
    day = timedelta(days=1)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    made = [Backing(f"i{n}", at + n * 30 * day) for n in range(4)]
    assert expired(made, at) == []
    assert expired(made, at + 30 * day) == []
    assert expired(made, at + 31 * day) == made[:1]
    assert expired(made, at + 3650 * day) == made[:3]


def test_a_clock_of_ours_that_runs_ahead_removes_nothing():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    backing = {"s": [Backing("a", at), Backing("b", at + timedelta(days=30))]}
    assert streams._server_time(backing, at + timedelta(days=3650)) == at + timedelta(days=30)
    assert streams._server_time(backing, at) == at


@pytest.mark.elasticsearch
def test_an_index_of_an_older_taishi_is_told(uri):
    client, prefix = parts(uri)
    with client:
        client.indices.create(index=f"{prefix}-dns")
        with pytest.raises(
            Problem, match=rf"{prefix}-dns is an index of an older Taishi.* name another prefix"
        ):
            open_event_store(uri)
        client.indices.delete(index=f"{prefix}-dns")


@pytest.mark.elasticsearch
def test_a_new_release_gives_an_open_stream_its_columns(uri, monkeypatch):
    open_event_store(uri).write([numbered(2)])
    monkeypatch.setattr("taishi.store.elasticsearch.templates.SETTINGS", {"index.number_of_shards": 2})
    store = open_event_store(uri)
    assert store.write([numbered(4)]) == Written(2, 2)
    client, prefix = parts(uri)
    with client:
        shards = client.indices.get_settings(index=f"{prefix}-flow", name="index.number_of_shards").body
    assert [one["settings"]["index"]["number_of_shards"] for _, one in sorted(shards.items())] == ["1", "2"]


@pytest.mark.elasticsearch
def test_what_the_server_does_not_take_now_is_sent_again(uri, monkeypatch):
    """A write block is what a disk above its flood stage gets: item by item 403, or 429."""
    client, prefix = parts(uri)
    store = open_event_store(uri)
    store.write([numbered(1)])
    waits: list[float] = []

    def make_room_at_the_second_wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            client.indices.put_settings(index=f"{prefix}-flow", settings={"index.blocks.write": False})

    monkeypatch.setattr(store._bulk, "_sleep", make_room_at_the_second_wait)
    with client:
        client.indices.put_settings(index=f"{prefix}-flow", settings={"index.blocks.write": True})
        assert store.write([numbered(5), numbered(5, "dns")]) == Written(9, 1)
        assert waits == [0.1, 0.2]
        client.indices.put_settings(index=f"{prefix}-flow", settings={"index.blocks.write": True})
        with pytest.raises(Away, match="has no room for 2 events"):
            store.write([numbered(7)])
        assert len(waits) == 2 + len(bulk._WAITS)
        client.indices.put_settings(index=f"{prefix}-flow", settings={"index.blocks.write": False})
    assert store.write([numbered(7)]) == Written(2, 5)


@pytest.mark.elasticsearch
def test_requests_larger_than_the_server_takes_are_halved(uri, monkeypatch):
    monkeypatch.setattr(bulk, "_BYTES", 256 << 20)
    store = open_event_store(uri)
    rows = [{"event.id": f"e{n}", "original": f"{n} " + "x" * 2_400_000} for n in range(16)]
    assert store.write([numbered(4), batch("other", *rows)]) == Written(20)
    assert store.count(Query(kinds=("other",))) == 16
