"""Records of one audit event become events: each record one, in ECS columns also what its siblings tell.

Rules for the audit log (Sigma's `service: auditd`) ask one record at a time, so records are not melted
together; rules for processes find the one that began (SYSCALL of an exec) with program, arguments and parent.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sensors.auditd.address import socket_address
from sensors.auditd.record import Record
from sensors.lines import Seen
from sensors.values import filled, parsed_address
from taishi.core.ecs import Kind
from taishi.core.event import Json, Value

_EXECS = frozenset({"execve", "execveat"})
#: Records of programs about accounts and logons: action and `event.type`.
_LOGONS = {
    "USER_AUTH": ("user-auth", "start"),
    "USER_LOGIN": ("user-login", "start"),
    "USER_START": ("session-opened", "start"),
    "USER_END": ("session-closed", "end"),
    "USER_LOGOUT": ("user-logout", "end"),
}
_ACCOUNTS = {
    "ADD_USER": ("user-added", "creation"),
    "DEL_USER": ("user-deleted", "deletion"),
    "ADD_GROUP": ("group-added", "creation"),
    "DEL_GROUP": ("group-deleted", "deletion"),
    "USER_MGMT": ("user-changed", "change"),
    "GRP_MGMT": ("group-changed", "change"),
    "USER_CHAUTHTOK": ("password-changed", "change"),
    "ACCT_LOCK": ("account-locked", "change"),
    "ACCT_UNLOCK": ("account-unlocked", "change"),
}
_PATHS = {"CREATE": "creation", "DELETE": "deletion"}
_OUTCOMES = {
    "yes": "success", "success": "success", "1": "success",
    "no": "failure", "failed": "failure", "0": "failure",
}  # fmt: skip


class Program(NamedTuple):
    """A program that was begun earlier in the log."""

    executable: str | None
    command_line: str | None


#: Programs by node and process id.
Programs = dict[tuple[str, str], Program]


def record_event(record: Record, siblings: Sequence[Record], programs: Programs, host: str = "") -> Seen:
    """The event of one record. `siblings`: all records of its serial, itself too; `host`: where the frame
    names one and the record does not.
    """
    call = record if record.type == "SYSCALL" else _first(siblings, "SYSCALL")
    about = call or record
    kind, special = _special(record, call, siblings, programs)
    row: dict[str, Value] = {
        "@timestamp": record.time,
        "event.kind": "event",
        "event.module": "auditd",
        "event.dataset": "auditd.log",
        "event.action": record.type.lower(),
        "event.outcome": _OUTCOMES.get((about.get("success") or about.get("res") or "").lower()),
        "event.code": record.type,
        "message": command_line(siblings) if record.type == "EXECVE" or kind == "process" else None,
        "host.name": record.node or host or None,
        "user.name": about.get("UID") or about.get("AUID"),
        **special,
    }
    extra: dict[str, Json] = {
        **record.fields,
        "type": record.type,
        "sequence": record.serial.rpartition(":")[2],
        "host.os.type": "linux",
        **_told_of(call, siblings, kind),
    }
    return Seen(kind, filled(row), {name: value for name, value in extra.items() if value}, record.raw)


def _special(
    record: Record, call: Record | None, siblings: Sequence[Record], programs: Programs
) -> tuple[Kind, dict[str, Value]]:
    """The kind of a record's event, and the columns of that kind."""
    if _begins_program(record, call):
        return "process", _process(record, siblings, programs)
    if record.type in _LOGONS or record.type in _ACCOUNTS:
        return "logon", _logon(record)
    if record.type == "PATH" and record.get("nametype") in _PATHS and record.get("name"):
        return "file", _file(record, siblings)
    if record.type == "SOCKADDR":
        return "other", _connection(record, call)
    return "other", {}


def _begins_program(record: Record, call: Record | None) -> bool:
    """The SYSCALL of an exec that went well; the EXECVE where there is no SYSCALL."""
    if record.type == "SYSCALL":
        return record.fields.get("SYSCALL") in _EXECS and record.get("success") != "no"
    return record.type == "EXECVE" and call is None


