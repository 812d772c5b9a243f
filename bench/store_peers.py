"""The same events and questions on a DuckDB file, on SQLite and on the real Elasticsearch."""

# ruff: noqa: S608 - the questions hold values of our own making

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
from elasticsearch import Elasticsearch

from taishi.core.event import Batch

#: What all of them keep: the columns that are asked for, and the row as JSON for `raw by id`.
COLUMNS = {
    "id": "event.id", "time": "@timestamp", "source": "source.ip", "destination": "destination.ip",
    "host": "host.name", "unit": "taishi.source.unit", "command": "process.command_line",
}  # fmt: skip
Asked = Callable[[], object]


class Peer(Protocol):
    def ingest(self, batches: Iterable[Batch]) -> float:
        """CPU-seconds, a server's own included, until all is durable."""

    def size(self) -> int:
        """Bytes on disk."""

    def questions(self, asked: "Asked8") -> dict[str, Asked]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Asked8:
    """What the eight questions ask for."""

    address: str
    unit: str
    identity: str
    rare: str
    spans: tuple[datetime, ...]


def table(batch: Batch) -> pa.Table:
    """A batch as the peers keep it."""
    names = set(batch.rows.schema.names)
    size = len(batch)
    columns = {
        short: batch.rows.column(name) if name in names else pa.nulls(size, pa.string())
        for short, name in COLUMNS.items()
    }
    columns["kind"] = pa.array([batch.kind] * size)
    own = batch.rows.select([n for n in batch.rows.schema.names if batch.rows.column(n).null_count < size])
    at = own.schema.get_field_index("@timestamp")
    rows = own.set_column(at, "@timestamp", own.column(at).cast(pa.string()))
    columns["raw"] = pa.array([json.dumps(row) for row in rows.to_pylist()])
    return pa.table(columns)


class DuckFile:
    """One DuckDB file, no index: its zone maps are what it has."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "events.duckdb"
        self._database = duckdb.connect(str(self._path))
        self._database.execute("SET threads = 2")

    def ingest(self, batches: Iterable[Batch]) -> float:
        spent, made = 0.0, False
        for batch in batches:
            rows = table(batch)  # noqa: F841 - DuckDB sees it by its name
            begun = time.process_time()
            how = "INSERT INTO events" if made else "CREATE TABLE events AS"
            self._database.execute(f"{how} FROM rows")
            spent, made = spent + time.process_time() - begun, True
        begun = time.process_time()
        self._database.execute("CHECKPOINT")
        return spent + time.process_time() - begun

    def size(self) -> int:
        return self._path.stat().st_size

    def questions(self, asked: Asked8) -> dict[str, Asked]:
        return {
            name: lambda text=text: self._database.execute(text).fetchall()  # type: ignore[misc]
            for name, text in sql(asked, "epoch_us(make_timestamptz({}))", "hour(time)").items()
        }

    def close(self) -> None:
        self._database.close()


_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE events (id TEXT PRIMARY KEY, time INTEGER, source TEXT, destination TEXT, host TEXT, unit TEXT,
    command TEXT, kind TEXT, raw TEXT) WITHOUT ROWID;
CREATE INDEX by_source ON events (source, time);
CREATE INDEX by_destination ON events (destination, time);
CREATE INDEX by_unit ON events (unit, kind, time);
CREATE INDEX by_time ON events (time);
"""


