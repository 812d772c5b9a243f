"""DuckDB in memory, over Parquet files and Arrow tables of ours only."""

import socket
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from ipaddress import ip_network
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import BOOLEAN, VARCHAR

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.problems import Problem
from taishi.store.embedded.manifest import Segment
from taishi.store.embedded.segments import NUMBER, shape
from taishi.store.embedded.sql import EXTRA_MACRO, Parameter


def connect() -> duckdb.DuckDBPyConnection:
    """A database that fetches no extension; times are UTC."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(config=settings)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL python_enable_replacements = false")
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute(EXTRA_MACRO)
    connection.create_function(
        "taishi_in_network",
        _in_network,
        [VARCHAR, VARCHAR],
        BOOLEAN,
        type=PythonUDFType.ARROW,
        null_handling=FunctionNullHandling.SPECIAL,
    )
    return connection


class Question:
    """One question to DuckDB: what it reads from, then its SQL. For one thread, used once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._cursor = connection.cursor()
        self._folder = folder
        self._files: dict[str, Parameter] = {}

    def source(self, kind: Kind, segments: Sequence[Segment], spooled: pa.Table | None) -> str:
        """What stands after FROM for the rows of one kind, with all of today's columns."""
        table, name = f"spooled_{kind}", f"files_{kind}"
        if segments:
            self._files[name] = [str(self._folder / one.path) for one in segments]
        shapes = {one.shape for one in segments}
        if spooled is None and shapes == {shape(schema_with_number(kind))}:
            return f"read_parquet(${name})"
        self._cursor.register(table, schema_with_number(kind).empty_table() if spooled is None else spooled)
        if not segments:
            return table
        alike = "false" if len(shapes) == 1 else "true"
        return f"(FROM {table} UNION ALL BY NAME FROM read_parquet(${name}, union_by_name = {alike}))"

    def run(self, sql: str, parameters: Mapping[str, Parameter]) -> pa.Table:
        """Raises Problem where a file of the store cannot be read."""
        try:
            return self._cursor.sql(sql, params={**parameters, **self._files}).to_arrow_table()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise Problem(f"{self._folder}: cannot be searched ({reason}); run `taishi doctor`") from error
        finally:
            self._cursor.close()


@cache
def schema_with_number(kind: Kind) -> pa.Schema:
    return ecs.schema(kind).append(pa.field(NUMBER, pa.int64()))


def _in_network(texts: pa.ChunkedArray, networks: pa.ChunkedArray) -> pa.Array:
    pairs = zip(texts.to_pylist(), networks.to_pylist(), strict=True)
    return pa.array([_is_within(text, net) for text, net in pairs], pa.bool_())


@lru_cache(maxsize=65_536)
def _is_within(text: str | None, net: str) -> bool:
    """IPv6 only: dotted addresses are matched in SQL."""
    if text is None or ":" not in text:
        return False
    family, shift, prefix = _prefix(net)
    try:
        return int.from_bytes(socket.inet_pton(family, text)) >> shift == prefix
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=256)
def _prefix(net: str) -> tuple[socket.AddressFamily, int, int]:
    parsed = ip_network(net)
    shift = parsed.max_prefixlen - parsed.prefixlen
    return socket.AF_INET6, shift, int(parsed.network_address) >> shift
