"""The forms of MySQL's logs, one function each; each gives None where a text is not of its form.

Source: MySQL Reference Manual, "The General Query Log", "The Error Log", "Audit Log File Formats"; MariaDB,
"MariaDB Audit Plugin - Log Format"; Percona Server, "Audit Log Plugin".
"""

import re
from datetime import UTC, datetime

from sensors.lines import Damaged
from sensors.mysql.event import Told
from sensors.values import json_object, moment, number, part, word
from taishi.core.clock import ZONE
from taishi.core.event import Json

_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)"
#: The general log; before 5.7 a line without a time has that of the one before.
_GENERAL = re.compile(
    rf"(?P<time>{_ISO}|\d{{6}}\s+\d{{1,2}}:\d\d:\d\d)?\t\s*(?P<id>\d{{1,20}}) "
    r"(?P<command>[A-Z][A-Za-z]*(?: [A-Z][a-z]+)*)(?:\t(?P<argument>.*))?",
    re.DOTALL,
)
_CONNECT = re.compile(r"(?P<user>[^@\s]*)@(?P<host>\S*?)(?: as \S+)? on (?P<database>\S*)")
_ERROR = re.compile(
    rf"(?P<time>{_ISO}|\d{{4}}-\d\d-\d\d\s+\d{{1,2}}:\d\d:\d\d) (?P<thread>\d{{1,20}}) "
    r"\[(?P<level>System|Note|Warning|Error|ERROR)\] "
    r"(?:\[(?P<code>MY-\d{6})\] \[(?P<part>\w+)\] )?(?P<message>.*)",
    re.DOTALL,
)
_SERVER_AUDIT = re.compile(
    r"(?P<time>\d{8} \d\d:\d\d:\d\d),(?P<server>[^,]*),(?P<user>[^,]*),(?P<host>[^,]*),(?P<id>\d*),"
    r"(?P<query_id>\d*),(?P<operation>[A-Z_]+),(?P<database>[^,]*),(?P<object>.*),(?P<code>\d*)",
    re.DOTALL,
)
_PERCONA_USER = re.compile(r"(?P<user>[^\[@\s]*)\[[^\]]*\] @ (?P<host>[^\[\s]*)\s*\[(?P<ip>[^\]]*)\]")


class Sessions:
    """Who stands behind a connection's number: told at its beginning, asked at each of its statements."""

    _MOST = 100_000

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self.time: datetime | None = None

    def begin(self, number: str, user: str, host: str) -> None:
        if len(self._known) >= self._MOST:
            self._known.clear()
        self._known[number] = (user, host)

    def who(self, number: str) -> tuple[str, str]:
        return self._known.get(number, ("", ""))


def general(text: str, sessions: Sessions) -> Told | None:
    """Whether a connection was let in the general log does not say: it has no outcome."""
    found = _GENERAL.fullmatch(text)
    if found is None:
        return None
    time = _general_time(found["time"], sessions)
    argument, command = found["argument"] or "", found["command"]
    connect = _CONNECT.match(argument) if command == "Connect" else None
    if connect:
        sessions.begin(found["id"], connect["user"], connect["host"])
    user, host = sessions.who(found["id"])
    database = connect["database"] if connect else None
    extra: dict[str, Json] = {"mysql.thread_id": found["id"], "database": database}
    action = command.lower().replace(" ", "_")
    return Told(time, "mysql.general", action, argument, user, host, logon=connect is not None, extra=extra)


def _general_time(text: str | None, sessions: Sessions) -> datetime:
    if text and "-" in text:
        sessions.time = moment(text, "time")
    elif text:
        date, clock = text.split()
        sessions.time = moment(f"20{date[:2]}-{date[2:4]}-{date[4:]} {clock.rjust(8, '0')}", "time", ZONE)
    if sessions.time is None:
        raise Damaged("time is missing: when it happened is not known")
    return sessions.time


def error(text: str) -> Told | None:
    found = _ERROR.fullmatch(text)
    if found is None:
        return None
    date, _, clock = found["time"].partition(" ")
    time = moment(f"{date} {clock.strip().rjust(8, '0')}" if clock else date, "time", ZONE)
    extra: dict[str, Json] = {
        "log.level": found["level"].lower(),
        "error.code": found["code"],
        "mysql.thread_id": found["thread"],
    }
    return Told(time, "mysql.error", "error", found["message"], extra=extra)


def server_audit(text: str) -> Told | None:
    """MariaDB's `server_audit` plugin."""
    found = _SERVER_AUDIT.fullmatch(text)
    if found is None:
        return None
    stamp = found["time"]
    time = moment(f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:]}", "time", ZONE)
    operation, code = found["operation"], found["code"]
    logon = operation in ("CONNECT", "FAILED_CONNECT")
    statement = found["object"].removeprefix("'").removesuffix("'").replace("\\'", "'")
    extra: dict[str, Json] = {
        "mysql.thread_id": found["id"],
        "database": found["database"],
        "error.code": code if code != "0" else None,
        "server": found["server"],
    }
    outcome = "success" if code in ("", "0") and operation != "FAILED_CONNECT" else "failure"
    return Told(
        time, "mysql.audit", operation.lower(), statement, found["user"], found["host"], outcome, logon, extra
    )


def audit_json(text: str) -> Told:
    """MySQL Enterprise's and Percona's audit records. Raises Damaged."""
    found = json_object(text.rstrip(", ").encode())
    record = part(found, "audit_record")
    return _percona(record) if record else _enterprise(found)


def is_audit(found: dict[str, Json]) -> bool:
    """Whether an object is a record of either."""
    return bool(part(found, "audit_record")) or ("class" in found and "event" in found and "account" in found)


def _percona(found: dict[str, Json]) -> Told:
    name, status = word(found.get("name"), "name") or "", number(found.get("status"), "status") or 0
    user, host = word(found.get("user"), "user") or "", word(found.get("ip"), "ip") or ""
    whole = _PERCONA_USER.match(user)
    if whole:
        user, host = whole["user"], whole["ip"] or whole["host"]
    extra: dict[str, Json] = {
        "mysql.thread_id": word(found.get("connection_id"), "connection_id"),
        "database": word(found.get("db"), "db"),
        "error.code": str(status) if status else None,
        "mysql.command_class": word(found.get("command_class"), "command_class"),
    }
    return Told(
        moment(found.get("timestamp"), "timestamp", UTC),
        "mysql.audit",
        name.lower(),
        word(found.get("sqltext"), "sqltext") or "",
        user,
        host or word(found.get("host"), "host") or "",
        "failure" if status else "success",
        name == "Connect",
        extra,
    )


def _enterprise(found: dict[str, Json]) -> Told:
    """Its times are UTC."""
    account, login = part(found, "account"), part(found, "login")
    data = part(found, f"{found.get('class')}_data")
    status = number(data.get("status"), "status") or 0
    event = word(found.get("event"), "event") or ""
    extra: dict[str, Json] = {
        "mysql.thread_id": word(found.get("connection_id"), "connection_id"),
        "database": word(data.get("db", data.get("database")), "db"),
        "error.code": str(status) if status else None,
        "mysql.command_class": word(data.get("sql_command"), "sql_command"),
        "table": word(data.get("table"), "table"),
    }
    return Told(
        moment(found.get("timestamp"), "timestamp", UTC),
        "mysql.audit",
        event.lower(),
        word(data.get("query"), "query") or "",
        word(login.get("user", account.get("user")), "user") or "",
        word(login.get("ip") or account.get("host"), "host") or "",
        "failure" if status else "success",
        found.get("class") == "connection" and event == "connect",
        extra,
    )
