"""Sigma rules as queries of an Elasticsearch store: how many have one, what they find, what a round costs.

Run: scripts/bench queries [-- --events N] [--quick]   (writes bench/results/queries.json)
Needs scripts/get-elasticsearch (or ES_URL) and TAISHI_CORPUS. The store holds the logs of SigmaHQ's
regression cases, the examples of our own rules, and generated events (`store_events.py`) up to N.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import store_events

import detections.rules
from detections.engine.load import RulePack, load_rules
from detections.networks import Networks
from detections.queries.kept_queries import kept_queries
from detections.queries.lucene import RuleQuery
from detections.rule_watch import RuleWatch
from sensors.choose import sense
from taishi.app.rule_examples import read_examples
from taishi.app.scheduled_rules.looking import Looking
from taishi.app.scheduled_rules.split import split
from taishi.core.event import Batch
from taishi.core.searching import RuleSearch, Slice, Unanswered
from taishi.core.source import Source
from taishi.kit.kept import Kept, default_folder
from taishi.store import open_event_store
from taishi.store.elasticsearch.rule_names import RuleNames
from taishi.store.elasticsearch.store import ElasticsearchStore

RESULT = Path(__file__).parent / "results" / "queries.json"
sys.path.append(str(Path(__file__).parent.parent / "tests" / "servers"))
import elasticsearch_server  # noqa: E402

#: Numbers of a slice, as in the service; newest events whose look is timed alone; most hits of a query here.
NUMBERS, NEWEST, MOST_HITS = 50_000, 10_000, 9_999
Pairs = set[tuple[str, str]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="not every query of every slice, as it was")
    args = parser.parse_args()
    corpus = Path(os.environ["TAISHI_CORPUS"]) / "sigma"
    packs = {
        "own": load_rules([Path(next(iter(detections.rules.__path__)))]),
        "sigmahq": load_rules([corpus]),
    }
    batches = [*_cases(corpus), *(one.batch for rule in packs["own"].rules for one in read_examples(rule))]
    batches += store_events.batches(max(0, args.events - sum(map(len, batches))))
    results = json.loads(RESULT.read_text()) if RESULT.exists() else {"own": {}, "sigmahq": {}}
    with _server() as url, tempfile.TemporaryDirectory() as folder:
        uri = f"elasticsearch+{url}/taishi-bench-{uuid4().hex[:8]}"
        with closing(open_event_store(uri)) as store:
            assert isinstance(store, ElasticsearchStore)  # noqa: S101
            store.write(batches)
            for name, pack in packs.items():
                results[name] |= _measured(pack, store, batches, Kept(Path(folder)), args.quick)
                print(name, json.dumps(results[name], indent=1), file=sys.stderr)
    RESULT.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    return 0


def _cases(corpus: Path) -> Iterator[Batch]:
    for log in sorted((corpus / "regression_data").rglob("*.evtx")):
        yield from sense(Source.of(log)).read(Source.of(log), lambda *_: None)


@contextmanager
def _server() -> Iterator[str]:
    named = os.environ.get("ES_URL")
    if named:
        yield named.rstrip("/")
    else:
        with elasticsearch_server.running() as url:
            yield url


def _measured(
    pack: RulePack, store: ElasticsearchStore, batches: Sequence[Batch], kept: Kept, quick: bool
) -> dict[str, object]:
    began = time.perf_counter()
    feeding = {name for one in pack.correlations for name in one.rules}
    told = kept_queries(pack, RuleNames(), feeding, kept)
    writing = time.perf_counter() - began
    search = store.rule_search()
    parted = split(pack, search.naming, kept)
    watch = RuleWatch(parted.searched, Networks(), Kept(default_folder()))
    began = time.perf_counter()
    by_engine = {(rule.id, event.id) for batch in batches for rule, event in watch.engine.match(batch)}
    engine = time.perf_counter() - began
    slices = list(_slices(search, 0, NUMBERS))
    service = Looking(search, parted.queries, watch)
    as_service, seconds_as_service = _round(service, slices, watch)
    result: dict[str, object] = {
        "rules": len(told),
        "with a query": sum(1 for one in told if one.queries),
        "without, by reason": _reasons(told),
        "seconds to write all queries": round(writing, 1),
        "events": sum(map(len, batches)),
        "looks": len(slices),
        "seconds of the engine": round(engine, 1),
        "pairs by engine": len(by_engine),
        "as the service": {
            "queries": service.cost.queries,
            "seconds": round(seconds_as_service, 1),
            "events looked at": service.cost.events,
            "pairs missed": len(by_engine - as_service),
            "pairs too many": len(as_service - by_engine),
        },
    }
    if quick:
        return result
    looking = Looking(search, parted.queries, watch, worth=0)
    found, seconds = _round(looking, slices, watch)
    newest = Looking(search, parted.queries, watch, worth=0)
    last = list(_slices(search, slices[-1].upto - NEWEST, NUMBERS))
    _, seconds_newest = _round(newest, last, watch)
    own, skipped = _by_own_query(search, parted.queries, slices)
    return result | {
        "queries": looking.cost.queries,
        "seconds": round(seconds, 1),
        "events looked at": looking.cost.events,
        "rules for which the engine stood in": len(looking.cost.unanswered),
        "newest": {
            "events": NEWEST,
            "queries": newest.cost.queries,
            "seconds": round(seconds_newest, 1),
            "events looked at": newest.cost.events,
        },
        "pairs missed": len(by_engine - found),
        "pairs missed by their own rule's query": len({p for p in by_engine if p[0] not in skipped} - own),
        "pairs found by queries": len(own),
        "pairs too many": len(found - by_engine),
    }


def _slices(search: RuleSearch, after: int, most: int) -> Iterator[Slice]:
    """As the service cuts them."""
    while within := search.next(after, most):
        yield within
        after = within.upto


def _round(looking: Looking, slices: Sequence[Slice], watch: RuleWatch) -> tuple[Pairs, float]:
    began, found = time.perf_counter(), set[tuple[str, str]]()
    for within in slices:
        for batch in looking.candidates(within):
            looking.cost.events += len(batch)
            found |= {(rule.id, event.id) for rule, event in watch.engine.match(batch)}
    return found, time.perf_counter() - began


def _by_own_query(
    search: RuleSearch, queries: Sequence[RuleQuery], slices: Sequence[Slice]
) -> tuple[Pairs, set[str]]:
    """Each rule with the events that its own query finds; and the rules of which one did not tell all."""
    pairs, skipped = set[tuple[str, str]](), set[str]()
    for within in slices:
        asked = [(one.rule.id, (of.kind, of.text)) for one in queries for of in one.queries]
        answers = search.find([of for _, of in asked], within, MOST_HITS)
        skipped |= {
            rule for (rule, _), one in zip(asked, answers, strict=True) if isinstance(one, Unanswered)
        }
        told = [(rule, one) for (rule, _), one in zip(asked, answers, strict=True) if isinstance(one, Set)]
        numbers = sorted(frozenset().union(*(one for _, one in told)))
        events = [event.id for batch in search.fetch(frozenset(numbers)) for event in batch.events()]
        names = dict(zip(numbers, events, strict=True))
        pairs |= {(rule, names[number]) for rule, one in told for number in one}
    return pairs, skipped


def _reasons(told: Sequence[RuleQuery]) -> dict[str, int]:
    """Placeholders are named in the reason; here they are one."""
    return dict(Counter(one.reason.split(":")[0] for one in told if one.reason).most_common())


if __name__ == "__main__":
    sys.exit(main())
