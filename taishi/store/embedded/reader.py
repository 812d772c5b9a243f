"""Search over what an embedded store holds at one moment: segments and the rows still in the spool."""
# ruff: noqa: S608 - only names of ours stand in the SQL, every value is a parameter.

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.ports import Group, Page, Query
from taishi.store.asking import Place, check, page_size, read_cursor, write_cursor
from taishi.store.embedded.duck import Question, connect
from taishi.store.embedded.groups import Groups
from taishi.store.embedded.manifest import Segment
from taishi.store.embedded.sifting import sifted
from taishi.store.embedded.snapshot import Snapshot, by_kind, in_window
from taishi.store.embedded.sql import Clauses, Parameter, column

#: Newest (or oldest) segments are asked first, with so many rows, so that a page of recent events reads few;
#: more of them for an address, which few rows have.
_FIRST_ROWS, _FIRST_ROWS_OF_ADDRESS = 200_000, 1_000_000


@dataclass(frozen=True)
class _Key:
    place: Place
    kind: Kind


class Reader:
    """Answers from snapshots; `snapshot` is called once for each question."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._duckdb = connect()
        self._groups = Groups(self._duckdb)

    def search(self, query: Query) -> Page:
        check(query)
        size, after = page_size(query), read_cursor(query.cursor)
        snapshot = self._snapshot()
        keys = self._keys(snapshot, query, after, size + 1)
        more = len(keys) > size
        return Page(self._events(snapshot, keys[:size]), write_cursor(keys[size - 1].place) if more else None)

    def count(self, query: Query) -> int:
        check(query)
        snapshot = self._snapshot()
        question, clauses = Question(self._duckdb, snapshot.folder), Clauses(query)
        segments = sifted(snapshot.folder, in_window(snapshot.segments, query), query)
        counts = [
            f"SELECT count(*) AS n FROM {question.source(kind, of, spooled)} WHERE {clauses.text(kind)}"
            for kind, of, spooled in by_kind(snapshot, segments, query)
        ]
        if not counts:
            return 0
        table = question.run(
            f"SELECT sum(n)::BIGINT AS n FROM ({' UNION ALL '.join(counts)})", clauses.parameters
        )
        return cast(int, table.column("n")[0].as_py())

    def groups(self, query: Query, by: Sequence[str], distinct: str | None) -> list[Group]:
        return self._groups.of(self._snapshot(), query, by, distinct)

    def get(self, event_id: str) -> Event | None:
        snapshot = self._snapshot()
        for kind, segments, spooled in by_kind(snapshot, snapshot.segments):
            found = self._rows(snapshot, kind, segments, spooled, '"event.id" = $id', {"id": event_id})
            if found:
                return found[0]
        return None

    def close(self) -> None:
        self._duckdb.close()

    def _keys(self, snapshot: Snapshot, query: Query, after: Place | None, size: int) -> list[_Key]:
        """The first `size` matches, asking ever more segments until none left can come before them."""
        waiting = sorted(
            in_window(snapshot.segments, query),
            key=lambda one: -one.last_time if query.newest_first else one.first_time,
        )
        keys: list[_Key] = []
        spooled, asked = snapshot.spooled, 0
        wanted = _FIRST_ROWS_OF_ADDRESS if query.address else _FIRST_ROWS
        while True:
            now, waiting = _taken(waiting, wanted)
            near = tuple(sifted(snapshot.folder, now, query))
            keys += self._keys_in(Snapshot(snapshot.folder, near, spooled), query, after, size)
            keys = sorted(keys, key=lambda key: key.place, reverse=query.newest_first)[:size]
            if not waiting or (len(keys) == size and _before(keys[-1].place, waiting[0], query.newest_first)):
                return keys
            spooled, asked = {}, asked + sum(one.rows for one in now)
            wanted = _rows_more(asked, len(keys), size)

    def _keys_in(self, snapshot: Snapshot, query: Query, after: Place | None, size: int) -> list[_Key]:
        question, clauses = Question(self._duckdb, snapshot.folder), Clauses(query)
        order = "DESC" if query.newest_first else "ASC"
        first = f"ORDER BY time {order}, id {order} LIMIT $size"
        parts = [
            f'(SELECT \'{kind}\' AS kind, epoch_us("@timestamp") AS time, "event.id" AS id'
            f" FROM {source} WHERE {where} {first})"
            for kind, segments, spooled in by_kind(snapshot, snapshot.segments, query)
            for source in (question.source(kind, segments, spooled),)
            for where in clauses.alternatives(kind, after)
        ]
        if not parts:
            return []
        sql = f"FROM ({' UNION '.join(parts)}) {first}"
        found = question.run(sql, {**clauses.parameters, "size": size}).to_pydict()
        rows = zip(found["kind"], found["time"], found["id"], strict=True)
        return [_Key(Place(time, event_id), kind) for kind, time, event_id in rows]

    def _events(self, snapshot: Snapshot, keys: Sequence[_Key]) -> list[Event]:
        """The whole rows of the keys, in their order."""
        events: dict[str, Event] = {}
        for kind, segments, spooled in by_kind(snapshot, snapshot.segments):
            places = [key.place for key in keys if key.kind == kind]
            if not places:
                continue
            first, last = min(places).time, max(places).time
            near = [one for one in segments if one.first_time <= last and one.last_time >= first]
            where = (
                '"event.id" IN (SELECT unnest($ids)) AND '
                '"@timestamp" BETWEEN make_timestamptz($first) AND make_timestamptz($last)'
            )
            ids = [place.id for place in places]
            found = self._rows(
                snapshot, kind, near, spooled, where, {"ids": ids, "first": first, "last": last}
            )
            events.update((event.id, event) for event in found)
        return [events[key.place.id] for key in keys]

    def _rows(
        self,
        snapshot: Snapshot,
        kind: Kind,
        segments: Sequence[Segment],
        spooled: pa.Table | None,
        where: str,
        parameters: Mapping[str, Parameter],
    ) -> list[Event]:
        question, schema = Question(self._duckdb, snapshot.folder), ecs.schema(kind)
        columns = ", ".join(column(name) for name in schema.names)
        sql = f"SELECT {columns} FROM {question.source(kind, segments, spooled)} WHERE {where}"
        table = question.run(sql, parameters)
        return [event for batch in batches(kind, table) for event in batch.events()]


def batches(kind: Kind, table: pa.Table) -> Iterator[Batch]:
    """The table's rows with exactly the columns of their kind."""
    schema = ecs.schema(kind)
    for rows in table.select(schema.names).cast(schema).to_batches():
        yield Batch(kind, rows)


def _before(place: Place, segment: Segment, newest_first: bool) -> bool:
    """Whether no row of the segment can stand before the place."""
    return place.time > segment.last_time if newest_first else place.time < segment.first_time


def _taken(waiting: list[Segment], rows: int) -> tuple[list[Segment], list[Segment]]:
    """The first segments that hold so many rows together, at least one if there is one, and the others."""
    count = 0
    while count < len(waiting) and rows > 0:
        rows -= waiting[count].rows
        count += 1
    return waiting[:count], waiting[count:]


def _rows_more(asked: int, found: int, size: int) -> int:
    """How many rows to ask next: as many as may hold the missing ones, at most twice those before."""
    return min(2 * asked, asked * (size - found) * 5 // (4 * found) + 1) if found else asked + 1
