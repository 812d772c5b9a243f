"""Rules as queries: what the engine hits is found by the rule's own query on the real server."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from elasticsearch import Elasticsearch
from hypothesis import Phase, given, settings
from hypothesis.strategies import SearchStrategy

import detections.rules
from detections.engine.load import RulePack, load_rules
from detections.engine.sigma import SigmaEngine
from detections.queries.lucene import RuleQuery, rule_queries
from sensors.choose import sense
from taishi.app.rule_examples import read_examples
from taishi.core.event import Batch
from taishi.core.source import Source
from taishi.store import open_event_store
from taishi.store.elasticsearch.rule_names import RuleNames
from tests.detections.engine.conformance.driver import batches as events_of
from tests.detections.engine.test_against_reference import pack_of
from tests.store.elasticsearch.test_weakened_rules import event_sets, rule_sets

T = TypeVar("T")
OWN = Path(next(iter(detections.rules.__path__)))


def hits(pack: RulePack, batches: Iterable[Batch]) -> dict[str, set[str]]:
    """What the engine finds: ids of events by rule."""
    engine, found = SigmaEngine(pack.plan), defaultdict[str, set[str]](set)
    for batch in batches:
        for rule, event in engine.match(batch):
            found[rule.id].add(event.id)
    return found


def asked(uri: str, queries: Sequence[RuleQuery]) -> dict[str, set[str]]:
    """What the queries find."""
    address, _, prefix = uri.removeprefix("elasticsearch+").rpartition("/")
    found = defaultdict[str, set[str]](set)
    with Elasticsearch(address, request_timeout=60) as client:
        for one in queries:
            for of in one.queries:
                answer = client.search(
                    index=f"{prefix}-{of.kind}",
                    query={"query_string": {"query": of.text}},
                    size=10_000,
                    source=["event.id"],
                    ignore_unavailable=True,
                )
                found[one.rule.id] |= {hit["_source"]["event.id"] for hit in answer["hits"]["hits"]}
    return found


def missed(
    wanted: Mapping[str, set[str]], found: Mapping[str, set[str]], queries: Sequence[RuleQuery]
) -> list[str]:
    """Rules whose query did not find all that the engine hits."""
    asked_for = [one.rule for one in queries if one.queries]
    return [rule.title for rule in asked_for if wanted.get(rule.id, set()) - found.get(rule.id, set())]


@pytest.mark.elasticsearch
def test_each_own_rules_examples_are_found_by_its_query(uri: str) -> None:
    pack = load_rules([OWN])
    examples = [one for rule in pack.rules for one in read_examples(rule)]
    with closing(open_event_store(uri)) as store:
        store.write([one.batch for one in examples])
    queries = rule_queries(pack, RuleNames())
    wanted, found = hits(pack, [one.batch for one in examples]), asked(uri, queries)
    assert missed(wanted, found, queries) == []
    by_query = [one for one in queries if one.queries]
    assert len(by_query) > 80
    assert all(wanted[one.rule.id] for one in by_query), "an example that hits nothing"
    # Few others are looked at: the engine sees them again and lets them go.
    candidates = sum(len(found[one.rule.id]) for one in by_query)
    assert candidates < 4 * sum(len(wanted[one.rule.id]) for one in by_query)


@pytest.mark.elasticsearch
def test_each_regression_case_of_sigmahq_is_found_by_its_rules_query(uri: str, corpus: Path) -> None:
    pack = load_rules([corpus / "sigma"])
    logs = sorted((corpus / "sigma" / "regression_data").rglob("*.evtx"))
    batches = [batch for log in logs for batch in sense(Source.of(log)).read(Source.of(log), lambda *_: None)]
    wanted = hits(pack, batches)
    queries = rule_queries(pack, RuleNames(), among=wanted.keys())
    assert len(queries) == len(wanted) > 90
    with closing(open_event_store(uri)) as store:
        store.write(batches)
    found = asked(uri, queries)
    assert missed(wanted, found, queries) == []
    assert sum(1 for one in queries if one.queries) > 0.9 * len(queries)


@pytest.mark.elasticsearch
def test_random_rules_find_on_the_server_what_they_hit(uri: str) -> None:
    """As `test_weakened_rules.py`, with Lucene's own reading of the queries."""
    rules, seen = drawn(rule_sets, int(os.environ.get("TAISHI_SOAK") or "100")), drawn(event_sets, 30)
    pack, batches = pack_of(rules), list(events_of(seen))
    wanted, queries = hits(pack, batches), rule_queries(pack, RuleNames())
    assert not any(one.reason.startswith("too long") for one in queries)
    with closing(open_event_store(uri)) as store:
        store.write(batches)
    found = asked(uri, queries)
    assert missed(wanted, found, queries) == []
    by_query = [one.rule.id for one in queries if one.queries]
    assert len(by_query) > 60
    assert sum(1 for one in by_query if wanted.get(one)) > 20
    assert sum(len(found[one]) for one in by_query) < 0.1 * len(by_query) * len(seen), "everything is found"


def drawn(sets: SearchStrategy[list[T]], count: int) -> list[T]:
    """The same ones each time."""
    given_: list[T] = []

    @settings(max_examples=count, database=None, derandomize=True, phases=[Phase.generate], deadline=None)
    @given(sets)
    def draw(some: list[T]) -> None:
        given_.extend(some)

    draw()
    return given_
