"""What only the Elasticsearch store promises."""

import pytest
from rows import batch, numbered

from taishi.core.ports import Condition, Query, Written
from taishi.core.problems import Problem
from taishi.store import open_event_store


def test_a_server_that_is_not_there_is_told_without_the_password():
    with pytest.raises(Problem, match=r"http://127\.0\.0\.1:1: looking for streams not answered") as told:
        open_event_store("elasticsearch+http://taishi:s3cret@127.0.0.1:1")
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    "uri", ["elasticsearch+http://", "elasticsearch+http://host", "elasticsearch+http://h:x"]
)
def test_a_uri_without_host_or_port_is_told(uri):
    with pytest.raises(Problem, match="needs host and port"):
        open_event_store(uri)


@pytest.mark.elasticsearch
def test_what_the_server_refuses_is_told_with_its_reason(uri):
    bad = uri.replace("own", "own-UPPER")
    with pytest.raises(
        Problem, match=r"putting the templates refused \(400 invalid_index_template_exception"
    ):
        open_event_store(bad).write([numbered(1)])


@pytest.mark.elasticsearch
def test_read_only_makes_nothing(uri):
    reader = open_event_store(uri, read_only=True)
    assert reader.search(Query()).events == []
    with pytest.raises(Problem, match="read only"):
        reader.write([numbered(1)])
    open_event_store(uri).write([numbered(1)])
    assert reader.count(Query()) == 1


@pytest.mark.elasticsearch
def test_ids_longer_than_elasticsearch_takes(uri):
    store = open_event_store(uri)
    long = "县" * 400
    assert store.write([batch("flow", {"event.id": long})]) == Written(1)
    assert store.write([batch("flow", {"event.id": long})]) == Written(0, 1)
    assert store.get(long).id == long


@pytest.mark.elasticsearch
def test_more_than_one_answer_holds(uri, monkeypatch):
    monkeypatch.setattr("taishi.store.elasticsearch.store._WINDOW", 7)
    store = open_event_store(uri)
    store.write([numbered(30)])
    assert len(store.search(Query(limit=25)).events) == 25
    assert sum(map(len, store.stream(None)[0])) == 30


@pytest.mark.elasticsearch
def test_many_events_are_written_in_several_requests(uri):
    store = open_event_store(uri)
    assert store.write([numbered(2500), numbered(2500)]) == Written(2500, 2500)
    assert store.count(Query(where=(Condition("destination.port", "3"),))) == 357
