"""Lines that shippers took apart, put together again, so that the sensors of files read them.

The names are those of Filebeat (`syslog` input and processor, `journald` input), Fluent Bit (`parsers.conf`,
`systemd` input), Vector (`syslog`, `journald` sources), Logstash (`syslog` input, grok with ECS and
without), rsyslog and syslog-ng (`format-json`).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from sensors.lines import Damaged
from sensors.values import moment, parsed_address
from taishi.core.clock import rfc3339
from taishi.core.event import Json

_PROGRAM_NAMES = (
    "log.syslog.appname log.syslog.identifier syslog.identifier process.program appname app-name program "
    "programname PROGRAM ident SYSLOG_IDENTIFIER"
)
_HOST_NAMES = "log.syslog.hostname logsource hostname HOST _HOSTNAME host.hostname host.name host"
_SEVERITY_NAMES = "log.syslog.severity.code syslog.severity severity log.syslog.priority syslog.priority"
_PROGRAMS, _HOSTS, _SEVERITIES = _PROGRAM_NAMES.split(), _HOST_NAMES.split(), _SEVERITY_NAMES.split()
_PIDS = ["log.syslog.procid", "log.syslog.pid", "process.pid", "procid", "pid", "PID", "_PID"]
_PRIORITIES = ["pri", "log.syslog.priority", "syslog.priority", "priority"]
_FACILITIES = ["log.syslog.facility.code", "syslog.facility", "facility"]
_TIMES = ["@timestamp", "timestamp", "ISODATE", "time", "date"]
#: One of these, or `log.syslog`, is there where a header was taken apart.
_MARKS = frozenset({*_PROGRAMS, "syslog", "process", "syslogtag", "tag"})
#: rsyslog's `%syslogtag%`.
_TAG = re.compile(r"(?P<program>[^\s:\[\]]{1,48})(?:\[(?P<pid>\d{1,10})\])?:?")
_PROGRAM = re.compile(r"[^\s:\[\]]{1,48}")
_DIGITS = re.compile(r"\d{1,10}")
_HOST = re.compile(r"[\w.:%-]*[\w.-]")
#: RFC 3164 4.1.2, as syslog-ng's `DATE`.
_WRITTEN = re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d")
#: Fields that only the journal has.
_JOURNALS = frozenset({"_TRANSPORT", "_SYSTEMD_UNIT", "_BOOT_ID", "_MACHINE_ID", "__CURSOR", "_COMM"})
#: What only a web server's log has, all of them.
_FLUENT = frozenset({"method", "path", "code"})
_GROK = frozenset({"clientip", "verb", "request", "response"})
#: What shippers put beside an entry of the journal; the time is the entry's own.
_BESIDE = frozenset({"@timestamp", "timestamp", "message", "host", "source_type"})
_CAME = "__REALTIME_TIMESTAMP"


def field(record: Mapping[str, Json], path: str) -> Json:
    """Of a record whose names stand dotted or nested."""
    if path in record:
        return record[path]
    name, dot, rest = path.partition(".")
    inner = record.get(name)
    return field(inner, rest) if dot and isinstance(inner, dict) else None


def syslog_line(record: Mapping[str, Json], text: str) -> str | None:
    """`text` behind the header whose parts stand beside it; None where they name no program or no time."""
    if _MARKS.isdisjoint(record) and not ("log" in record and field(record, "log.syslog") is not None):
        return None
    program, pid = _program(record)
    told = None if program is None else _told(record)
    if program is None or told is None:
        return None
    host, priority = _first(record, _HOSTS, _HOST), _priority(record)
    head = "" if priority is None else f"<{priority}>"
    place = " " if host is None else f" {host} "
    return f"{head}{told}{place}{program if pid is None else f'{program}[{pid}]'}: {text.strip()}"


def _told(record: Mapping[str, Json]) -> str | None:
    """The time as a line has it."""
    time, written = moment_of(record), record.get("DATE")
    if time is not None:
        return rfc3339(time)
    return written if isinstance(written, str) and _WRITTEN.fullmatch(written) else None


def journal_entry(record: Mapping[str, Json], text: str) -> bytes | None:
    """The entry as the journal exports it; None where it is none, or is so already."""
    if _JOURNALS.isdisjoint(record) or ("MESSAGE" in record and _CAME in record):
        return None
    entry = {name: value for name, value in record.items() if name not in _BESIDE}
    time = moment_of(record)
    if _CAME not in entry and time is not None:
        entry[_CAME] = str(int(time.timestamp() * 1_000_000))
    return written({**entry, "MESSAGE": text}) if _CAME in entry else None


def written(record: dict[str, Json]) -> bytes | None:
    """As a line; None where it nests deeper than may be written."""
    try:
        return orjson.dumps(record)
    except orjson.JSONEncodeError:
        return None


def access_line(record: Mapping[str, Json]) -> str | None:
    """The request that a shipper's parser took from a web server's log: Fluent Bit's `apache2` and `nginx`,
    Logstash's `COMBINEDAPACHELOG`. None where it is no such record.
    """
    if _FLUENT.issubset(record) and "message" not in record:
        client = record.get("remote") or record.get("host")
        names = ("user", "method", "path", "code", "size", "referer", "agent")
    elif _GROK.issubset(record):
        client = record["clientip"]
        names = ("auth", "verb", "request", "response", "bytes", "referrer", "agent")
    else:
        return None
    time = moment_of(record)
    values = [_quoted(record.get(name)) for name in names]
    if not isinstance(client, str) or parsed_address(client) is None or time is None or "-" in values[1:4]:
        return None
    user, method, path, code, size, referrer, agent = values
    version = _quoted(record.get("httpversion")).replace("-", "1.1")
    when = time.astimezone(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'{client} - {user} [{when}] "{method} {path} HTTP/{version}" {code} {size} "{referrer}" "{agent}"'


def moment_of(record: Mapping[str, Json]) -> datetime | None:
    """When it was, as the shipper says."""
    for name in _TIMES:
        try:
            return moment(record.get(name), name)
        except Damaged:
            continue
    return None


def _program(record: Mapping[str, Json]) -> tuple[str | None, str | None]:
    program = _first(record, _PROGRAMS, _PROGRAM)
    if program is None and ("syslog" in record or field(record, "log.syslog") is not None):
        program = _first(record, ["process.name"], _PROGRAM)
    for name in ("syslogtag", "tag") if program is None else ():
        tag = record.get(name)
        if isinstance(tag, str) and (found := _TAG.fullmatch(tag)):
            return found["program"], found["pid"]
    return program, _first(record, _PIDS, _DIGITS)


def _first(record: Mapping[str, Json], names: list[str], form: re.Pattern[str]) -> str | None:
    for name in names:
        value = field(record, name)
        if isinstance(value, (str, int)) and str(value) != "-" and form.fullmatch(str(value)):
            return str(value)
    return None


def _priority(record: Mapping[str, Json]) -> int | None:
    """RFC 5424 6.2.1."""
    facility, severity = (_number(record, names) for names in (_FACILITIES, _SEVERITIES))
    if facility is not None and facility < 24 and severity is not None and severity < 8:
        return 8 * facility + severity
    whole = _number(record, _PRIORITIES)
    return whole if whole is not None and facility is None and whole < 192 else None


def _number(record: Mapping[str, Json], names: list[str]) -> int | None:
    found = _first(record, names, _DIGITS)
    return None if found is None else int(found)


def _quoted(value: Json) -> str:
    """Logstash leaves the quotes of the line around a value."""
    text = "-" if value is None else str(value).strip('"')
    return text.replace('"', "%22") or "-"
