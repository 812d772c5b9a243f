"""The event store on an Elasticsearch server: one index a kind, the event's id as the document's."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import TypeVar, cast

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json
from taishi.core.ports import Page, Query, Written
from taishi.core.problems import Problem
from taishi.store.asking import Place, page_size, read_cursor, stream_position, write_cursor
from taishi.store.elasticsearch.documents import NUMBER, TIME, batch, document, document_id
from taishi.store.elasticsearch.mapping import SETTINGS, mapping
from taishi.store.elasticsearch.query import sort, to_elasticsearch
from taishi.store.elasticsearch.server import Object, Server
from taishi.store.taking import checked

#: Documents in one bulk request.
_BULK = 2_000
#: Most hits that Elasticsearch gives in one answer (`index.max_result_window`).
_WINDOW = 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class Hit:
    """One found document."""

    kind: Kind
    source: Mapping[str, object]

    @property
    def place(self) -> Place:
        return Place(cast(int, self.source[TIME]), cast(str, self.source["event.id"]))

    @property
    def number(self) -> int:
        return cast(int, self.source[NUMBER])


class ElasticsearchStore:
    """Fits `taishi.store.port.Store`. Safe for threads. Any number of processes may read; events are
    numbered for `stream` by the one process that writes.
    """

    def __init__(self, server: Server, prefix: str, *, read_only: bool) -> None:
        """Raises Problem where the server does not answer."""
        self._server = server
        self._prefix = prefix
        self._read_only = read_only
        self._lock = threading.Lock()
        self._ready: set[Kind] = set()
        self._next = self._last_number() + 1

    def _make_ready(self, kind: Kind) -> None:
        """The index of a kind, made at its first event; a new release's columns are added to an old one."""
        if kind in self._ready:
            return
        index = self._index(kind)
        with self._server.asked("making the index") as client:
            if client.indices.exists(index=index):
                client.indices.put_mapping(index=index, body=dict(mapping(kind)))
            else:
                client.indices.create(index=index, mappings=mapping(kind), settings=SETTINGS)
        self._ready.add(kind)

    def _index(self, kind: Kind) -> str:
        return f"{self._prefix}-{kind}"

    def _kind(self, index: str) -> Kind:
        return next(kind for kind in ecs.KINDS if self._index(kind) == index)

    def _indices(self, kinds: Sequence[Kind] = ()) -> list[str]:
        return [self._index(kind) for kind in kinds or ecs.KINDS]

    def _last_number(self) -> int:
        hits = self._hits({"match_all": {}}, [{NUMBER: "desc"}], 1)
        return hits[0].number if hits else 0

    def write(self, batches: Iterable[Batch]) -> Written:
        """Searchable and durable on return (bulk waits for the translog and refreshes)."""
        if self._read_only:
            raise Problem(f"{self._server.url}: is open to read only; open it to write")
        stored = duplicate = 0
        for group in _chunks(_events(batches), _BULK):
            new = self._write(group)
            stored += new
            duplicate += len(group) - new
        return Written(stored, duplicate)

    def _write(self, events: Sequence[Event]) -> int:
        with self._lock:
            for kind in {event.kind for event in events}:
                self._make_ready(kind)
            known = self._known([document_id(event.id) for event in events])
            operations: list[Object] = []
            for event in events:
                name = document_id(event.id)
                if name not in known:
                    # `create` refuses what is there, so an id is never stored twice.
                    operations.append({"create": {"_index": self._index(event.kind), "_id": name}})
                    operations.append(document(event, self._next))
                    self._next += 1
                    known.add(name)
            return self._bulk(operations) if operations else 0

    def _known(self, names: list[str]) -> set[str]:
        """Which of them are stored, under whatever kind."""
        with self._server.asked("looking for known events") as client:
            answer = client.search(
                index=self._indices(),
                query={"ids": {"values": names}},
                size=len(names),
                source=False,
                ignore_unavailable=True,
            )
        return {hit["_id"] for hit in answer["hits"]["hits"]}

    def _bulk(self, operations: list[Object]) -> int:
        with self._server.asked("storing events") as client:
            answer = client.bulk(operations=operations, refresh=True)
        stored = 0
        for item in answer["items"]:
            result = item["create"]
            if result["status"] == 201:
                stored += 1
            elif result["status"] != 409:
                raise Problem(
                    f"{self._server.url}: refused event {result['_id']} ({result['error']['reason']}); "
                    "send the batch again once that is mended: what is stored already adds nothing"
                )
        return stored

    def search(self, query: Query) -> Page:
        size, after = page_size(query), read_cursor(query.cursor)
        start: list[Json] | None = [after.time, after.id] if after else None
        hits = self._hits(to_elasticsearch(query), sort(query), size + 1, start, query.kinds)
        events = [event for one in _batches(hits[:size]) for event in one.events()]
        return Page(events, write_cursor(hits[size - 1].place) if len(hits) > size else None)

    def count(self, query: Query) -> int:
        with self._server.asked("counting") as client:
            answer = client.count(
                index=self._indices(query.kinds), query=to_elasticsearch(query), ignore_unavailable=True
            )
        return int(answer["count"])

    def get(self, event_id: str) -> Event | None:
        hits = self._hits({"ids": {"values": [document_id(event_id)]}}, [{TIME: "asc"}], 1)
        return next((event for one in _batches(hits) for event in one.events()), None)

    def stream(self, cursor: str | None, limit: int = 10_000) -> tuple[list[Batch], str]:
        after = stream_position(cursor)
        hits = self._hits({"range": {NUMBER: {"gt": after}}}, [{NUMBER: "asc"}], limit)
        return _batches(hits), str(hits[-1].number if hits else after)

    def maintain(self, now: datetime) -> None:
        """The server merges and syncs by itself."""

    def damage(self) -> int:
        """None: the server answers for its own storage."""
        return 0

    def close(self) -> None:
        self._server.client.close()

    def _hits(
        self,
        query: Object,
        order: list[dict[str, str]],
        size: int,
        after: list[Json] | None = None,
        kinds: Sequence[Kind] = (),
    ) -> list[Hit]:
        """The first `size` hits in that order, in as many requests as it takes."""
        hits: list[Hit] = []
        while len(hits) < size:
            wanted = min(size - len(hits), _WINDOW)
            with self._server.asked("searching") as client:
                found = client.search(
                    index=self._indices(kinds),
                    query=query,
                    sort=order,
                    size=wanted,
                    search_after=after,
                    track_total_hits=False,
                    ignore_unavailable=True,
                )["hits"]["hits"]
            hits += [Hit(self._kind(one["_index"]), one["_source"]) for one in found]
            if len(found) < wanted:
                break
            after = found[-1]["sort"]
        return hits


def _batches(hits: Sequence[Hit]) -> list[Batch]:
    """The events in their order, neighbours of one kind together."""
    runs = groupby(hits, key=lambda hit: hit.kind)
    return [batch(kind, [hit.source for hit in run]) for kind, run in runs]


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _events(batches: Iterable[Batch]) -> Iterator[Event]:
    for one in checked(batches):
        yield from one.events()
