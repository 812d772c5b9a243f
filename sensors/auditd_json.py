"""The audit log as JSON: laurel, go-audit, Auditbeat, and raw lines inside a shipper's object.

Each object holds the records of one event; they become the same events as the lines of auditd do.
Source: laurel's documentation of its format, go-audit's README, Auditbeat's exported fields.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sensors.auditd.event import Programs, fields_of, record_event
from sensors.auditd.names import type_name
from sensors.auditd.record import Record, begins, completed, made, read_record
from sensors.json_records import first_object, read_objects
from sensors.lines import Damaged, Seen
from sensors.values import moment, part, word
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

_ID = re.compile(r"(?P<time>\d{1,11}\.\d{1,6}):(?P<serial>\d{1,20})")
_STAMP = re.compile(r"audit\((?P<time>\d{1,11}\.\d{1,6}):(?P<serial>\d{1,20})\)")
#: Keys of laurel that are not records of the kernel.
_NOT_RECORDS = frozenset({"ID", "NODE", "PARENT_INFO", "PID", "CONTAINER_INFO"})
_RECORD = re.compile(r"[A-Z][A-Z0-9_]+")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")

#: Finds the records of an object; its raw text stays with each.
Form = Callable[[Mapping[str, Json], str], list[Record]]


class AuditdJson:
    """One event a record of each object."""

    name = "auditd_json"

    def recognizes(self, source: Source) -> int:
        found = first_object(source)
        return 96 if _form(found) is not None else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, partial(_events, Programs()))


def _events(programs: Programs, found: dict[str, Json], raw: str) -> list[Seen]:
    """Raises Damaged."""
    form = _form(found)
    if form is None:
        raise Damaged("no audit event (of laurel, go-audit, Auditbeat, or a raw record in `message`)")
    records = form(found, raw)
    if not records:
        raise Damaged("an audit event without records")
    host = word(part(found, "host").get("name"), "host.name") or ""
    return [record_event(one, records, programs, host) for one in records if one.type != "EOE"]


def _form(found: Mapping[str, Json]) -> Form | None:
    """How the records of this object are found."""
    if isinstance(found.get("ID"), str) and _ID.fullmatch(str(found["ID"])):
        return _laurel
    if isinstance(found.get("messages"), list) and "sequence" in found and "timestamp" in found:
        return _go_audit
    if "message_type" in part(found, "auditd"):
        return _auditbeat
    line = found.get("message", found.get("msg"))
    if isinstance(line, str) and begins(line):
        return _line
    if isinstance(line, str) and "type" in found and _STAMP.search(line):
        return _flat
    return None


def _line(found: Mapping[str, Json], raw: str) -> list[Record]:
    """A raw record in `message`, as Filebeat ships it."""
    record = read_record(str(found.get("message", found.get("msg"))))
    return [
        Record(record.type, record.time, record.serial, record.node, record.fields, record.arguments, raw)
    ]


def _flat(found: Mapping[str, Json], raw: str) -> list[Record]:
    """A record whose fields are the object's."""
    stamp = _STAMP.search(str(found.get("message", found.get("msg"))))
    if stamp is None:
        raise Damaged("no time in msg")
    skipped = ("type", "msg", "message", "node")
    fields = fields_of({name: value for name, value in found.items() if name not in skipped})
    kind, node = type_name(str(found["type"])), word(found.get("node"), "node")
    return [completed(kind, stamp["time"], stamp["serial"], node, fields, raw)]


def _laurel(found: Mapping[str, Json], raw: str) -> list[Record]:
    stamp = _ID.fullmatch(str(found["ID"]))
    if stamp is None:
        raise Damaged("ID is no time and serial")
    node = word(found.get("NODE"), "NODE")
    records = []
    for name, value in found.items():
        if name in _NOT_RECORDS or not _RECORD.fullmatch(name):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                fields = _laurel_fields(name, one)
                records.append(completed(name, stamp["time"], stamp["serial"], node, fields, raw))
    return records


