"""One entry of PostgreSQL's log, whichever form it had, becomes an event.

Source: PostgreSQL documentation, "Error Reporting and Logging", and libpq/auth.c; pgaudit's README, "Format".
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sensors.lines import Seen
from sensors.values import filled, parsed_address
from taishi.core.event import Json, Value

_FAILED = re.compile(
    r'(?P<method>\w+) authentication failed for user "(?P<user>[^"]*)"'
    r'|role "(?P<role>[^"]*)" does not exist'
    r'|no pg_hba\.conf entry for host "(?P<host>[^"]*)", user "(?P<who>[^"]*)"'
)
_AUTHORIZED = re.compile(r"connection authorized: user=(?P<user>\S+)")
_AUDIT = (
    "audit_type", "statement_id", "substatement_id", "class", "command", "object_type", "object_name",
    "statement", "parameter",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What every form tells. Absent parts are empty."""

    time: datetime
    level: str
    message: str
    user: str = ""
    database: str = ""
    client: str = ""
    port: int | None = None
    #: Filebeat's names without `postgresql.log.`.
    more: Mapping[str, Json] = field(default_factory=dict)


def entry_event(entry: Entry, original: str) -> Seen:
    """A logon where the entry tells one, else an event of the database."""
    ip = parsed_address(entry.client)
    row: dict[str, Value] = {
        "@timestamp": entry.time,
        "event.kind": "event",
        "event.category": "database",
        "event.type": "error" if entry.level in ("ERROR", "FATAL", "PANIC") else "info",
        "event.module": "postgresql",
        "event.dataset": "postgresql.log",
        "message": entry.message or None,
        "source.ip": ip,
        "source.port": entry.port if ip else None,
        "source.domain": None if ip else entry.client or None,
        "user.name": entry.user or None,
    }
    extra: dict[str, Json] = {
        "log.level": entry.level,
        "postgresql.log.database": entry.database,
        **{f"postgresql.log.{name}": value for name, value in entry.more.items()},
        **_audit(entry.message),
    }
    logon = _logon(entry)
    if "postgresql.audit.command" in extra:
        row |= {"event.action": str(extra["postgresql.audit.command"]).lower(), "event.type": "access"}
    kept = {name: value for name, value in extra.items() if value}
    return Seen("logon" if logon else "other", filled({**row, **logon}), kept, original)


def _logon(entry: Entry) -> dict[str, Value]:
    failed = _FAILED.match(entry.message) if entry.level == "FATAL" else None
    authorized = _AUTHORIZED.match(entry.message)
    if failed is None and authorized is None:
        return {}
    row: dict[str, Value] = {
        "event.category": "authentication",
        "event.type": "start",
        "event.action": "postgresql-login",
        "event.outcome": "failure" if failed else "success",
    }
    if failed:
        row["user.name"] = failed["user"] or failed["role"] or failed["who"] or entry.user or None
        row["taishi.logon.method"] = failed["method"]
        host = parsed_address(failed["host"] or "")
        return row | ({"source.ip": host} if host else {})
    return row | {"user.name": authorized["user"] if authorized else None}


def _audit(message: str) -> dict[str, Json]:
    """`AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,"select …",<none>`."""
    if not message.startswith("AUDIT: "):
        return {}
    try:
        values = next(csv.reader([message.removeprefix("AUDIT: ").replace("\n", " ")]))
    except (csv.Error, StopIteration):
        return {}
    found = zip(_AUDIT, values, strict=False)
    return {f"postgresql.audit.{name}": value for name, value in found if value not in ("", "<none>")}
