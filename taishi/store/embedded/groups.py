"""Groups of an embedded store: counted once a segment, kept in memory, added up at each question.

A segment never changes, so neither does what is counted in it: whoever asks again (a page that comes back
every few seconds) pays for new segments only, however many there are. What the rollup beside a segment tells
is not counted at all.
"""

# ruff: noqa: S608 - only names of ours stand in the SQL, every value is a parameter.

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.ports import Group, Query
from taishi.store.asking import check
from taishi.store.embedded.duck import Question
from taishi.store.embedded.manifest import Segment
from taishi.store.embedded.rollup import rolled_up
from taishi.store.embedded.snapshot import Snapshot, by_kind, in_window
from taishi.store.embedded.sql import Clauses, as_text, column
from taishi.store.grouping import CALENDAR, COUNT, KIND, VALUE, check_grouping, key, largest
from taishi.store.microseconds import microseconds

#: Rows of partial counts that are kept, some 100 bytes each.
_KEPT_ROWS = 2_000_000
_HOUR = 3_600_000_000


@dataclass(frozen=True)
class _Asked:
    """What is counted, wherever. Its window does not matter where a segment stands in it whole."""

    query: Query
    by: tuple[str, ...]
    distinct: str | None


class Groups:
    """Safe for threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, _Asked], pa.Table] = {}

    def of(self, snapshot: Snapshot, query: Query, by: Sequence[str], distinct: str | None) -> list[Group]:
        check(query)
        check_grouping(by, distinct)
        asked = _Asked(query, tuple(by), distinct)
        parts: list[pa.Table] = []
        for kind, segments, spooled in by_kind(snapshot, in_window(snapshot.segments, query), query):
            if not _shows(kind, by):
                continue
            parts += [self._in_segment(snapshot, one, asked) for one in segments]
            if spooled is not None:
                parts.append(self._count(snapshot, kind, [], spooled, asked))
        return largest(parts, by, distinct, query.limit)

    def _in_segment(self, snapshot: Snapshot, segment: Segment, asked: _Asked) -> pa.Table:
        if not _is_whole(segment, asked.query):
            told = _rolled_up(snapshot, segment, asked, whole=False)
            if told is None:
                told = self._count(snapshot, segment.kind, [segment], None, asked)
            return told
        anywhen = replace(asked, query=replace(asked.query, since=None, until=None, kinds=(), limit=1))
        place = (segment.path, anywhen)
        with self._lock:
            kept = self._kept.pop(place, None)
        if kept is None:
            kept = _rolled_up(snapshot, segment, anywhen, whole=True)
        if kept is None:
            kept = self._count(snapshot, segment.kind, [segment], None, anywhen)
        with self._lock:
            self._kept[place] = kept
            self._forget()
        return kept

    def _forget(self) -> None:
        """What was not asked for the longest goes first."""
        rows = sum(one.num_rows + 1 for one in self._kept.values())
        while rows > _KEPT_ROWS and len(self._kept) > 1:
            rows -= self._kept.pop(next(iter(self._kept))).num_rows + 1

    def _count(
        self,
        snapshot: Snapshot,
        kind: Kind,
        segments: Sequence[Segment],
        spooled: pa.Table | None,
        asked: _Asked,
    ) -> pa.Table:
        question, clauses = Question(self._connection, snapshot.folder), Clauses(asked.query)
        chosen = [f"{_key(kind, name)} AS {key(number)}" for number, name in enumerate(asked.by)]
        if asked.distinct is not None:
            chosen.append(f"{_text(kind, asked.distinct)} AS {VALUE}")
        wanted = [f"{column(name)} IS NOT NULL" for name in asked.by if name in ecs.schema(kind).names]
        where = " AND ".join([clauses.text(kind), *wanted])
        source = question.source(kind, segments, spooled)
        sql = f"SELECT {', '.join(chosen)}, count(*) AS {COUNT} FROM {source} WHERE {where} GROUP BY ALL"
        return question.run(sql, clauses.parameters)


def _rolled_up(snapshot: Snapshot, segment: Segment, asked: _Asked, *, whole: bool) -> pa.Table | None:
    path = snapshot.folder / segment.path
    return rolled_up(path, segment.kind, asked.query, asked.by, asked.distinct, whole=whole)


def _shows(kind: Kind, by: Sequence[str]) -> bool:
    """Whether events of the kind have these columns at all."""
    names = ecs.schema(kind).names
    return all(name == KIND or name in CALENDAR or name in names for name in by)


def _key(kind: Kind, name: str) -> str:
    if name == KIND:
        return f"'{kind}'"
    if name in CALENDAR:
        moment = f"epoch_us({column('@timestamp')})"
        return f"({moment} - (({moment} % {_HOUR}) + {_HOUR}) % {_HOUR})"
    return _text(kind, name)


def _text(kind: Kind, name: str) -> str:
    schema = ecs.schema(kind)
    if name not in schema.names:
        return "CAST(NULL AS VARCHAR)"
    return as_text(column(name), schema.field(name).type)


def _is_whole(segment: Segment, query: Query) -> bool:
    begins = query.since is None or microseconds(query.since) <= segment.first_time
    return begins and (query.until is None or segment.last_time < microseconds(query.until))
