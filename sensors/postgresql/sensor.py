"""Files of PostgreSQL: `stderr` with the usual prefixes, `csvlog`, `jsonlog`."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from sensors.entries import entries
from sensors.json_records import first_object
from sensors.lines import Damaged, Intake, Seen, share, shown
from sensors.postgresql.entry import Entry, entry_event
from sensors.stamped import is_stamped
from sensors.values import json_object, moment, number, word
from taishi.core.clock import ZONE
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
_LEVELS = "DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION"
#: log_line_prefix: `%m [%p] ` with `%h `, `%r `, `%q%u@%d `, or `user=%u,db=%d,app=%a,client=%h ` around it.
_LINE = re.compile(
    r"(?:(?P<client>[\w.:-]+)(?:\((?P<port>\d{1,5})\))? )?"
    rf"(?P<time>{_STAMP}) (?P<zone>(?!(?:{_LEVELS}|WARN|TRACE)\b)[A-Z]{{2,5}}|[+-]\d\d(?::?\d\d)?)"
    r" ?(?P<prefix>.{0,300}?)"
    rf"(?<![\w-])(?P<level>{_LEVELS}):\s+(?P<message>.*)",
    re.DOTALL,
)
_BEGINS = re.compile(rf"(?:[\w.:-]+(?:\(\d{{1,5}}\))? )?{_STAMP} ".encode())
#: csvlog: time, user, database, process; a text in it may go over several lines.
_CSV_BEGINS = re.compile(rf'{_STAMP} [^\s,]+,(?:"[^"]*")?,(?:"[^"]*")?,\d*,(?:"[^"]*")?,[0-9a-f.]*,'.encode())
_PID = re.compile(r"\[(\d{1,10})\]")
_WHO = re.compile(r"(?P<user>[^\s@,\[\]=]+)@(?P<database>[^\s,\[\]=]+)")
_PAIR = re.compile(r"\b(user|db|app|client|host)=([^,\s]*)")
#: csvlog's columns (PostgreSQL 9.0 on; later ones add at the end).
_COLUMNS = (
    "log_time", "user_name", "database_name", "process_id", "connection_from", "session_id",
    "session_line_num", "command_tag", "session_start_time", "virtual_transaction_id", "transaction_id",
    "error_severity", "sql_state_code", "message", "detail", "hint", "internal_query", "internal_query_pos",
    "context", "query", "query_pos", "location", "application_name", "backend_type", "leader_pid", "query_id",
)  # fmt: skip
_MORE = (
    "process_id",
    "session_id",
    "command_tag",
    "sql_state_code",
    "detail",
    "query",
    "application_name",
    "hint",
)
#: jsonlog's names for the same.
_JSON = {
    "pid": "process_id", "session_id": "session_id", "ps": "command_tag", "state_code": "sql_state_code",
    "detail": "detail", "statement": "query", "application_name": "application_name", "hint": "hint",
}  # fmt: skip


class PostgreSql:
    """One event an entry; a statement over several lines stays with it."""

    name = "postgresql"

    def recognizes(self, source: Source) -> int:
        if {"error_severity", "timestamp", "pid"} <= first_object(source).keys():
            return 92
        if share(source, _CSV_BEGINS.match) >= 0.2:
            return 88
        return 80 if share(source, lambda line: _LINE.match(shown(line))) >= 0.3 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        intake = Intake(self.name, source, reject)
        for entry in entries(source, intake.refuse, _begins):
            yield from intake.take(entry, lambda raw: [_seen(shown(raw))])
        yield from intake.rest()


def _begins(line: bytes) -> bool:
    return line.startswith(b"{") or _BEGINS.match(line) is not None


def _seen(text: str) -> Seen:
    entry = _json_entry(text) if text.startswith("{") else _csv_entry(text) or _text_entry(text)
    return entry_event(entry, text)


def _text_entry(text: str) -> Entry:
    found = _LINE.fullmatch(text)
    if found is None:
        raise Damaged("no entry of PostgreSQL (time zone [pid] LEVEL:  words)")
    prefix = found["prefix"]
    pairs: dict[str, str] = dict(_PAIR.findall(prefix))
    who, pid = _WHO.search(prefix), _PID.search(prefix)
    more: dict[str, Json] = {"process_id": pid[1] if pid else None, "application_name": pairs.get("app")}
    return Entry(
        _moment(f"{found['time']} {found['zone']}", "time"),
        found["level"],
        found["message"],
        pairs.get("user") or (who["user"] if who else ""),
        pairs.get("db") or (who["database"] if who else ""),
        pairs.get("client") or pairs.get("host") or found["client"] or "",
        number(found["port"], "port"),
        more,
    )


def _csv_entry(text: str) -> Entry | None:
    """None where the text is no line of csvlog."""
    if not is_stamped(text[:40]) or text.count(",") < 20:
        return None
    try:
        values = next(csv.reader(text.splitlines(keepends=True), strict=True))
    except (csv.Error, StopIteration):
        return None
    found = dict(zip(_COLUMNS, values, strict=False))
    if not 23 <= len(values) <= len(_COLUMNS) or not re.fullmatch(_LEVELS, found["error_severity"]):
        return None
    client, _, port = found["connection_from"].rpartition(":")
    return Entry(
        _moment(found["log_time"], "log_time"),
        found["error_severity"],
        found["message"],
        found["user_name"],
        found["database_name"],
        client if port.isdigit() else found["connection_from"],
        int(port) if port.isdigit() and len(port) < 6 and int(port) <= 65535 else None,
        {name: found.get(name) for name in _MORE},
    )


def _json_entry(text: str) -> Entry:
    found = json_object(text.encode())
    port = number(found.get("remote_port"), "remote_port")
    return Entry(
        _moment(word(found.get("timestamp"), "timestamp") or "", "timestamp"),
        word(found.get("error_severity"), "error_severity") or "",
        word(found.get("message"), "message") or "",
        word(found.get("user"), "user") or "",
        word(found.get("dbname"), "dbname") or "",
        word(found.get("remote_host"), "remote_host") or "",
        port if port and 0 < port <= 65535 else None,
        {to: found.get(name) for name, to in _JSON.items()},
    )


def _moment(text: str, field: str) -> datetime:
    """`2026-03-01 08:00:00.5 CST` (China's). Raises Damaged for the name of a zone that is another's."""
    time, _, zone = text.rpartition(" ")
    if zone in ("UTC", "GMT"):
        return moment(time, field, UTC)
    if zone == "CST" or not zone[:1].isalpha():
        return moment(time if zone == "CST" else f"{time}{zone}" if time.count(" ") else text, field, ZONE)
    raise Damaged(f"{field}: the zone {zone} is not known; set log_timezone to UTC or Asia/Shanghai")
