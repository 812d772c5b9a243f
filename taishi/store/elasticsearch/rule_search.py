"""Rules' queries on the server: many in one request, each bounded in what it finds and in its time.

Fits `taishi.core.searching.RuleSearch`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import cast

from taishi.core.ecs import Kind
from taishi.core.event import Batch, Json
from taishi.core.problems import Problem
from taishi.core.searching import Slice, Unanswered
from taishi.store.elasticsearch.documents import NUMBER
from taishi.store.elasticsearch.rule_names import RuleNames
from taishi.store.elasticsearch.server import Away, Object, Server, cause_of
from taishi.store.elasticsearch.streams import Streams

#: Queries in one request, of which the server works on so many at once; seconds that it may take for one.
_QUERIES, _AT_ONCE, _TIMEOUT_S = 200, 4, 2
#: Seconds for the answer to one request, longer than all of its queries may take.
_WAIT_S = 120
#: Numbers of events in one request (`index.max_terms_count` is 65,536), and events that are read at once.
_NUMBERS, _READ = 5_000, 10_000

#: Which events there are.
_SEEN: Mapping[str, Mapping[str, Json]] = {
    "last": {"max": {"field": NUMBER}},
    "total": {"sum": {"field": NUMBER}},
    "indices": {"terms": {"field": "_index", "size": 10_000}},
}

#: Gives the first so many events of these kinds (all, where none is named) that fulfil a query, in the order
#: of their numbers, and the last number.
Read = Callable[[Object, int, Sequence[Kind]], tuple[list[Batch], int]]


class RuleSearch:
    def __init__(self, server: Server, streams: Streams, read: Read) -> None:
        self._server, self._streams, self._read = server, streams, read
        self.naming = RuleNames()

    def next(self, after: int, most: int) -> Slice | None:
        batches, first = self._read({"range": {NUMBER: {"gt": after}}}, 1, ())
        return self.between(after, first - 1 + most) if batches else None

    def between(self, after: int, upto: int) -> Slice | None:
        answer = self._server.whole(
            "looking for new events",
            partial(
                self._server.client.search,
                index=self._streams.names(),
                query={"range": {NUMBER: {"gt": after, "lte": upto}}},
                size=0,
                track_total_hits=False,
                aggs=_SEEN,
                ignore_unavailable=True,
                allow_partial_search_results=False,
            ),
        )
        found = answer.get("aggregations")
        if not found or found["last"]["value"] is None:
            return None
        kinds = Counter[Kind]()
        for one in found["indices"]["buckets"]:
            kinds[self._streams.kind(one["key"])] += one["doc_count"]
        return Slice(after, int(found["last"]["value"]), kinds, float(found["total"]["value"]))

    def find(
        self, asked: Sequence[tuple[Kind, str]], within: Slice, limit: int
    ) -> list[Set[int] | Unanswered]:
        found: list[Set[int] | Unanswered] = []
        for start in range(0, len(asked), _QUERIES):
            try:
                found += self._found(asked[start : start + _QUERIES], within, limit)
            except Problem as problem:  # as the others will
                return found + [Unanswered(str(problem))] * (len(asked) - len(found))
        return found

    def _found(
        self, asked: Sequence[tuple[Kind, str]], within: Slice, limit: int
    ) -> Iterator[Set[int] | Unanswered]:
        searches = [part for kind, text in asked for part in self._search(kind, text, within, limit)]
        with self._server.asked("searching by rules") as client:
            patient = client.options(request_timeout=_WAIT_S, max_retries=0)
            answer = patient.msearch(searches=searches, max_concurrent_searches=_AT_ONCE)
        return (_numbers(one, limit) for one in answer["responses"])

    def _search(self, kind: Kind, text: str, within: Slice, limit: int) -> Iterator[dict[str, Json]]:
        yield {"index": self._streams.name(kind), "ignore_unavailable": True}
        clauses: list[Json] = [_range(within), {"query_string": {"query": text}}]
        yield {
            "query": {"bool": {"filter": clauses}},
            "size": limit + 1,
            "sort": [NUMBER],
            "_source": False,
            "track_total_hits": False,
            "timeout": f"{_TIMEOUT_S}s",
        }

    def fetch(self, numbers: Set[int]) -> Iterator[Batch]:
        ordered: list[Json] = [*sorted(numbers)]
        for start in range(0, len(ordered), _NUMBERS):
            some = ordered[start : start + _NUMBERS]
            batches, _ = self._read({"terms": {NUMBER: some}}, len(some), ())
            if sum(map(len, batches)) < len(some):
                raise Away(f"{self._server.url}: events that rules found are gone; the next look tells")
            yield from batches

    def everything(self, within: Slice, kinds: Set[Kind]) -> Iterator[Batch]:
        at = within.after
        while at < within.upto:
            rest: Object = {"range": {NUMBER: {"gt": at, "lte": within.upto}}}
            batches, last = self._read(rest, _READ, sorted(kinds))
            if not batches:
                return
            yield from batches
            at = last


def _range(within: Slice) -> dict[str, Json]:
    return {"range": {NUMBER: {"gt": within.after, "lte": within.upto}}}


def _numbers(answer: Mapping[str, object], limit: int) -> Set[int] | Unanswered:
    if "error" in answer:
        return Unanswered(f"is refused ({cause_of(answer['error'])})")
    if answer.get("timed_out"):
        return Unanswered(f"takes longer than {_TIMEOUT_S} s")
    shards = cast(Mapping[str, int], answer["_shards"])
    if shards["successful"] < shards["total"]:
        return Unanswered("is answered by a part of the store only")
    hits = cast("Mapping[str, Sequence[Mapping[str, list[int]]]]", answer["hits"])["hits"]
    if len(hits) > limit:
        return Unanswered(f"finds more than {limit} events at once")
    return frozenset(hit["sort"][0] for hit in hits)