def _laurel_fields(kind: str, values: Mapping[str, Json]) -> dict[str, str]:
    """Lists of arguments become `a0`, `a1` …, or the title; addresses lose their `0x`."""
    fields = {
        name: _plain(value[2:] if kind == "SYSCALL" and _ADDRESS.fullmatch(value) else value)
        for name, value in fields_of(values).items()
    }
    given = values.get("ARGV", values.get("ARGV_STR"))
    arguments = [str(one) for one in given] if isinstance(given, list) else [str(given)] if given else []
    if kind == "EXECVE":
        return {**fields, **{f"a{at}": _plain(text) for at, text in enumerate(arguments)}}
    return {**fields, "proctitle": _plain(" ".join(arguments))} if arguments else fields


def _plain(text: str) -> str:
    """As a field that needs no decoding: what JSON holds is decoded already."""
    return f'"{text}"'


def _go_audit(found: Mapping[str, Json], raw: str) -> list[Record]:
    time, serial = str(found["timestamp"]), str(found["sequence"])
    if not _ID.fullmatch(f"{time}:{serial}"):
        raise Damaged("timestamp or sequence is no number")
    messages = found["messages"]
    return [
        made(type_name(str(one.get("type"))), time, serial, None, str(one.get("data", "")), raw)
        for one in (messages if isinstance(messages, list) else [])
        if isinstance(one, dict)
    ]


def _auditbeat(found: Mapping[str, Json], raw: str) -> list[Record]:
    """Auditbeat melts an event into one object; its records are taken apart again."""
    audit, process = part(found, "auditd"), part(found, "process")
    time = f"{moment(found.get('@timestamp'), '@timestamp').timestamp():.3f}"
    serial = word(audit.get("sequence"), "sequence") or "0"
    if not serial.isascii() or not serial.isdigit():
        raise Damaged("auditd.sequence is no number")
    node = word(part(found, "host").get("name"), "host.name")
    data = fields_of(part(audit, "data"))
    kind = (word(audit.get("message_type"), "auditd.message_type") or "unknown").upper()
    shared = {name: _plain(value) for name, value in {**data, **_process_fields(found)}.items()}

    def record(kind: str, fields: Mapping[str, str]) -> Record:
        return completed(kind, time, serial, node, fields, raw)

    result = word(audit.get("result"), "auditd.result") or ""
    outcome = {"success": "yes", "fail": "no"}.get(result, result)
    call = data.get("syscall")
    own = {**shared, "SYSCALL": call, "success": outcome} if call else {**shared, "res": result}
    records = [record("SYSCALL" if call else kind, {name: value for name, value in own.items() if value})]
    arguments = process.get("args")
    if call in ("execve", "execveat") and isinstance(arguments, list):
        records.append(record("EXECVE", {f"a{at}": _plain(str(text)) for at, text in enumerate(arguments)}))
    if cwd := word(process.get("working_directory"), "process.working_directory"):
        records.append(record("CWD", {"cwd": _plain(cwd)}))
    paths = audit.get("paths")
    records += [
        record("PATH", {name: _plain(value) for name, value in fields_of(one).items()})
        for one in (paths if isinstance(paths, list) else [])
        if isinstance(one, dict)
    ]
    return records


def _process_fields(found: Mapping[str, Json]) -> dict[str, str]:
    """ECS names back to those of the audit log."""
    process, user, source = part(found, "process"), part(found, "user"), part(found, "source")
    given: dict[str, Json] = {
        "exe": process.get("executable"),
        "comm": process.get("name"),
        "pid": process.get("pid"),
        "ppid": process.get("ppid", part(process, "parent").get("pid")),
        "uid": user.get("id"),
        "euid": part(user, "effective").get("id"),
        "auid": part(user, "audit").get("id"),
        "UID": user.get("name"),
        "addr": source.get("ip"),
        "key": " ".join(map(str, tags)) if isinstance(tags := found.get("tags"), list) else None,
    }
    return fields_of({name: value for name, value in given.items() if value is not None})


SENSOR = AuditdJson()
