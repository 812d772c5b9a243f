"""Web requests of a batch, server by server, without making events of them."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Event

#: Where a request was sent, as far as a log tells.
SERVER = ("destination.ip", "destination.domain", "host.name", "log.file.path")


def by_server(rows: pa.RecordBatch) -> Iterator[tuple[Event, pa.RecordBatch]]:
    """The requests of each server, beside an event that tells which it is, at the earliest time."""
    servers = list(_servers(rows)) if rows.num_rows else []
    for event in servers:
        yield event, rows.filter(_sent_to(rows, event)) if len(servers) > 1 else rows


def values(column: pa.Array) -> list[str]:
    """Every value once."""
    return [one for one in pc.unique(column).to_pylist() if one is not None]


def _servers(rows: pa.RecordBatch) -> Iterator[Event]:
    given = [name for name in SERVER if rows.column(name).null_count < rows.num_rows]
    if not given:
        return
    table = pa.Table.from_batches([rows.select([*given, "@timestamp"])])
    for row in table.group_by(given).aggregate([("@timestamp", "min")]).to_pylist():
        row["@timestamp"] = row.pop("@timestamp_min")
        yield Event("http", {name: value for name, value in row.items() if value is not None})


def _sent_to(rows: pa.RecordBatch, server: Event) -> pa.Array:
    mask = pa.scalar(True)
    for name in SERVER:
        value, column = server.fields.get(name), rows.column(name)
        same = pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, value), False)
        mask = pc.and_(mask, same)
    return mask
