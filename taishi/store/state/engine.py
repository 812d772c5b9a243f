"""The database connection: SQLite as a file with everything durable, others as SQLAlchemy knows them."""

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from taishi.core.problems import Problem

#: How long another process may hold the database, in milliseconds.
_BUSY_MS = 30_000
#: Execution option of connections that will write.
WRITES = "taishi_writes"


def open_engine(uri_or_path: str) -> sa.Engine:
    """Raises Problem where the URI is unusable or its driver is missing."""
    if "://" not in uri_or_path:
        return _sqlite(Path(uri_or_path))
    try:
        return sa.create_engine(uri_or_path)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        scheme = uri_or_path.partition("://")[0]
        raise Problem(f"{scheme}: no such database can be used ({error}); give a file's path") from None


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
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    """Writers take the lock at once, so that none fails half-way because another came between."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
