"""A store that grows while it is read: pages, the stream, and what was there already."""

from datetime import timedelta

import pytest
from rows import START, batch, numbered

from taishi.core.ports import Query, Written


def moments(*names_and_seconds):
    return batch(
        "flow",
        *({"event.id": name, "@timestamp": START + timedelta(seconds=s)} for name, s in names_and_seconds),
    )


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_page_goes_on_where_it_stopped_whatever_is_written(open_store, newest_first):
    store = open_store()
    store.write([moments(*((f"e{n}", n) for n in range(6)))])
    page = store.search(Query(limit=3, newest_first=newest_first))
    first = [event.id for event in page.events]
    store.write([moments(("older", -1), ("newer", 99), ("e2b", 2.5))])
    rest = store.search(Query(limit=100, newest_first=newest_first, cursor=page.cursor))
    found = first + [event.id for event in rest.events]
    expected = ["e5", "e4", "e3", "e2b", "e2", "e1", "e0", "older"]
    if not newest_first:
        expected = ["e0", "e1", "e2", "e2b", "e3", "e4", "e5", "newer"]
    assert found == expected


@pytest.mark.parametrize("size", [1, 7, 50])
def test_the_stream_gives_each_event_once_while_it_grows(open_store, size):
    store = open_store()
    seen, cursor = [], None
    for step in range(6):
        store.write([numbered(20, first=step * 15)])  # five of them are there already
        got, cursor = store.stream(cursor, size)
        seen += [event.id for one in got for event in one.events()]
    while True:
        got, cursor = store.stream(cursor, size)
        if not got:
            break
        seen += [event.id for one in got for event in one.events()]
    assert seen == [f"flow-{n}" for n in range(95)]


def test_the_stream_keeps_the_order_of_writing_not_of_time(open_store):
    store = open_store()
    store.write([moments(("late", 100))])
    store.write([moments(("early", -100)), batch("dns", {"event.id": "dns"})])
    store.write([moments(("middle", 0))])
    events = [event.id for one in store.stream(None)[0] for event in one.events()]
    assert events == ["late", "early", "dns", "middle"]


@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_however_often_a_batch_comes_it_is_stored_once(open_store, times):
    store = open_store()
    done = [store.write([numbered(4), numbered(4, "dns")]) for _ in range(times)]
    assert sum(one.stored for one in done) == 8
    assert sum(one.duplicate for one in done) == 8 * (times - 1)
    assert store.count(Query()) == 8


def test_the_first_of_two_with_one_id_stays(open_store):
    store = open_store()
    one, other = {"event.id": "x", "host.name": "first"}, {"event.id": "x", "host.name": "second"}
    assert store.write([batch("flow", one), batch("dns", other)]) == Written(1, 1)
    assert store.write([batch("flow", other)]) == Written(0, 1)
    assert store.get("x").text("host.name") == "first"
