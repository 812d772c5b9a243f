"""The indicator store."""
# ruff: noqa: S608 - only names of ours stand in the SQL, every value is a parameter.

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from taishi.core.indicators import Indicator, IntelSource, Mark, Report, Synced
from taishi.core.ports import Sought
from taishi.core.problems import Problem

S = TypeVar("S", bound=msgspec.Struct)

_BUSY_S = 30
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL);
INSERT OR IGNORE INTO meta VALUES (1, 1);
CREATE TABLE IF NOT EXISTS source (id TEXT PRIMARY KEY, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS synced (source TEXT PRIMARY KEY, doc BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS report (source TEXT, id TEXT, doc BLOB NOT NULL, PRIMARY KEY (source, id));
CREATE TABLE IF NOT EXISTS indicator (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, report TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
    to_ids INTEGER NOT NULL, silenced INTEGER NOT NULL, lowered INTEGER NOT NULL, doc BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS indicator_value ON indicator (value);
CREATE INDEX IF NOT EXISTS indicator_report ON indicator (source, report);
"""


class SqliteIndicatorStore:
    """Fits `taishi.core.ports.IndicatorStore`. One connection a thread; writers queue."""

    def __init__(self, path: Path) -> None:
        """Raises Problem where the file cannot be used."""
        self._path, self._thread = path, threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self._problems():
            self._connection().executescript(_TABLES)

    @contextmanager
    def _problems(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise Problem(f"{self._path}: {error}; check the file, its rights and the disk") from error

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._thread, "connection", None)
        if found is None:
            found = sqlite3.connect(
                self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=FULL")
            self._thread.connection = found
            with self._lock:
                self._opened.append(found)
        return found

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; the generation rises with it."""
        with self._problems():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("UPDATE meta SET generation = generation + 1")
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise

    def generation(self) -> int:
        with self._problems():
            return int(self._connection().execute("SELECT generation FROM meta").fetchone()[0])

    def sources(self) -> list[IntelSource]:
        return self._all(IntelSource, "SELECT doc FROM source ORDER BY id")

    def put_source(self, source: IntelSource) -> None:
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO source VALUES (?, ?)", (source.id, _doc(source)))

    def remove_source(self, source_id: str) -> None:
        with self._writing() as connection:
            connection.execute("DELETE FROM source WHERE id = ?", (source_id,))
            for table in ("synced", "report", "indicator"):
                connection.execute(f"DELETE FROM {table} WHERE source = ?", (source_id,))

    def keep(self, report: Report, indicators: Sequence[Indicator]) -> None:
        with self._writing() as connection:
            self._drop(connection, report.source, report.id)
            connection.execute(
                "INSERT INTO report VALUES (?, ?, ?)", (report.source, report.id, _doc(report))
            )
            connection.executemany(
                "INSERT OR REPLACE INTO indicator VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_row, indicators)
            )

    def drop(self, source_id: str, reports: Iterable[str]) -> None:
        with self._writing() as connection:
            for report in reports:
                self._drop(connection, source_id, report)

    @staticmethod
    def _drop(connection: sqlite3.Connection, source_id: str, report: str) -> None:
        connection.execute("DELETE FROM indicator WHERE source = ? AND report = ?", (source_id, report))
        connection.execute("DELETE FROM report WHERE source = ? AND id = ?", (source_id, report))

    def note(self, synced: Synced) -> None:
        """Changes nothing that is sought, so the generation stays."""
        with self._problems():
            row = (synced.source, _doc(synced))
            self._connection().execute("INSERT OR REPLACE INTO synced VALUES (?, ?)", row)

    def synced(self, source_id: str) -> Synced | None:
        found = self._all(Synced, "SELECT doc FROM synced WHERE source = ?", (source_id,))
        return found[0] if found else None

    def mark(self, marks: Mapping[str, tuple[Mark, ...]]) -> None:
        changed = [
            msgspec.structs.replace(one, marks=marks.get(one.id, ()))
            for one in self.find(Sought())
            if one.marks != marks.get(one.id, ())
        ]
        if changed:
            with self._writing() as connection:
                connection.executemany(
                    "UPDATE indicator SET silenced = ?, lowered = ?, doc = ? WHERE id = ?",
                    [(one.silenced, one.lowered, _doc(one), one.id) for one in changed],
                )

    def find(self, sought: Sought) -> list[Indicator]:
        where, values = _where(sought)
        limit = -1 if sought.limit is None else sought.limit
        sql = f"SELECT doc FROM indicator WHERE {where} ORDER BY source, report, type, value LIMIT ? OFFSET ?"
        return self._all(Indicator, sql, (*values, limit, sought.offset))

    def count(self, sought: Sought) -> int:
        """Of all that match, whatever limit and offset say."""
        where, values = _where(sought)
        with self._problems():
            sql = f"SELECT count(*) FROM indicator WHERE {where}"
            return int(self._connection().execute(sql, values).fetchone()[0])

    def reports(self) -> dict[tuple[str, str], Report]:
        return {(one.source, one.id): one for one in self._all(Report, "SELECT doc FROM report")}

    def close(self) -> None:
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def _all(self, of: type[S], sql: str, values: Sequence[str | int] = ()) -> list[S]:
        decoder = msgspec.msgpack.Decoder(of)
        with self._problems():
            return [decoder.decode(doc) for (doc,) in self._connection().execute(sql, values)]


def _doc(record: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(record)


def _row(one: Indicator) -> tuple[str | bool | bytes, ...]:
    silenced, lowered = one.silenced, one.lowered
    return one.id, one.source, one.event, one.type, one.value, one.to_ids, silenced, lowered, _doc(one)


def _where(sought: Sought) -> tuple[str, list[str | int]]:
    parts, values = ["true"], list[str | int]()
    if sought.source is not None:
        parts.append("source = ?")
        values.append(sought.source)
    if sought.report is not None:
        parts.append("report = ?")
        values.append(sought.report)
    if sought.values:
        parts.append(f"value IN ({', '.join('?' * len(sought.values))})")
        values += sought.values
    if sought.text:
        parts.append("instr(lower(value), lower(?)) > 0")
        values.append(sought.text)
    if sought.marked:
        parts.append(f"{sought.marked} = 1 AND to_ids = 1")
    if sought.only_sought:
        parts.append("to_ids = 1 AND silenced = 0 AND type != 'other'")
    return " AND ".join(parts), values
