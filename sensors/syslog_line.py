"""The frame of a syslog line: RFC 3164, RFC 5424, and the ISO time that rsyslog writes to files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sensors.lines import Damaged
from sensors.values import moment
from taishi.core.clock import ZONE
from taishi.core.event import Json

_PRI = r"(?:<(?P<priority>\d{1,3})>)?\s?"
#: Hillstone writes the virtual system behind the serial number: `1305015170011111(root)`.
_HOST = r"(?P<host>[\w.:%-]*[\w.-](?:\(\w+\))?)"
#: Devices that name no host begin with the program, which then ends in a colon.
_FROM = rf"(?:{_HOST}\s+|(?=[^\s:\[]+(?:\[\d+\])?:(?:\s|$)))"
#: Devices that name no program begin with their words (`类型:…`), which then have no blank behind the colon;
#: Huawei has none either, but a letter in brackets before it (`POLICYDENY(l):`).
_TAG = (
    r"(?:(?=[{【\u0080-\uffff])|(?P<app>[^\s:\[]+)(?:\[(?P<pid>\d+)\]:?\s*|:?(?:\s+|$)|(?<=\([a-z]\)):)|(?=\S+:\S))"
    r"(?P<message>.*)"
)
_CLOCK = r"(?P<clock>\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)"
#: The year before the clock (Huawei, Cisco) or behind it (H3C).
_BSD = re.compile(
    rf"{_PRI}(?P<month>[A-Z][a-z]{{2}})\s+(?P<day>\d{{1,2}})\s+(?:(?P<year>\d{{4}})\s+)?"
    rf"{_CLOCK}(?:\s+(?P<later>\d{{4}})(?=\s))?\s+{_FROM}{_TAG}",
    re.DOTALL,
)
#: What stands behind the time in programs' own logs, where syslog has a host.
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|ALERT|EMERGENCY)\s"
#: A word of the program's own with what it tells (endlessh: `ACCEPT host=…`).
_VERB = r"[A-Z]{3,12}\s\w+="
_ISO = re.compile(
    rf"{_PRI}(?P<time>\d{{4}}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)\s+(?!{_LEVEL}|{_VERB}){_FROM}{_TAG}",
    re.DOTALL,
)
#: With a space between date and time only behind a priority: else it is a program's own log.
_SPACED = re.compile(
    rf"<(?P<priority>\d{{1,3}})>\s?(?P<time>\d{{4}}-\d\d-\d\d [\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)\s+{_FROM}{_TAG}",
    re.DOTALL,
)
_RFC5424 = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<pid>\S+) (?P<msgid>\S+) "
    r'(?P<data>-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)(?: (?P<message>.*))?',
    re.DOTALL,
)
_ELEMENT = re.compile(r'\[(?P<id>[^\s\]="]+)(?P<parameters>(?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]')
_PARAMETER = re.compile(r'([^\s\]="]+)="((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\\]])')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: RFC 5424 6.2.1, tables 1 and 2: facilities by the keywords of syslog.h, severities by their words.
# fmt: off
_FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)
# fmt: on
_SEVERITIES = ("Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug")
#: RFC 6587 3.4.1: how many octets follow.
_COUNT = re.compile(r"\d{1,6} (?=<\d{1,3}>)")


@dataclass(frozen=True, slots=True)
class SyslogLine:
    """Who said what when. Absent parts are empty."""

    time: datetime
    host: str
    app: str
    pid: int | None
    message: str
    #: Whether the year was not written and had to be inferred.
    year_inferred: bool = False
    #: Facility × 8 + severity; None where the line has none.
    priority: int | None = None
    #: What else the frame tells, in ECS names (`log.syslog.…`): priority, message id, structured data.
    frame: Mapping[str, Json] = field(default_factory=dict)


def frames(text: str) -> bool:
    """Whether a text stands in one of the frames."""
    text = uncounted(text)
    return any(form.match(text) for form in (_RFC5424, _ISO, _SPACED, _BSD))


def uncounted(text: str) -> str:
    """Without the count of octets that TCP senders put before a message."""
    found = _COUNT.match(text)
    return text[found.end() :] if found else text


def unframed(text: str, latest: datetime) -> SyslogLine:
    """Takes the frame off. A time without a year gets the last one in which it is not after `latest`.

    RFC 3164 (4.1.2) writes local time without saying which: Asia/Shanghai, the zone of the extranet.
    Raises Damaged.
    """
    text = uncounted(text)
    found = _RFC5424.fullmatch(text) or _ISO.fullmatch(text) or _SPACED.fullmatch(text)
    year = None
    if found:
        time = moment(found["time"].replace(",", "."), "time", ZONE if found.re is _SPACED else UTC)
    else:
        found = _BSD.fullmatch(text)
        if found is None:
            raise Damaged("no syslog line (time, host, program, message)")
        year = found["year"] or found["later"]
        time = bsd_time(found["month"], int(found["day"]), found["clock"], year, latest)
    pid, priority = found["pid"], _priority(found["priority"])
    return SyslogLine(
        time,
        "" if found["host"] in ("-", None) else found["host"],
        "" if found["app"] in ("-", None) else found["app"],
        int(pid) if pid and pid.isascii() and pid.isdigit() and len(pid) < 19 else None,
        (found["message"] or "").removeprefix("\ufeff"),
        year_inferred=found.re is _BSD and not year,
        priority=priority,
        frame=_frame(priority, found if found.re is _RFC5424 else None),
    )


def _priority(text: str | None) -> int | None:
    """None where it says nothing: RFC 5424 6.2.1 ends at 191."""
    return int(text) if text and int(text) < 192 else None


def _frame(priority: int | None, rfc5424: re.Match[str] | None) -> dict[str, Json]:
    told: dict[str, Json] = {}
    if priority is not None:
        told |= {
            "log.syslog.priority": priority,
            "log.syslog.facility.code": priority >> 3,
            "log.syslog.facility.name": _FACILITIES[priority >> 3],
            "log.syslog.severity.code": priority & 7,
            "log.syslog.severity.name": _SEVERITIES[priority & 7],
        }
    if rfc5424 is not None:
        if rfc5424["msgid"] != "-":
            told["log.syslog.msgid"] = rfc5424["msgid"]
        data = structured_data(rfc5424["data"])
        if data:
            told["log.syslog.structured_data"] = data
    return told


def structured_data(text: str) -> dict[str, Json]:
    """The elements of RFC 5424 6.3 by their id, each with its parameters; of one name the last counts."""
    found: dict[str, Json] = {}
    for element in _ELEMENT.finditer(text):
        found[element["id"]] = {
            name: _ESCAPED.sub(r"\1", value) for name, value in _PARAMETER.findall(element["parameters"])
        }
    return found


@lru_cache(maxsize=4096)
def bsd_time(month: str, day: int, clock: str, year: str | None, latest: datetime) -> datetime:
    """Local time (Asia/Shanghai) of a stamp that may lack the year, in UTC. Raises Damaged."""
    if month not in _MONTHS:
        raise Damaged(f"no month: {month!r}")
    last = latest.astimezone(ZONE).year
    for candidate in [int(year)] if year else range(last, last - 9, -1):
        try:
            text = f"{candidate:04}-{_MONTHS.index(month) + 1:02}-{day:02}T{clock}"
            time = datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
        except (ValueError, OverflowError):
            continue  # 29 February is not in every year
        if year or time <= latest + timedelta(seconds=1):
            return time
    raise Damaged(f"no time: {month} {day} {clock}")
