"""The event store on an Elasticsearch server: a data stream a kind, the event's id as the document's."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import TypeVar, cast

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json
from taishi.core.ledger import Delivery, Fates, Ledger, summed
from taishi.core.ports import Group, Page, Query, Written
from taishi.core.problems import Problem
from taishi.store.asking import Place, page_size, read_cursor, stream_position, write_cursor
from taishi.store.elasticsearch.bulk import Bulk, Numbered
from taishi.store.elasticsearch.documents import NUMBER, SEARCHED, TIME, batch, document_id
from taishi.store.elasticsearch.groups import partial_counts
from taishi.store.elasticsearch.query import sort, to_elasticsearch
from taishi.store.elasticsearch.rule_search import RuleSearch
from taishi.store.elasticsearch.server import Object, Server
from taishi.store.elasticsearch.streams import Streams
from taishi.store.grouping import check_grouping, largest
from taishi.store.taking import checked

#: Documents in one bulk request.
_BULK = 2_000
#: Most hits that Elasticsearch gives in one answer (`index.max_result_window`).
_WINDOW = 10_000
#: A restart leaves this gap in the numbers: what a killed process had sent may still arrive with its own.
_RESTART_GAP = 1 << 20

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

    def __init__(self, server: Server, streams: Streams, *, read_only: bool) -> None:
        """Asks the server for nothing yet."""
        self._server = server
        self._streams = streams
        self._bulk = Bulk(server)
        self._read_only = read_only
        self._lock = threading.Lock()
        #: The number of the next event; None until the server was asked.
        self._next: int | None = None
        self._fates: dict[str, Fates] = {}
        #: Where the last event of each kind landed.
        self._landed: dict[Kind, str] = {}

    def reach(self) -> None:
        """Raises Away where the server does not answer, Problem where it cannot hold this store."""
        self._streams.look()

    def _ready(self) -> int:
        """The number of the next event; the first asks the server."""
        if self._next is None:
            self._streams.look()
            self._next = self._last_number() + _RESTART_GAP
        return self._next

    def _last_number(self) -> int:
        hits = self._hits({"match_all": {}}, [{NUMBER: "desc"}], 1)
        return hits[0].number if hits else 0

    def write(self, batches: Iterable[Batch], delivery: Delivery = Delivery()) -> Written:
        """Searchable and durable on return (bulk waits for the translog and refreshes). Raises Away where
        the server takes nothing now: what was stored stays, and sent again it adds nothing.
        """
        if self._read_only:
            raise Problem(f"{self._server.url}: is open to read only; open it to write")
        stored = duplicate = 0
        for group in _chunks(_events(batches), _BULK):
            new = self._write(group)
            stored += new
            duplicate += len(group) - new
        self._count(delivery.sensor, Fates(stored, duplicate, delivery.quarantined()))
        return Written(stored, duplicate)

    def _count(self, sensor: str, fates: Fates) -> None:
        with self._lock:
            self._fates = summed(self._fates, [(sensor, fates)])

    def ledger(self) -> Ledger:
        """Of this process only: what counts for good stands in front (`fronted.py`)."""
        with self._lock:
            return self._fates

    def _write(self, events: Sequence[Event]) -> int:
        with self._lock:
            number = self._ready()
            for kind in {event.kind for event in events}:
                self._streams.make_ready(kind)
            known = self._known([document_id(event.id) for event in events])
            fresh: list[Numbered] = []
            for event in events:
                name = document_id(event.id)
                if name not in known:
                    fresh.append(Numbered(event, number + len(fresh), self._streams.name(event.kind)))
                    known.add(name)
            # Kept also where not all got in: no number is given to two events.
            self._next = number + len(fresh)
            created = self._bulk.create(fresh).created
            return len(created) - self._taken_back(created)

    def _known(self, names: list[str]) -> set[str]:
        """Which of them are stored, under whatever kind and in whatever backing index."""
        return {hit["_id"] for hit in self._copies(names)}

    def _copies(self, names: Sequence[str]) -> list[Mapping[str, str]]:
        answer = self._server.whole(
            "looking for known events",
            partial(
                self._server.client.search,
                index=self._streams.names(),
                query={"ids": {"values": list(names)}},
                size=min(2 * len(names), _WINDOW),
                source=False,
                ignore_unavailable=True,
                allow_partial_search_results=False,
            ),
        )
        return list(answer["hits"]["hits"])

    def _taken_back(self, created: Mapping[str, str]) -> int:
        """An id is refused twice within a backing index only. Where ours landed in another one than the last
        time, somebody may have written the same before the roll-over and after we looked: the later copy
        goes.
        """
        moved = {index for index in created.values() if self._landed.get(self._streams.kind(index)) != index}
        self._landed |= {self._streams.kind(index): index for index in created.values()}
        names = [name for name, index in created.items() if index in moved]
        if not names:
            return 0
        there: dict[str, set[str]] = {}
        for hit in self._copies(names):
            there.setdefault(hit["_id"], set()).add(hit["_index"])
        doubled = [name for name in names if min(there.get(name, {created[name]})) < created[name]]
        for name in doubled:
            with self._server.asked("removing a copy") as client:
                client.delete(index=created[name], id=name, refresh=True)
        return len(doubled)

    def search(self, query: Query) -> Page:
        size, after = page_size(query), read_cursor(query.cursor)
        start: list[Json] | None = [after.time, after.id] if after else None
        hits = self._hits(to_elasticsearch(query), sort(query), size + 1, start, query.kinds)
        events = [event for one in _batches(hits[:size]) for event in one.events()]
        return Page(events, write_cursor(hits[size - 1].place) if len(hits) > size else None)

    def count(self, query: Query) -> int:
        return self._server.count(self._streams.names(query.kinds), to_elasticsearch(query))

    def groups(self, query: Query, by: Sequence[str], distinct: str | None = None) -> list[Group]:
        """Fits `taishi.core.ports.Grouping`."""
        check_grouping(by, distinct)
        parts = [
            partial_counts(self._server, self._streams.name(kind), kind, query, by, distinct)
            for kind in query.kinds or ecs.KINDS
        ]
        return largest([one for one in parts if one is not None], by, distinct, query.limit)

    def get(self, event_id: str) -> Event | None:
        hits = self._hits({"ids": {"values": [document_id(event_id)]}}, [{TIME: "asc"}], 1)
        return next((event for one in _batches(hits) for event in one.events()), None)

    def stream(self, cursor: str | None, limit: int = 10_000) -> tuple[list[Batch], str]:
        after = stream_position(cursor)
        hits = self._hits({"range": {NUMBER: {"gt": after}}}, [{NUMBER: "asc"}], limit)
        return _batches(hits), str(hits[-1].number if hits else after)

    def rule_search(self) -> RuleSearch:
        """Fits `taishi.core.searching.Searchable`."""
        return RuleSearch(self._server, self._streams, self._numbered)

    def _numbered(self, query: Object, limit: int, kinds: Sequence[Kind]) -> tuple[list[Batch], int]:
        hits = self._hits(query, [{NUMBER: "asc"}], limit, kinds=kinds)
        return _batches(hits), hits[-1].number if hits else 0

    def maintain(self, now: datetime) -> None:
        """The server merges and syncs by itself; what it lacks is done here. Raises Problem."""
        if not self._read_only:
            self._streams.maintain(now)

    def retire(self, kind: Kind, before: datetime) -> int:
        """Fits `taishi.core.ports.Retiring`. Raises Away, Problem."""
        return self._streams.retire(kind, before)

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
            found = self._server.whole(
                "searching",
                partial(
                    self._server.client.search,
                    index=self._streams.names(kinds),
                    query=query,
                    sort=order,
                    size=wanted,
                    search_after=after,
                    track_total_hits=False,
                    source_excludes=list(SEARCHED),
                    ignore_unavailable=True,
                    allow_partial_search_results=False,
                ),
            )["hits"]["hits"]
            hits += [Hit(self._streams.kind(one["_index"]), one["_source"]) for one in found]
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
