"""The state store."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import TypeVar, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import Decision
from taishi.core.text import Text
from taishi.store.state.alignment import align, unaligned
from taishi.store.state.audit import BEGINNING, audit_table, chain_problems, chained_hash
from taishi.store.state.engine import open_engine, writing
from taishi.store.state.finding import matching, ordered
from taishi.store.state.migrations import HEAD, migrate, revision
from taishi.store.state.tables import RecordTable, Scalar, pair_table, record_tables, sortable, storable

R = TypeVar("R", bound=msgspec.Struct)

#: The counter that numbers the audit and the setting that notes its last hash.
_AUDIT = "audit"
_AUDIT_HASH = "audit.hash"


class SqlStateStore:
    """Fits `taishi.core.ports.StateStore`. Safe for threads: each has its own connection, writers queue."""

    def __init__(self, uri_or_path: str) -> None:
        """Raises Problem where the database cannot be opened."""
        metadata = sa.MetaData()
        self._records = record_tables(metadata)
        self._decisions = audit_table(metadata)
        self._counters = pair_table("counter", sa.BigInteger(), metadata)
        self._settings = pair_table("setting", sa.Text(), metadata)
        self._engine = open_engine(uri_or_path)
        self._name = self._engine.url.render_as_string(hide_password=True)
        self._writers = threading.RLock()
        self._thread = threading.local()
        try:
            with self._problems():
                self._make(metadata)
        except BaseException:
            self._engine.dispose()
            raise

    def _make(self, metadata: sa.MetaData) -> None:
        """Brings the tables up under the writers' lock: others may be opening it now."""
        records = list(self._records.values())
        with self._engine.connect() as connection:
            if self._is_todays(connection, metadata):
                return
        opened = self._engine.connect().execution_options(**writing(self._engine))
        with opened as connection, connection.begin():
            metadata.create_all(connection, [one.table for one in records])
            align(connection, records, changed=migrate(connection))

    def _is_todays(self, connection: sa.Connection, metadata: sa.MetaData) -> bool:
        return (
            revision(connection) == HEAD
            and set(metadata.tables) <= set(sa.inspect(connection).get_table_names())
            and not unaligned(connection, list(self._records.values()))
        )

    @contextmanager
    def _problems(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise Problem(f"{self._name}: {error.orig}; check the file, its rights and the disk") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable at its end. An inner one that fails is undone alone (a savepoint); one
        that ends well is durable with the outer.
        """
        inner = self._current() is not None
        with self._writing() as connection, connection.begin_nested() if inner else nullcontext():
            yield

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        connection = self._current()
        if connection is not None:
            with self._problems():
                yield connection
            return
        with self._writers, self._problems(), self._engine.connect() as fresh:
            connection = fresh.execution_options(**writing(self._engine))
            self._thread.connection = connection
            try:
                with connection.begin():
                    yield connection
            finally:
                self._thread.connection = None

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """The thread's transaction, where it is in one."""
        connection = self._current()
        with self._problems():
            if connection is not None:
                yield connection
                return
            with self._engine.connect() as fresh:
                yield fresh

    def _current(self) -> sa.Connection | None:
        return cast(sa.Connection | None, getattr(self._thread, "connection", None))

    def _table(self, of: type[msgspec.Struct]) -> RecordTable:
        try:
            return self._records[of]
        except KeyError:
            raise TypeError(f"{of.__name__} is no record with a table of its own") from None

    def put(self, *records: msgspec.Struct) -> None:
        rows: dict[type[msgspec.Struct], dict[Scalar, dict[str, Scalar]]] = defaultdict(dict)
        for record in records:
            row = self._table(type(record)).row(record)
            rows[type(record)][row["id"]] = row  # of one id the last stands
        with self._writing() as connection:
            for of, kept in rows.items():
                table = self._table(of).table
                old = sa.delete(table).where(table.columns.id == sa.bindparam("old"))
                connection.execute(old, [{"old": key} for key in kept])
                connection.execute(sa.insert(table), list(kept.values()))

    def get(self, of: type[R], record_id: str) -> R | None:
        table = self._table(of).table
        with self._reading() as connection:
            doc = connection.scalar(sa.select(table.columns.doc).where(table.columns.id == record_id))
        return None if doc is None else msgspec.json.decode(doc, type=of)

    def find(self, of: type[R], find: Find | None = None) -> list[R]:
        chosen = ordered(self._table(of), find or Find())
        with self._reading() as connection:
            docs = connection.scalars(chosen).all()
        decoder = msgspec.json.Decoder(of)
        return [decoder.decode(doc) for doc in docs]

    def count(self, of: type[R], find: Find | None = None) -> int:
        """Of all that match, whatever limit and offset say."""
        into = self._table(of)
        counted = sa.select(sa.func.count()).select_from(into.table).where(matching(into, find or Find()))
        with self._reading() as connection:
            return connection.scalar(counted) or 0

    def delete(self, of: type[R], record_id: str) -> None:
        table = self._table(of).table
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(table.columns.id == record_id))

    def next_number(self, series: str) -> int:
        return self._advance(series, 1)

    def _advance(self, series: str, by: int) -> int:
        with self._writing() as connection:
            columns = self._counters.columns
            raised = sa.update(self._counters).where(columns.name == series).values(value=columns.value + by)
            if not connection.execute(raised).rowcount:
                connection.execute(sa.insert(self._counters), {"name": series, "value": by})
            return cast(int, connection.scalar(sa.select(columns.value).where(columns.name == series)))

    def decide(
        self,
        at: datetime,
        actor: str,
        action: str,
        object_type: str,
        object_id: str,
        result: str,
        why: str = "",
    ) -> Decision:
        with self.transaction():
            return self._append([(object_id, result)], at, actor, action, object_type, why)

    def decide_all(
        self,
        at: datetime,
        actor: str,
        action: str,
        object_type: str,
        results: Mapping[str, str],
        why: str = "",
    ) -> None:
        if results:
            with self.transaction():
                self._append(list(results.items()), at, actor, action, object_type, why)

    def _append(
        self,
        results: Sequence[tuple[str, str]],
        at: datetime,
        actor: str,
        action: str,
        object_type: str,
        why: str,
    ) -> Decision:
        """The last of the lines; call it in a transaction."""
        # The counter first: it also keeps other writers of the chain waiting.
        first = self._advance(_AUDIT, len(results)) - len(results) + 1
        previous, rows = self.setting(_AUDIT_HASH) or BEGINNING, []
        for serial, (object_id, result) in enumerate(results, first):
            what, outcome, reason = storable(object_id), storable(result), storable(why)
            line = Decision(serial, at, actor, action, object_type, what, outcome, reason, previous, "")
            line = msgspec.structs.replace(line, hash=chained_hash(line))
            rows.append(msgspec.structs.asdict(line) | {"time": sortable(at)})
            previous = line.hash
        with self._writing() as connection:
            connection.execute(sa.insert(self._decisions), rows)
        self.set_setting(_AUDIT_HASH, previous)
        return line

    def decisions(self, limit: int | None = None) -> list[Decision]:
        newest = sa.select(self._decisions).order_by(self._decisions.columns.serial.desc()).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(newest).all()
        return [_decision(row) for row in reversed(rows)]

    def verify(self) -> list[Text]:
        """What is wrong with the audit: changed, missing or reordered lines. Empty where it is sound."""
        counter = sa.select(self._counters.columns.value).where(self._counters.columns.name == _AUDIT)
        noted = sa.select(self._settings.columns.value).where(self._settings.columns.name == _AUDIT_HASH)
        with self._reading() as connection:
            end = (connection.scalar(counter) or 0, connection.scalar(noted) or BEGINNING)
            rows = connection.execute(sa.select(self._decisions).order_by(self._decisions.columns.serial))
            try:
                return chain_problems(map(_decision, rows), end)
            except Problem as unreadable:
                return [Text(f"审计无法读取:{unreadable}", str(unreadable))]

    def setting(self, name: str) -> str | None:
        columns = self._settings.columns
        with self._reading() as connection:
            return connection.scalar(sa.select(columns.value).where(columns.name == name))

    def set_setting(self, name: str, value: str) -> None:
        with self._writing() as connection:
            connection.execute(sa.delete(self._settings).where(self._settings.columns.name == name))
            connection.execute(sa.insert(self._settings), {"name": name, "value": value})

    def close(self) -> None:
        self._engine.dispose()


def _decision(row: "sa.Row[tuple[object, ...]]") -> Decision:
    """Raises Problem where somebody wrote into the line what no line can hold."""
    try:
        return msgspec.convert({str(name): value for name, value in row._mapping.items()}, Decision)
    except msgspec.ValidationError as error:
        raise Problem(
            f"audit line {row[0]}: was changed ({error}); restore the state from a backup"
        ) from None
