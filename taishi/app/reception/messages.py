"""Lines of text that log shippers bring in an envelope: which field holds them, and whose lines they are."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sensors.ecs_rows import ecs_event, flat
from sensors.lines import Seen
from taishi.app.reception.taken_apart import (
    access_line,
    field,
    journal_entry,
    moment_of,
    syslog_line,
    written,
)
from taishi.core.event import Json

#: Where shippers put the line: Beats, Vector, rsyslog and Logstash; Fluent Bit; systemd's journal.
_LINES = ("message", "log", "MESSAGE")
#: What they say about how it came, at the top of a record. Anything else: somebody has read the line already.
_WRITTEN = (
    "@timestamp @version @metadata agent ecs host input log message MESSAGE tags fields labels stream logtag "
    "_p cloud container docker kubernetes fileset json time date timestamp filename file path hostname "
    "hostip fromhost fromhost-ip severity syslogseverity syslogseverity-text syslogfacility "
    "syslogfacility-text facility priority programname syslogtag app-name procid msgid timegenerated "
    "timereported source_type port event service data_stream source offset inputname ident pid type "
    "container_id container_name container_created_at image label"
)
_ENVELOPE = frozenset(_WRITTEN.split())
_PARTS = (
    "syslog journald systemd process appname version source_ip source_id pri extradata tag logsource program "
    "facility_label severity_label PROGRAM PID HOST HOST_FROM PRIORITY FACILITY DATE ISODATE SEQNUM SOURCE "
    "SOURCEIP LEGACY_MSGHDR MSGHDR TAGS"
)
#: Beside them, where they say that syslog brought it: the parts of its header.
_HEADER = _ENVELOPE.union(_PARTS.split())
_THEIRS = (
    "original dataset module ingested created timezone type address ip severity sequence name pid program "
    "executable command_line args args_count thread"
)
#: Of `event`, `service`, `source` and `process` only what shippers fill in themselves.
_ABOUT = frozenset(_THEIRS.split())
#: Whose line it is, roughly: the program behind priority, time and host, or else how it begins.
_PROGRAM = re.compile(
    rb"(?:<\d{1,3}>)?\s?(?:1 \S+ \S+ (?P<rfc5424>[^\s\[]+)"
    rb"|[A-Z][a-z]{2}\s+\d{1,2} (?:\d{4} )?[\d:.]+ (?:\d{4} )?\S+ (?P<bsd>[^\s:\[]+)"
    rb"|\d{4}-\d\d-\d\dT\S+ \S+ (?P<iso>[^\s:\[]+))"
)
_PATHS = ("log.file.path", "file", "filename", "path")
_NAMES = ("host.name", "host.hostname", "host", "hostname", "fromhost", "HOST", "logsource")
_PLAIN = frozenset({*_LINES, *_PATHS, *_NAMES, "@timestamp", "timestamp", "time", "date"})


class Line(NamedTuple):
    """One line. `whole`: as the shipper found it; else put together of what it made of it. `host` and `path`:
    of whom and from which file it is, where it does not say.
    """

    raw: bytes
    whole: bool
    host: str | None
    path: str | None


def line_in(record: Mapping[str, Json]) -> Line | None:
    """The line that the record carries, where it says nothing else about what happened; on one line."""
    text = _text(record)
    if "method" in record or "clientip" in record:
        request = access_line(record)
        if request is not None:
            return _request(record, request, text)
    entry = None if text is None else journal_entry(record, text)
    if entry is not None:
        return Line(entry, False, host_of(record), None)
    if not _HEADER.issuperset(record) or not _brought(record):
        return None
    host, path = host_of(record), path_of(record)
    if text is None:
        parsed = record.get("json")
        inner = written(parsed) if isinstance(parsed, dict) else None
        return None if inner is None else Line(inner, False, host, path)
    header = syslog_line(record, text)
    if header is not None:
        return Line(_raw(header), False, host, path)
    return Line(_raw(text), True, host, path) if _ENVELOPE.issuperset(record) else None


def _request(record: Mapping[str, Json], made: str, text: str | None) -> Line:
    """`text`: the line itself, where it was kept. Beside a `method`, `host` and `path` are the request's."""
    host, path = (host_of(record), path_of(record)) if "clientip" in record else (None, None)
    return Line(_raw(made if text is None else text), text is not None, host, path)


def _text(record: Mapping[str, Json]) -> str | None:
    for name in _LINES:
        text = record.get(name)
        if isinstance(text, str) and text.strip():
            return text
    return None


def _raw(text: str) -> bytes:
    return text.rstrip("\r\n").replace("\n", "#012").encode("utf-8", "surrogatepass")


def _brought(record: Mapping[str, Json]) -> bool:
    """Whether what it says of the event is what shippers say of any."""
    for name in ("event", "service", "source", "process"):
        about = record.get(name)
        if isinstance(about, dict) and not _ABOUT.issuperset(about.keys() - {"kind"}):
            return False
    return field(record, "event.kind") in (None, "event")


def whose(line: Line) -> bytes:
    """Whose lines are alike: the file they are from and the program, as far as they say."""
    return (line.path or "").encode("utf-8", "surrogatepass") + b"\0" + _begins(line.raw)


def _begins(line: bytes) -> bytes:
    found = _PROGRAM.match(line)
    if found is not None:
        return found[found.lastgroup or 0]
    first = line[:1]
    return b"a" if first.isalpha() else b"0" if first.isdigit() else first


def host_of(record: Mapping[str, Json]) -> str | None:
    """The host that the envelope names."""
    return _word(record, _NAMES)


def path_of(record: Mapping[str, Json]) -> str | None:
    """The file that the envelope names."""
    return _word(record, _PATHS)


def _word(record: Mapping[str, Json], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = field(record, name)
        if isinstance(value, str) and value:
            return value
    return None


def is_ecs(record: Mapping[str, Json]) -> bool:
    return any(isinstance(record.get(name), dict) for name in ("agent", "ecs", "host", "log", "event"))


def plain(record: Mapping[str, Json], raw: str, at: datetime) -> Seen:
    """A line that nobody knows, at the time its envelope says, else when it came. Raises Damaged."""
    said: dict[str, Json] = {
        "message": _text(record),
        "host.name": host_of(record),
        "log.file.path": path_of(record),
    }
    rest = flat({name: value for name, value in record.items() if name not in _PLAIN})
    fields = {**rest, **{name: value for name, value in said.items() if value is not None}}
    return ecs_event(fields, raw, moment_of(record) or at)
