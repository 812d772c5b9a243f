"""A record in ECS names becomes a typed row of the kind that its fields tell."""

from collections.abc import Callable, Mapping
from datetime import datetime

import pyarrow as pa

from sensors.lines import Damaged, Seen
from sensors.values import (
    address,
    count,
    flag,
    json_object,
    moment,
    number,
    parsed_address,
    port,
    word,
    words,
)
from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.event import Json, Value

#: Deeper objects stay as they are, in the extra fields.
DEPTH = 8
_TYPES = ecs.column_types()
IPS = frozenset({"source.ip", "destination.ip"})
#: Where only the address as it was written is told (Logstash's patterns), it may be an IP address.
ADDRESSED = (("source.ip", "source.address"), ("destination.ip", "destination.address"))
#: What our own stages write: taken from a record it would be hearsay.
_STAMPED = frozenset(
    {"taishi.sensor", "taishi.record", "taishi.kind"}
    | {f"taishi.{side}.{what}" for side in ("source", "destination", "host") for what in ("unit", "asset")}
)
#: Taken apart, or read by another way.
EXTRA = "taishi.extra"
ELSEWHERE = frozenset({"event.original", "taishi.kind", EXTRA})
#: The first category that is here tells the kind.
_BY_CATEGORY: tuple[tuple[str, Kind], ...] = (
    ("intrusion_detection", "alert"),
    ("authentication", "logon"),
    ("process", "process"),
    ("file", "file"),
)
#: Else the first of these fields, each a mark of its kind.
_BY_FIELD: tuple[tuple[str, Kind], ...] = (
    ("winlog.channel", "windows"),
    ("dns.question.name", "dns"),
    ("http.request.method", "http"),
    ("http.response.status_code", "http"),
    ("tls.client.server_name", "tls"),
    ("tls.version", "tls"),
    ("tls.cipher", "tls"),
    ("tls.server.subject", "tls"),
    ("tls.client.ja3", "tls"),
    ("url.original", "http"),
    ("url.path", "http"),
    ("url.full", "http"),
    ("taishi.logon.method", "logon"),
    ("process.command_line", "process"),
    ("process.executable", "process"),
    ("file.path", "file"),
    ("file.hash.sha256", "file"),
)
_MARKS = frozenset(field for field, _ in _BY_FIELD)
_PORTS, _COUNTS = 65_536, 1 << 63
_MOVED = (
    "source.bytes", "destination.bytes", "network.bytes", "source.packets", "network.packets",
    "network.transport", "event.duration",
)  # fmt: skip
#: What tells the kind: the values of these fields, and of `SHOWING` only whether there is one.
TELLING = ("taishi.kind", "event.kind", "event.dataset", "event.category", "taishi.flow.state")
SHOWING = frozenset({*_MARKS, *_MOVED, "source.ip", "destination.ip"})


def flat(record: Mapping[str, Json]) -> dict[str, Json]:
    """Dotted names with their values; lists stay whole. Of a name that is there twice the last one counts."""
    fields: dict[str, Json] = {}
    _flatten(record, "", 0, fields)
    return fields


def _flatten(record: Mapping[str, Json], prefix: str, depth: int, fields: dict[str, Json]) -> None:
    for name, value in record.items():
        if type(value) is dict and value and depth < DEPTH and prefix + name != EXTRA:
            _flatten(value, f"{prefix}{name}.", depth + 1, fields)
        else:
            fields[prefix + name] = value


def kind_of(fields: Mapping[str, Json]) -> Kind:
    """The kind that the record declares (`taishi.kind`), else that categories, data set and fields tell."""
    declared = fields.get("taishi.kind")
    if isinstance(declared, str) and declared in ecs.KINDS:
        return declared
    if fields.get("event.kind") == "alert":
        return "alert"
    dataset = str(fields.get("event.dataset") or "")
    categories = fields.get("event.category")
    named = categories if isinstance(categories, list) else [categories]
    if fields.get("winlog.channel") is None and fields.get("dns.question.name") is None:
        for category, kind in _BY_CATEGORY:
            if category in named:
                return kind
    if dataset == "flow" or dataset.endswith((".flow", ".conn")) or fields.get("taishi.flow.state"):
        return "flow"
    if not _MARKS.isdisjoint(fields):
        for field, kind in _BY_FIELD:
            if fields.get(field) is not None:
                return kind
    if fields.get("source.ip") is None or fields.get("destination.ip") is None:
        return "other"
    moved = any(fields.get(name) is not None for name in _MOVED)
    return "flow" if moved else "other"