def _process(record: Record, siblings: Sequence[Record], programs: Programs) -> dict[str, Value]:
    line = command_line(siblings)
    executable = record.get("exe") or _executed(siblings)
    pid, parent = record.get("pid"), programs.get((record.node, record.get("ppid") or ""))
    if pid:
        if len(programs) > _MOST_PROGRAMS:
            programs.clear()
        programs[record.node, pid] = Program(executable, line)
    return {
        "event.category": "process",
        "event.type": "start",
        "event.action": "executed",
        "process.name": record.get("comm"),
        "process.pid": _whole(pid),
        "process.executable": executable,
        "process.command_line": line,
        "process.parent.executable": parent.executable if parent else None,
        "process.parent.command_line": parent.command_line if parent else None,
    }


#: Process ids that are remembered; a log longer than that begins anew.
_MOST_PROGRAMS = 100_000


def command_line(siblings: Sequence[Record]) -> str | None:
    """The arguments as one line, as EXECVE has them, else as the title of the process tells."""
    execve = _first(siblings, "EXECVE")
    if execve and execve.arguments:
        return " ".join(execve.arguments)
    title = _first(siblings, "PROCTITLE")
    return title.get("proctitle") if title else None


def _executed(siblings: Sequence[Record]) -> str | None:
    path = _first(siblings, "PATH")
    return path.get("name") if path else None


def _logon(record: Record) -> dict[str, Value]:
    action, type_ = (_LOGONS | _ACCOUNTS)[record.type]
    place = record.get("addr") or record.get("hostname")
    ip = parsed_address(place) if place else None
    account = record.get("acct") or record.get("ID")
    return {
        "event.category": "authentication" if record.type in _LOGONS else "iam",
        "event.type": type_,
        "event.action": action,
        "source.ip": ip,
        "source.domain": None if ip else record.get("hostname"),
        "user.name": account or record.get("AUID") or record.get("id"),
        "process.name": (record.get("exe") or "").rpartition("/")[2] or None,
        "process.pid": _whole(record.get("pid")),
        "taishi.logon.method": record.get("op"),
    }


def _file(record: Record, siblings: Sequence[Record]) -> dict[str, Value]:
    name = record.get("name") or ""
    folder = _first(siblings, "CWD")
    cwd = folder.get("cwd") if folder else None
    path = name if name.startswith("/") or not cwd else f"{cwd.rstrip('/')}/{name.removeprefix('./')}"
    return {
        "event.category": "file",
        "event.type": _PATHS[record.get("nametype") or ""],
        "file.path": path,
        "file.name": path.rpartition("/")[2] or None,
    }


def _connection(record: Record, call: Record | None) -> dict[str, Value]:
    """The other side of a connect; what a bind or accept names is no destination."""
    found = socket_address(record.get("saddr") or "")
    if found is None or (call is not None and call.fields.get("SYSCALL") != "connect"):
        return {}
    return {
        "event.category": "network",
        "event.type": "start",
        "destination.ip": found[0] or None,
        "destination.port": found[1] or None,
    }


def _told_of(call: Record | None, siblings: Sequence[Record], kind: Kind) -> dict[str, Json]:
    """What the call and its working directory say of the process, for the records beside it."""
    folder = _first(siblings, "CWD")
    told: dict[str, Json] = {"process.working_directory": folder.get("cwd") if folder else None}
    if call is not None:
        told["process.parent.pid"] = _whole(call.get("ppid"))
        if kind != "process":
            told |= {
                "process.executable": call.get("exe"),
                "process.name": call.get("comm") if kind != "logon" else None,
                "process.command_line": command_line(siblings),
                "process.pid": _whole(call.get("pid")) if kind != "logon" else None,
            }
    return told


def _first(records: Sequence[Record], kind: str) -> Record | None:
    return next((one for one in records if one.type == kind), None)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def fields_of(values: Mapping[str, Json]) -> dict[str, str]:
    """A record's fields from JSON: scalars as the log writes them."""
    return {
        name: str(value) for name, value in values.items() if isinstance(value, (str, int, float)) and name
    }
