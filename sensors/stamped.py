"""The frame of a program's own log: a time in one of the usual forms near the line's beginning, and a level.

Programs that write to a file of their own name neither host nor program; the time's zone is as written, else
Asia/Shanghai.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from sensors.lines import Damaged
from sensors.syslog_line import bsd_time
from taishi.core.clock import ZONE

#: How far into a line its time is sought.
_HEAD = 96
_FRACTION = r"(?:[.,:](?P<fraction>\d{1,9}))?"
_ZONE = r"(?:\s?(?P<zone>Z|UTC|GMT|CST|[+-]\d\d:?\d\d)(?!\w|:\d))?"
_CLOCK = rf"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d){_FRACTION}"
_TWELVE = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)\s(?P<half>[AP]M)"
_NAME = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_FORMS = (
    # 2026-03-01T08:00:00.5+08:00, 2026/03/01 08:00:00,500, [2026-03-01 08:00:00 +0800]
    re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})[T ]{_CLOCK}{_ZONE}"),
    # 2022/02/07 - 10:49:33 (Gin)
    re.compile(rf"(?P<year>\d{{4}})/(?P<month>\d\d)/(?P<day>\d\d) - {_CLOCK}{_ZONE}"),
    # 01-Mar-2026 08:00:00.500 (Tomcat, BIND), 01/Mar/2026:08:00:00 +0800, 27/Jul/2023 16:06:44
    re.compile(rf"(?P<day>\d{{1,2}})[-/ ]{_NAME}[-/ ](?P<year>\d{{4}})[ :]{_CLOCK}{_ZONE}"),
    # Sun Mar 01 08:00:00.500000 2026 (Apache, OpenVPN), Mon Oct 11 09:01:35 CEST 2021
    re.compile(rf"{_NAME}\s+(?P<day>\d{{1,2}}) {_CLOCK} (?:[A-Z]{{3,4}} )?(?P<year>\d{{4}})(?!\d)"),
    # Mar 01 2026 08:00:00 (devices)
    re.compile(rf"{_NAME}\s+(?P<day>\d{{1,2}}) (?P<year>\d{{4}}) {_CLOCK}{_ZONE}"),
    # Mar 1, 2026 8:00:00 AM (java.util.logging), 03/01/2026, 8:00:00 AM (Node.js)
    re.compile(rf"{_NAME} (?P<day>\d{{1,2}}), (?P<year>\d{{4}}) {_TWELVE}"),
    re.compile(rf"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{{4}}), {_TWELVE}"),
    # 03/01/26 08:00:00.500 (ZoneMinder)
    re.compile(rf"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d\d) {_CLOCK}"),
)
#: Without a year, as syslog writes it: the last one in which it is not after `latest`.
_YEARLESS = re.compile(
    rf"(?:^|[\[(]){_NAME}\s+(?P<day>\d{{1,2}}) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{{1,6}})?)(?!\d)"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: `docker compose logs` puts the container before each line.
_CONTAINER = re.compile(r"(?P<name>[\w.-]{1,64})\s{1,40}\| ")
_LEVEL = re.compile(
    r"(?<![\w])(?P<level>TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT"
    r"|FATAL|ALERT|EMERG|EMERGENCY|DBG|INF|WRN|FTL)(?![\w])",
    re.IGNORECASE,
)
_LEVELS = {
    "dbg": "debug",
    "inf": "info",
    "information": "info",
    "wrn": "warning",
    "warn": "warning",
    "err": "error",
    "severe": "error",
    "crit": "critical",
    "ftl": "fatal",
    "emerg": "emergency",
}


@dataclass(frozen=True, slots=True)
class Stamped:
    """A line taken apart: when, what else stands in it, and how loud it is (`log.level`) where it says so."""

    time: datetime
    #: Text before the time (brackets and separators taken away) and after it.
    before: str
    after: str
    level: str | None
    #: The container that `docker compose logs` names, else empty.
    container: str = ""
    year_inferred: bool = False

    @property
    def message(self) -> str:
        return f"{self.before} {self.after}".strip()


def is_stamped(text: str) -> bool:
    """Whether a time stands near the beginning of a line."""
    head = text[:_HEAD]
    return any(form.search(head) for form in _FORMS) or _YEARLESS.search(head) is not None


def stamped(text: str, latest: datetime, zone: tzinfo = ZONE) -> Stamped:
    """The first time in the line is when it was written. Raises Damaged where none is near its beginning."""
    container = _CONTAINER.match(text)
    rest = text[container.end() :] if container else text
    found = min(
        (one for form in _FORMS if (one := form.search(rest, 0, _HEAD))), key=re.Match.start, default=None
    )
    yearless = None if found else _YEARLESS.search(rest, 0, _HEAD)
    where = found or yearless
    if where is None:
        raise Damaged("no time near the beginning of the line")
    if yearless:
        time = bsd_time(yearless["month"], int(yearless["day"]), yearless["clock"], None, latest)
    else:
        time = _time(where, zone)
    before = rest[: where.start()].strip(" \t[(<|-=\"'")
    after = rest[where.end() :].lstrip(" \t])>|-:,\"'")
    level = _LEVEL.search(before) or _LEVEL.search(after, 0, 64)
    word = level["level"].lower() if level else None
    return Stamped(
        time,
        before,
        after.rstrip(),
        _LEVELS.get(word, word) if word else None,
        container["name"] if container else "",
        year_inferred=yearless is not None,
    )


def _time(found: re.Match[str], otherwise: tzinfo) -> datetime:
    """Raises Damaged for 31 June."""
    groups = found.groupdict()
    month = groups["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    hour, year = int(groups["hour"]), int(groups["year"])
    if groups.get("half"):
        hour = hour % 12 + (12 if groups["half"] == "PM" else 0)
    fraction = (groups.get("fraction") or "")[:6].ljust(6, "0")
    try:
        clock = (hour, int(groups["minute"]), int(groups["second"]), int(fraction))
        zone = _zone(groups.get("zone"), otherwise)
        year = year + 2000 if year < 100 else year
        return datetime(year, number, int(groups["day"]), *clock, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Damaged(f"no time: {found[0][:40]!r}") from None


def _zone(text: str | None, otherwise: tzinfo) -> tzinfo:
    if text is None:
        return otherwise
    if text == "CST":  # China Standard Time
        return ZONE
    if text in ("Z", "UTC", "GMT"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1))
