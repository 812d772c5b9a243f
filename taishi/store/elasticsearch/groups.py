"""Groups counted by the server: every one of them, exactly, a page of composite buckets at a time."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Json
from taishi.core.ports import Query
from taishi.store.elasticsearch.mapping import exact_field
from taishi.store.elasticsearch.query import to_elasticsearch
from taishi.store.elasticsearch.server import Server
from taishi.store.grouping import CALENDAR, COUNT, KIND, VALUE, key

#: Buckets of one answer.
_PAGE = 10_000


def partial_counts(
    server: Server, index: str, kind: Kind, query: Query, by: Sequence[str], distinct: str | None
) -> pa.Table | None:
    """What `taishi.store.grouping` calls so, for one kind; None where it has no such events.

    A text of more than 3,839 letters is grouped by its pieces (`pieces.py`).
    """
    names = ecs.schema(kind).names
    if not all(name == KIND or name in CALENDAR or name in names for name in by):
        return None
    sources: dict[str, Json] = {key(n): _source(name) for n, name in enumerate(by) if name != KIND}
    if distinct is not None and distinct in names:
        sources[VALUE] = _terms(distinct, missing=True)
    buckets = list(_buckets(server, index, query, sources) if sources else _all(server, index, query))
    return _table(buckets, kind, by, distinct) if buckets else None


def _all(server: Server, index: str, query: Query) -> Iterator[tuple[Mapping[str, Json], int]]:
    count = server.count(index, to_elasticsearch(query))
    if count:
        yield {}, count


def _buckets(
    server: Server, index: str, query: Query, sources: Mapping[str, Json]
) -> Iterator[tuple[Mapping[str, Json], int]]:
    composite: dict[str, Json] = {
        "size": _PAGE,
        "sources": [{name: source} for name, source in sources.items()],
    }
    while True:
        answer = server.whole(
            "counting groups",
            partial(
                server.client.search,
                index=index,
                query=to_elasticsearch(query),
                size=0,
                track_total_hits=False,
                aggs={"groups": {"composite": composite}},
                ignore_unavailable=True,
                allow_partial_search_results=False,
            ),
        )
        found = answer.get("aggregations", {}).get("groups", {"buckets": []})
        for one in found["buckets"]:
            yield one["key"], int(one["doc_count"])
        if "after_key" not in found:
            return
        composite["after"] = found["after_key"]


def _source(name: str) -> Json:
    if name not in CALENDAR:
        return _terms(name)
    return {
        "date_histogram": {
            "field": "@timestamp",
            "calendar_interval": name,
            "time_zone": "Asia/Shanghai",
        }
    }


def _terms(name: str, *, missing: bool = False) -> Json:
    return {"terms": {"field": exact_field(name), "missing_bucket": missing}}


def _table(
    buckets: Sequence[tuple[Mapping[str, Json], int]], kind: Kind, by: Sequence[str], distinct: str | None
) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for number, name in enumerate(by):
        found = [kind if name == KIND else one[key(number)] for one, _ in buckets]
        if name in CALENDAR:
            columns[key(number)] = pa.array([1000 * int(str(one)) for one in found], pa.int64())
        else:
            columns[key(number)] = pa.array(found, pa.string())
    if distinct is not None:
        columns[VALUE] = pa.array([one.get(VALUE) for one, _ in buckets], pa.string())
    columns[COUNT] = pa.array([count for _, count in buckets], pa.int64())
    return pa.table(columns)