class Sqlite:
    """One table with the indexes that the look-ups want; WAL, synced at each batch."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "events.sqlite"
        self._database = sqlite3.connect(self._path)
        self._database.executescript(_TABLES)

    def ingest(self, batches: Iterable[Batch]) -> float:
        spent = 0.0
        for batch in batches:
            rows = table(batch)
            rows = rows.set_column(1, "time", rows.column("time").cast(pa.int64()))
            values = list(zip(*rows.to_pydict().values(), strict=True))
            begun = time.process_time()
            with self._database:
                self._database.executemany("INSERT OR IGNORE INTO events VALUES (?,?,?,?,?,?,?,?,?)", values)
            spent += time.process_time() - begun
        return spent

    def size(self) -> int:
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._path.stat().st_size

    def questions(self, asked: Asked8) -> dict[str, Asked]:
        return {
            name: lambda text=text: self._database.execute(text).fetchall()  # type: ignore[misc]
            for name, text in sql(asked, "{}", "time / 3600000000 % 24").items()
        }

    def close(self) -> None:
        self._database.close()


def sql(asked: Asked8, moment: str, hour: str) -> dict[str, str]:
    """The eight questions. `moment`: how a number of microseconds is compared; `hour`: of the day."""
    at = [moment.format(int(one.timestamp() * 1_000_000)) for one in asked.spans]
    compared = "epoch_us(time)" if "epoch_us" in moment else "time"
    span = f"{compared} >= {{}} AND {compared} < {{}}"
    newest = "ORDER BY time DESC LIMIT 50"
    either = f"source = '{asked.address}' OR destination = '{asked.address}'"
    rare = f"command LIKE '%{asked.rare}%'"
    by_destination = "SELECT destination, count(*) n FROM events WHERE destination IS NOT NULL"
    years = ", ".join(f"sum(CASE WHEN {span.format(a, b)} THEN 1 ELSE 0 END)" for a, b in (at[:2], at[2:]))
    return {
        "address, newest 50": f"SELECT * FROM events WHERE {either} {newest}",
        "rare substring of a command line": f"SELECT * FROM events WHERE {rare} {newest}",
        "top 20 destinations": f"{by_destination} GROUP BY 1 ORDER BY n DESC LIMIT 20",
        "hour by kind": f"SELECT {hour}, kind, count(*) FROM events GROUP BY 1, 2",
        "distinct hosts by unit": "SELECT unit, count(DISTINCT host) FROM events GROUP BY 1",
        "raw by id": f"SELECT raw FROM events WHERE id = '{asked.identity}'",
        "year on year": f"SELECT kind, {years} FROM events GROUP BY 1",
        "unit and kind, newest 50": (
            f"SELECT * FROM events WHERE unit = '{asked.unit}' AND kind = 'dns' {newest}"
        ),
    }


class ElasticServer:
    """The server's own process counts beside ours; documents as bytes, 2,000 a request."""

    def __init__(self, url: str, group: int) -> None:
        self._client, self._group = Elasticsearch(url, request_timeout=120), group
        keyword = {"type": "keyword"}
        fields = dict.fromkeys(COLUMNS.values(), keyword) | {"kind": keyword, "@timestamp": {"type": "date"}}
        self._client.indices.create(
            index="bench",
            settings={"number_of_shards": 1, "number_of_replicas": 0, "codec": "best_compression"},
            mappings={"subobjects": False, "properties": fields, "dynamic": True},
        )

    def ingest(self, batches: Iterable[Batch]) -> float:
        server, ours = _cpu(self._group), 0.0
        for batch in batches:
            rows = batch.rows.select(
                [n for n in batch.rows.schema.names if batch.rows.column(n).null_count < len(batch)]
            ).to_pylist()
            lines = [_action(row, batch.kind) for row in rows]
            begun = time.process_time()
            for first in range(0, len(lines), 2_000):
                body = b"".join(lines[first : first + 2_000])
                self._client.bulk(index="bench", body=body, filter_path="errors")
            ours += time.process_time() - begun
        self._client.indices.flush(index="bench")
        self._client.indices.forcemerge(index="bench", max_num_segments=5)
        self._client.indices.refresh(index="bench")
        return ours + _cpu(self._group) - server

    def size(self) -> int:
        told = self._client.indices.stats(index="bench", metric="store")
        return int(told["indices"]["bench"]["total"]["store"]["size_in_bytes"])

    def questions(self, asked: Asked8) -> dict[str, Asked]:
        def search(**body: object) -> Asked:
            return lambda: self._client.search(index="bench", request_cache=False, **body)  # type: ignore[arg-type]

        def terms(field: str, size: int, **inner: object) -> dict[str, object]:
            return {"terms": {"field": field, "size": size}, **({"aggs": inner} if inner else {})}

        newest: dict[str, object] = {"size": 50, "sort": [{"@timestamp": "desc"}], "track_total_hits": False}
        spans = [
            {"range": {"@timestamp": {"gte": a.isoformat(), "lt": b.isoformat()}}}
            for a, b in (asked.spans[:2], asked.spans[2:])
        ]
        either = {"bool": {"should": [{"term": {f: asked.address}} for f in ("source.ip", "destination.ip")]}}
        hour = {
            "filters": {"filters": {k: {"term": {"kind": k}} for k in ("flow", "dns", "process", "logon")}}
        }
        # Its minimal server has no scripts, which the hour of the day would take: days stand for it.
        by_hour = {"date_histogram": {"field": "@timestamp", "fixed_interval": "1d"}}
        both = {"filter": [{"term": {"taishi.source.unit": asked.unit}}, {"term": {"kind": "dns"}}]}
        return {
            "address, newest 50": search(query=either, **newest),
            "rare substring of a command line": search(
                query={"wildcard": {"process.command_line": f"*{asked.rare}*"}}, **newest
            ),
            "top 20 destinations": search(size=0, aggs={"d": terms("destination.ip", 20)}),
            "hour by kind": search(size=0, aggs={"k": {**hour, "aggs": {"h": by_hour}}}),
            "distinct hosts by unit": search(
                size=0,
                aggs={"u": terms("taishi.source.unit", 100, h={"cardinality": {"field": "host.name"}})},
            ),
            "raw by id": search(query={"ids": {"values": [asked.identity]}}),
            "year on year": search(
                size=0,
                aggs={
                    str(n): {"filter": one, "aggs": {"k": terms("kind", 10)}} for n, one in enumerate(spans)
                },
            ),
            "unit and kind, newest 50": search(query={"bool": both}, **newest),
        }

    def close(self) -> None:
        self._client.close()


def _action(row: dict[str, Any], kind: str) -> bytes:
    about = json.dumps({"index": {"_id": row["event.id"]}})
    told = {**row, "@timestamp": row["@timestamp"].isoformat(), "kind": kind}
    return f"{about}\n{json.dumps(told)}\n".encode()


def _cpu(group: int) -> float:
    """CPU-seconds of all processes of a group so far."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
