"""SQL of a person's own over an embedded store: DuckDB's, reading only, bounded in memory and time.

A view a kind (`flow`, `dns`, `http` …) with the columns of its schema, and `events` with those that all kinds
have and `kind`. Files, settings, extensions and the network are out of reach.
"""

# ruff: noqa: S608 - names and paths of ours; the question itself is a person's own, by design.

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from taishi.core import ecs
from taishi.core.ports import Bounds, Found
from taishi.core.problems import Problem
from taishi.store.embedded.duck import schema_with_number
from taishi.store.embedded.snapshot import Snapshot
from taishi.store.embedded.sql import column

_THREADS = 2


def hunt(snapshot: Snapshot, text: str, bounds: Bounds) -> Found:
    """Raises Problem for what is no single SELECT, cannot be answered, or takes too much."""
    connection = duckdb.connect()
    try:
        _limit(connection, snapshot, bounds)
        for kind in ecs.KINDS:
            connection.execute(_view(connection, snapshot, kind))
        connection.execute(_all_kinds())
        _shut(connection)
        _require_question(connection, text)
        with _interrupted(connection, bounds.seconds):
            asked = connection.execute(text)
            rows = asked.fetchmany(bounds.rows + 1)
        names = [str(one[0]) for one in asked.description or ()]
    except duckdb.InterruptException:
        raise Problem(f"it took more than {bounds.seconds:g} s; narrow it down, say by time") from None
    except duckdb.OutOfMemoryException:
        raise Problem(f"it took more than {bounds.megabytes} MB; narrow it down or group less") from None
    except duckdb.Error as error:
        raise Problem(_told(error)) from None
    finally:
        connection.close()
    return Found(names, rows[: bounds.rows], len(rows) > bounds.rows)


def _limit(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, bounds: Bounds) -> None:
    for setting in (
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET python_enable_replacements = false",
        f"SET threads = {_THREADS}",
        f"SET memory_limit = '{bounds.megabytes}MB'",
        "SET temp_directory = ''",
        "SET TimeZone = 'Asia/Shanghai'",
    ):
        connection.execute(setting)
    folder = str(snapshot.folder.resolve()).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}/']")


def _shut(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on nothing but the segments can be read, and no setting changed."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _view(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, kind: ecs.Kind) -> str:
    columns = ", ".join(column(name) for name in ecs.schema(kind).names)
    spooled = snapshot.spooled.get(kind)
    name = f"spooled_{kind}"
    connection.register(name, schema_with_number(kind).empty_table() if spooled is None else spooled)
    parts = [f"SELECT {columns} FROM {name}"]
    paths = [str((snapshot.folder / one.path).resolve()) for one in snapshot.segments if one.kind == kind]
    if paths:
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        # Segments of an older release lack columns of today's.
        today = f"SELECT * FROM {name} WHERE false"
        files = f"FROM read_parquet([{listed}], union_by_name = true)"
        parts.append(f"SELECT {columns} FROM ({today} UNION ALL BY NAME {files})")
    return f"CREATE VIEW {column(kind)} AS {' UNION ALL '.join(parts)}"


def _all_kinds() -> str:
    columns = ", ".join(column(name) for name in ecs.COMMON)
    parts = (f"SELECT '{kind}' AS kind, {columns} FROM {column(kind)}" for kind in ecs.KINDS)
    return f"CREATE VIEW events AS {' UNION ALL '.join(parts)}"


def _require_question(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    found = connection.extract_statements(text)
    if len(found) != 1 or found[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise Problem("give one SELECT: nothing can be changed here")


@contextmanager
def _interrupted(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _told(error: duckdb.Error) -> str:
    """DuckDB's own words, on one line."""
    return " ".join(str(error).split())[:300]
