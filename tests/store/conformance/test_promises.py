"""Every promise of the event store's port, on every store."""

import itertools
import os
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import START, answer, batch, batches, numbered, queries

from taishi.core.event import Batch, Event
from taishi.core.ports import Condition, Query, Written
from taishi.core.problems import Problem
from taishi.store.port import Store

OPEN = "one"


def all_events(store: Store, limit: int = 10_000) -> list[Event]:
    """The stream read to its end."""
    events: list[Event] = []
    cursor = None
    while True:
        got, cursor = store.stream(cursor, limit)
        if not got:
            return events
        events += [event for one in got for event in one.events()]


def pages(store: Store, query: Query) -> list[Event]:
    """All pages of a query, each no larger than its limit."""
    events: list[Event] = []
    while True:
        page = store.search(query)
        assert len(page.events) <= query.limit
        events += page.events
        if page.cursor is None:
            return events
        query = Query(**{**vars_of(query), "cursor": page.cursor})


def vars_of(query: Query) -> dict[str, object]:
    return {name: getattr(query, name) for name in query.__dataclass_fields__}


def test_an_event_comes_back_as_it_went_in(open_store):
    store = open_store(OPEN)
    given_batch = batch(
        "tls",
        {
            "@timestamp": START + timedelta(microseconds=123_457),
            "source.ip": "192.0.2.1",
            "host.ip": ["192.0.2.1", "2001:db8::1"],
            "destination.port": 443,
            "tls.established": False,
            "tls.server.not_after": START - timedelta(days=365 * 400),
            "extra": {"ja4": "t13d", "n": [1, None, {"x": 0.5}]},
            "original": "原文 \x00\t'\"\\",
        },
    )
    assert store.write([given_batch]) == Written(1)
    (event,) = given_batch.events()
    assert store.get(event.id) == event
    assert store.search(Query()).events == [event]
    assert all_events(store) == [event]


def test_places_are_found_again(open_store):
    store = open_store(OPEN)
    places = {
        "source.geo.country_iso_code": "TW",
        "source.as.number": 65_551,
        "source.as.organization.name": "甲",
    }
    told = batch("flow", {"event.id": "placed", "source.ip": "192.0.2.1", **places}, {"event.id": "nowhere"})
    store.write([told])
    (event,) = pages(store, Query(where=(Condition("source.geo.country_iso_code", "TW"),)))
    assert {name: event.fields[name] for name in places} == places
    for name, value in places.items():
        assert store.count(Query(where=(Condition(name, str(value)),))) == 1


def test_unknown_id_is_none(open_store):
    store = open_store(OPEN)
    assert store.get("nobody") is None
    store.write([numbered(3)])
    assert store.get("nobody") is None
    assert store.get("") is None


def test_an_empty_store_answers(open_store):
    store = open_store(OPEN)
    assert store.write([]) == Written(0)
    assert store.search(Query()).events == []
    assert store.count(Query()) == 0
    assert store.stream(None)[0] == []


def test_known_ids_add_nothing_and_are_counted(open_store):
    store = open_store(OPEN)
    assert store.write([numbered(5), numbered(3)]) == Written(5, 3)
    assert store.write([numbered(7)]) == Written(2, 5)
    other_kind = batch("dns", {"event.id": "flow-1"}, {"event.id": "mine"}, {"event.id": "mine"})
    assert store.write([other_kind]) == Written(1, 2)
    assert store.count(Query()) == 8


def test_a_store_opened_again_holds_the_same(open_store):
    store = open_store(OPEN)
    store.write([numbered(5), numbered(5, "dns")])
    events, (_, cursor) = all_events(store), store.stream(None)
    store.close()
    again = open_store(OPEN)
    assert all_events(again) == events
    assert again.write([numbered(5)]) == Written(0, 5)
    assert again.write([numbered(1, first=9)]) == Written(1)
    assert [event.id for one in again.stream(cursor)[0] for event in one.events()] == ["flow-9"]


def test_stream_goes_on_where_it_stopped(open_store):
    store = open_store(OPEN)
    order = [numbered(3), numbered(2, "dns"), numbered(4, first=3)]
    store.write(order)
    expected = [event for one in order for event in one.events()]
    for limit in (1, 2, 5, 100):
        assert all_events(store, limit) == expected
    cursor = store.stream(None, 4)[1]
    assert store.stream(cursor) == store.stream(cursor)
    end = store.stream(None)[1]
    assert store.stream(end) == ([], end)
    store.write([numbered(1, first=50)])
    assert [len(one) for one in store.stream(end)[0]] == [1]


def test_text_and_long_records(open_store):
    store = open_store(OPEN)
    long = "x" * 20_000 + "Needle" + "y" * 20_000
    store.write([batch("other", {"original": long}, {"message": "a neeDle"}, {"message": "none"})])
    assert store.count(Query(text="nEEDLE")) == 2
    assert {event.text("event.original") for event in store.search(Query(text="needle")).events} == {long, ""}


