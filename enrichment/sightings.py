"""What events tell of the hosts inside: that they are there, what they serve, what they are called."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from taishi.core.event import Batch

#: Zeek's words for a connection whose server took it up.
_TAKEN_UP = pa.array(["SF", "S1", "S2", "S3", "RSTO", "RSTR"])
#: Kinds of which a record is an answer by itself; of the others the column says whether there was one.
_ANSWERS = frozenset({"smb", "rpc", "kerberos", "ldap"})
_ANSWER_COLUMNS = {
    "http": "http.response.status_code",
    "dns": "dns.response_code",
    "tls": "tls.version",
}
#: Where systems take clients' ports from (Linux: 32768; RFC 6335: 49152): without a protocol's name such a
#: port is no service.
_FIRST_DYNAMIC = 32768
#: UDP has no handshake: above the system ports (RFC 6335) who asked and who answered may be mixed up.
_SYSTEM_PORTS = 1024
_SYSTEM = re.compile(
    r"Windows NT [\d.]+|Android [\d.]+|Mac OS X [\d_.]+|Linux (?:x86_64|aarch64)|HarmonyOS|UOS"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    """One thing told of an address. `what`: seen, service, name, server, banner, mac, exposure (then with
    the client and the event)."""

    address: str
    what: str
    first: datetime
    last: datetime
    value: str = ""
    client: str = ""
    event_id: str = ""


def facts(batch: Batch, inside: Callable[[str], bool]) -> Iterator[Fact]:
    """Everything a batch tells of addresses inside, each fact once.

    A host is there when it sends or answers; that somebody tried to reach it proves nothing.
    """
    rows = batch.rows.append_column("answered", _answered(batch)).append_column("day", _days(batch))
    yield from _seen(rows, "source.ip", inside)
    answered = rows.filter(rows.column("answered"))
    if answered.num_rows:
        yield from _seen(answered, "destination.ip", inside)
        yield from _served(answered, inside)
    yield from _named(batch, rows, inside)


def _answered(batch: Batch) -> pa.Array:
    rows, count = batch.rows, len(batch)
    if batch.kind in _ANSWERS:
        return pa.array([True] * count)
    if batch.kind == "flow":
        state = pc.is_in(rows.column("taishi.flow.state"), _TAKEN_UP)
        replied = pc.fill_null(pc.greater(rows.column("destination.packets"), 0), False)
        unsaid = pc.is_null(rows.column("taishi.flow.state"))
        return pc.or_(state, pc.and_(unsaid, replied))
    column = _ANSWER_COLUMNS.get(batch.kind)
    return rows.column(column).is_valid() if column else pa.array([False] * count)


def _seen(rows: pa.RecordBatch, column: str, inside: Callable[[str], bool]) -> Iterator[Fact]:
    """One fact a day: days on which a network was seen are counted."""
    for address, _, first, last in _spans(rows, [column, "day"]):
        if inside(address):
            yield Fact(address, "seen", first, last)


def _days(batch: Batch) -> pa.Array:
    """The day of each row in Asia/Shanghai, which has had no summer time since 1991."""
    hours = pc.add(batch.rows.column("@timestamp"), pa.scalar(timedelta(hours=8)))
    return hours.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)


def _served(rows: pa.RecordBatch, inside: Callable[[str], bool]) -> Iterator[Fact]:
    keys = ["source.ip", "destination.ip", "destination.port", "network.transport", "network.protocol"]
    table = pa.Table.from_batches([rows.select([*keys, "@timestamp", "event.id"])])
    grouped = table.group_by(keys, use_threads=False).aggregate(
        [("@timestamp", "min"), ("@timestamp", "max"), ("event.id", "min")]
    )
    for row in grouped.to_pylist():
        server, client, port = row["destination.ip"], row["source.ip"], row["destination.port"]
        if not server or port is None or not inside(server):
            continue
        transport = row["network.transport"] or "tcp"
        named = row["network.protocol"] or ""
        if transport not in ("tcp", "udp") or (port >= _FIRST_DYNAMIC and not named):
            continue
        service = f"{transport}/{port} {named}".strip()
        first, last = row["@timestamp_min"], row["@timestamp_max"]
        yield Fact(server, "service", first, last, service)
        if client and inside(client):
            yield Fact(client, "server", first, last, server)
        elif client and (transport == "tcp" or port < _SYSTEM_PORTS):
            yield Fact(server, "exposure", first, last, service, client, row["event.id_min"])


def _named(batch: Batch, rows: pa.RecordBatch, inside: Callable[[str], bool]) -> Iterator[Fact]:
    """Names of addresses: of the host that wrote a log, by DNS answers, by what clients asked servers for."""
    if rows.column("host.name").null_count < len(batch):
        for name, addresses, at in _rows(rows, "host.name", "host.ip", "@timestamp"):
            for address in cast(list[str], addresses or [])[:4]:
                if name and inside(address):
                    yield Fact(address, "seen", at, at)
                    yield Fact(address, "name", at, at, str(name))
    if batch.kind == "dns":
        for name, resolved, at in _rows(rows, "dns.question.name", "dns.resolved_ip", "@timestamp"):
            for address in cast(list[str], resolved or []):
                if name and inside(address):
                    yield Fact(address, "name", at, at, str(name))
    for kind, side, column, what in _TELLING:
        if batch.kind == kind and rows.column(column).null_count < len(batch):
            yield from _told(rows, side, column, what, inside)


#: Of a kind, whose side a column tells something of: its name, its system, its certificate, its card.
_TELLING = (
    ("flow", "source.ip", "source.mac", "mac"),
    ("flow", "destination.ip", "destination.mac", "mac"),
    ("tls", "destination.ip", "tls.client.server_name", "name"),
    ("tls", "destination.ip", "tls.server.subject", "banner"),
    ("http", "destination.ip", "url.domain", "name"),
    ("http", "source.ip", "user_agent.original", "banner"),
)


def _told(
    rows: pa.RecordBatch, side: str, column: str, what: str, inside: Callable[[str], bool]
) -> Iterator[Fact]:
    kept = rows.filter(rows.column("answered")) if side == "destination.ip" else rows
    for address, value, first, last in _spans(kept, [side, column]):
        if value and inside(address):
            if column == "user_agent.original":
                system = _SYSTEM.search(value)
                value = system[0] if system else ""
            if value and value != address:
                yield Fact(address, what, first, last, value[:200])


def _spans(rows: pa.RecordBatch, keys: list[str]) -> Iterator[tuple]:  # type: ignore[type-arg]  # as many as keys
    """Each combination of the keys with the first and last time of its rows; without an address none."""
    table = pa.Table.from_batches([rows.select([*keys, "@timestamp"])])
    grouped = table.group_by(keys, use_threads=False).aggregate(
        [("@timestamp", "min"), ("@timestamp", "max")]
    )
    columns = [*keys, "@timestamp_min", "@timestamp_max"]
    for values in zip(*(grouped.column(name).to_pylist() for name in columns), strict=True):
        if values[0]:
            yield values


def _rows(rows: pa.RecordBatch, name: str, listed: str, at: str) -> Iterator[tuple[object, object, datetime]]:
    """Distinct (name, list) with the last time; lists cannot be grouped by, so a dictionary does it."""
    found: dict[tuple[object, tuple[str, ...]], datetime] = {}
    columns = (rows.column(column).to_pylist() for column in (name, listed, at))
    for word, items, moment in zip(*columns, strict=True):
        key = word, tuple(items or ())
        found[key] = max(moment, found.get(key, _EPOCH))
    for (word, items), moment in found.items():
        yield word, list(items), moment


#: How long ago an address must have been seen for it to be told again.
STALE = timedelta(minutes=10)
