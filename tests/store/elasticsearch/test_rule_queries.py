"""Rules as queries: what the engine hits is found by the rule's own query on the real server."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

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