def test_equal_times_page_by_id(open_store):
    store = open_store(OPEN)
    store.write([batch("flow", *({"event.id": f"e{n}"} for n in range(25)))])
    found = [event.id for event in pages(store, Query(limit=4))]
    assert found == sorted((f"e{n}" for n in range(25)), reverse=True)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("host.name", "web"), {"a"}),
        (Condition("host.name", "web", "startswith"), {"a", "b"}),
        (Condition("host.name", "web", "contains"), {"a", "b", "c"}),
        (Condition("host.name", "web", negated=True), {"b", "c", "d"}),
        (Condition("host.name", "WEB"), set()),
        (Condition("destination.port", "44", "startswith"), {"a"}),
        (Condition("source.ip", "192.0.2.0/25"), {"a"}),
        (Condition("source.ip", "192.0.2.0/24"), {"a", "b"}),
        (Condition("source.ip", "0.0.0.0/0"), {"a", "b"}),
        (Condition("source.ip", "::/0"), {"c"}),
        (Condition("source.ip", "2001:DB8:0:0::1"), {"c"}),
        (Condition("source.ip", "2001:db8::/127"), {"c"}),
        (Condition("host.ip", "192.0.2.9"), {"b"}),
        (Condition("host.ip", "192.0.2.8/30", negated=True), {"a", "c", "d"}),
        (Condition("uid", "C1"), {"a"}),
        (Condition("uid", "C", "startswith"), {"a", "b"}),
        (Condition("uid", "C", negated=True), {"a", "b", "c", "d"}),
        (Condition("dns.question.name", "x"), set()),
    ],
)
def test_a_condition_finds_what_it_says(open_store, condition, found):
    store = open_store(OPEN)
    a = {"host.name": "web", "destination.port": 443, "source.ip": "192.0.2.1", "extra": {"uid": "C1"}}
    b = {"host.name": "web2", "source.ip": "192.0.2.200", "host.ip": ["192.0.2.1", "192.0.2.9"]}
    rows = {
        "a": a,
        "b": {**b, "extra": {"uid": ["x", "C2"]}},
        "c": {"host.name": "myweb", "source.ip": "2001:db8::1"},
    }
    store.write([batch("flow", *({"event.id": name, **row} for name, row in {**rows, "d": {}}.items()))])
    assert {event.id for event in store.search(Query(where=(condition,))).events} == found


def test_the_window_is_half_open(open_store):
    store = open_store(OPEN)
    store.write(
        [
            batch(
                "flow",
                *({"event.id": f"e{n}", "@timestamp": START + timedelta(microseconds=n)} for n in range(5)),
            )
        ]
    )
    window = Query(
        since=START + timedelta(microseconds=1), until=START + timedelta(microseconds=3), newest_first=False
    )
    assert [event.id for event in store.search(window).events] == ["e1", "e2"]
    assert store.count(window) == 2


@pytest.mark.parametrize(
    ("query", "word"),
    [
        (Query(limit=0), "limit 0"),
        (Query(cursor="nonsense"), "nonsense"),
        (Query(where=(Condition("source.ip", "192.0.2.0/40"),)), "192.0.2.0/40"),
    ],
)
def test_unusable_questions_are_told(open_store, query, word):
    store = open_store(OPEN)
    with pytest.raises(Problem, match=word):
        store.search(query)


def test_unusable_stream_cursor_and_batch_are_told(open_store):
    store = open_store(OPEN)
    with pytest.raises(Problem, match="cursor 'x'"):
        store.stream("x")
    good = numbered(1)
    with pytest.raises(Problem, match="dns events cannot be stored"):
        store.write([Batch("dns", good.rows)])
    without_id = good.with_columns({"event.id": pa.nulls(1, pa.string())})
    with pytest.raises(Problem, match=r"event\.id is missing"):
        store.write([without_id])


def test_values_are_never_part_of_the_language(open_store):
    store = open_store(OPEN)
    store.write([numbered(2)])
    nasty = "x' OR 1=1 --"
    for field in ("host.name", "k' OR '1'='1", 'k" OR 1=1', "source.ip"):
        for operator in ("is", "contains", "startswith"):
            assert store.count(Query(where=(Condition(field, nasty, operator),))) == 0


#: Each example opens a store of its own.
_NAMES = itertools.count()
EXAMPLES = int(os.environ.get("TAISHI_EXAMPLES", "25"))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(written=batches(), asked=st.lists(queries(), min_size=1, max_size=12), flush=st.integers(0, 6))
def test_a_store_answers_as_plain_python_would(open_store, written, asked, flush):
    try:
        _compare_with_python(open_store(f"n{next(_NAMES)}"), written, asked, flush)
    finally:
        open_store.end()


def _compare_with_python(store, written, asked, flush):
    kept: dict[str, Event] = {}
    for number, one in enumerate(written):
        fresh = {event.id: event for event in reversed(list(one.events())) if event.id not in kept}
        assert store.write([one]) == Written(len(fresh), len(one) - len(fresh))
        kept |= fresh
        if number == flush and hasattr(store, "flush"):
            store.flush()
    assert sorted(all_events(store, 3), key=lambda e: e.id) == sorted(kept.values(), key=lambda e: e.id)
    for query in asked:
        expected = answer(kept.values(), query)
        assert pages(store, query) == expected
        assert store.count(query) == len(expected)