def ecs_event(fields: Mapping[str, Json], original: str, time: datetime | None = None) -> Seen:
    """One event of dotted fields. What has no column stays as an extra field; raises Damaged.

    `time`: when it happened, where that is known already; it goes before the record's own.
    """
    kind = kind_of(fields)
    readers = READERS[kind]
    row: dict[str, Value] = {} if time is None else {"@timestamp": time}
    extra: dict[str, Json] = {}
    for name, value in fields.items():
        read = readers.get(name)
        if read is _text and type(value) is str:
            if value:
                row[name] = value
        elif read is not None:
            typed = read(value, name)
            if typed is not None:
                row.setdefault(name, typed)
            if typed is None or (type(value) is list and len(value) > 1 and name not in _LISTS):
                extra[name] = value
        elif name == EXTRA:
            extra |= _given_extra(value)
        elif name not in ELSEWHERE:
            extra[name] = value
    for ip, name in ADDRESSED:
        told = extra.get(name)
        if isinstance(told, str) and ip not in fields and ip in readers and parsed_address(told) is not None:
            row[ip] = parsed_address(told)
    if "@timestamp" not in row:
        raise Damaged("@timestamp is missing: when it happened is not known")
    given = fields.get("event.original")
    kept = {name: value for name, value in extra.items() if value not in (None, "", [])}
    return Seen(kind, _completed(row, kind), kept, given if isinstance(given, str) and given else original)


def _completed(row: dict[str, Value], kind: Kind) -> dict[str, Value]:
    row.setdefault("event.kind", "alert" if kind == "alert" else "event")
    transport = row.get("network.transport")
    if isinstance(transport, str):
        row["network.transport"] = transport.lower()
    return row


#: A value and the column's name; None where there is nothing. Raises Damaged.
_Reader = Callable[[Json, str], Value]


def _reader(name: str, wanted: pa.DataType) -> _Reader:
    """Reads a value as the column's type asks; of a list where one is asked, the first."""
    if pa.types.is_list(wanted):
        return words
    if pa.types.is_timestamp(wanted):
        return _single(moment)
    if pa.types.is_boolean(wanted):
        return _single(flag)
    if pa.types.is_integer(wanted):
        if name.endswith(".port"):
            return _whole(port, below(name))
        return _whole(count if "bytes" in name or "packets" in name else number, below(name))
    return _single(address) if name in IPS else _text


def below(name: str) -> int:
    """Whole numbers from 0 to below this are taken by the column as they are."""
    return _PORTS if name.endswith(".port") else _COUNTS


def _whole(read: _Reader, bound: int) -> _Reader:
    """Most numbers are numbers below a bound, or a few digits, about which nothing is to be asked."""
    other = _single(read)

    def whole(value: Json, name: str) -> Value:
        if type(value) is int and 0 <= value < bound:
            return value
        if type(value) is str and len(value) < 5 and value.isdecimal():
            return int(value)
        return other(value, name)

    return whole


def _single(read: _Reader) -> _Reader:
    def first(value: Json, name: str) -> Value:
        if type(value) is list:
            value = value[0] if value else None
        return None if value is None or value == "" else read(value, name)

    return first


_text = _single(word)
_LISTS = frozenset(name for name, wanted in _TYPES.items() if pa.types.is_list(wanted))
#: Columns of each kind that a record may fill.
READERS: dict[Kind, dict[str, _Reader]] = {
    kind: {
        name: _reader(name, _TYPES[name])
        for name in ecs.schema(kind).names
        if name not in _STAMPED and name not in ELSEWHERE
    }
    for kind in ecs.KINDS
}


def _given_extra(value: Json) -> dict[str, Json]:
    """`taishi.extra` as our own export writes it: an object, or its text."""
    if isinstance(value, str):
        return json_object(value.encode())
    return value if isinstance(value, dict) else {}
