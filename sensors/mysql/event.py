"""What MySQL's logs tell becomes an event: a logon, a statement, or words of the server."""

import re
from dataclasses import dataclass
from datetime import datetime

from sensors.lines import Seen
from sensors.values import filled, parsed_address
from taishi.core.event import Json, Value

#: ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_DBACCESS_DENIED_ERROR.
_DENIED = re.compile(r"Access denied for user '(?P<user>[^']*)'@'(?P<host>[^']*)'")


@dataclass(frozen=True)
class Told:
    """Absent parts are empty. `outcome`: of a connection, where the log tells it."""

    time: datetime
    dataset: str
    action: str
    message: str = ""
    user: str = ""
    host: str = ""
    outcome: str | None = None
    logon: bool = False
    extra: dict[str, Json] | None = None


def told_event(told: Told, original: str) -> Seen:
    """One event of the database."""
    denied = _DENIED.search(told.message)
    user, host = (denied["user"], denied["host"]) if denied else (told.user, told.host)
    logon = told.logon or denied is not None
    ip = parsed_address(host) if host else None
    row: dict[str, Value] = {
        "@timestamp": told.time,
        "event.kind": "event",
        "event.category": "authentication" if logon else "database",
        "event.type": "start" if logon else "access" if told.dataset != "mysql.error" else "info",
        "event.action": "mysql-login" if logon else told.action,
        "event.outcome": "failure" if denied else told.outcome,
        "event.module": "mysql",
        "event.dataset": told.dataset,
        "message": told.message or None,
        "user.name": user or None,
        "source.ip": ip,
        "source.domain": None if ip else host or None,
    }
    kept = {name: value for name, value in (told.extra or {}).items() if value not in (None, "")}
    return Seen("logon" if logon else "other", filled(row), kept, original)
