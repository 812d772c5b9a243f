"""The database connection: SQLite as a file with everything durable, others as SQLAlchemy knows them."""

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from taishi.core.problems import Problem

#: How long another process may hold the database, in milliseconds.
_BUSY_MS = 30_000
_BUSY_STEP_S = 0.01
#: Execution option of connections that will write.
WRITES = "taishi_writes"
#: Whoever writes on PostgreSQL holds this lock, so that writers queue there as on SQLite.
_WRITER_LOCK = 0x7461697368690001
_POSTGRESQL = ("postgresql://", "postgres://")


def open_engine(uri_or_path: str) -> sa.Engine:
    """Raises Problem where the URI is unusable or its driver is missing."""
    if "://" not in uri_or_path:
        return _sqlite(Path(uri_or_path))
    for scheme in _POSTGRESQL:
        if uri_or_path.startswith(scheme):
            uri_or_path = f"postgresql+psycopg://{uri_or_path.removeprefix(scheme)}"
    try:
        if uri_or_path.startswith("postgresql+"):
            return _postgresql(uri_or_path)
        return sa.create_engine(uri_or_path)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        scheme = uri_or_path.partition("://")[0]
        raise Problem(f"{scheme}: no such database can be used ({error}); give a file's path") from None


def writing(engine: sa.Engine) -> dict[str, object]:
    """Execution options of connections that will write."""
    if engine.dialect.name == "postgresql":
        return {WRITES: True, "isolation_level": "READ COMMITTED"}
    return {WRITES: True}


def _postgresql(uri: str) -> sa.Engine:
    """Readers see one moment. A password belongs into PGPASSFILE or PGPASSWORD, which libpq reads."""
    if sa.make_url(uri).password is not None:
        raise Problem("the state's URI has a password in it; put that into PGPASSFILE or PGPASSWORD instead")
    engine = sa.create_engine(uri, pool_pre_ping=True, isolation_level="REPEATABLE READ", pool_size=10)
    sa.event.listen(engine, "begin", _on_postgresql_begin)
    return engine


def _on_postgresql_begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def _sqlite(path: Path) -> sa.Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"{path}: cannot hold the state ({error.strerror}); check its rights") from None
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - tells mypy what the driver is
    connection.isolation_level = None  # SQLAlchemy says BEGIN, in _on_begin
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    _into_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _into_wal(connection: sqlite3.Connection) -> None:
    """Waits where another opens the new file at the same moment: for this SQLite itself waits for nobody."""
    deadline = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(_BUSY_STEP_S)


def _on_begin(connection: sa.Connection) -> None:
    """Writers take the lock at once, so that none fails half-way because another came between."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
