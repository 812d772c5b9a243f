"""The frame of a syslog line: RFC 3164, RFC 5424, and the ISO time that rsyslog writes to files."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sensors.lines import Damaged
from sensors.values import moment
from taishi.core.clock import ZONE

_PRI = r"(?:<\d{1,3}>)?"
_HOST = r"(?P<host>[\w.:-]+)"
_TAG = r"(?P<app>[^\s:\[]+)(?:\[(?P<pid>\d+)\])?:?(?:\s+|$)(?P<message>.*)"
_BSD = re.compile(
    rf"{_PRI}(?P<month>[A-Z][a-z]{{2}})\s+(?P<day>\d{{1,2}})\s+(?:(?P<year>\d{{4}})\s+)?"
    rf"(?P<clock>\d{{2}}:\d{{2}}:\d{{2}}(?:\.\d{{1,6}})?)\s+{_HOST}\s+{_TAG}",
    re.DOTALL,
)
_ISO = re.compile(
    rf"{_PRI}(?P<time>\d{{4}}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)\s+{_HOST}\s+{_TAG}", re.DOTALL
)
_RFC5424 = re.compile(
    r"<\d{1,3}>1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<pid>\S+) \S+ "
    r'(?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)(?: (?P<message>.*))?',
    re.DOTALL,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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


def frames(text: str) -> bool:
    """Whether a text stands in one of the three frames."""
    return any(form.match(text) for form in (_RFC5424, _ISO, _BSD))


def unframed(text: str, latest: datetime) -> SyslogLine:
    """Takes the frame off. A time without a year gets the last one in which it is not after `latest`.

    RFC 3164 (4.1.2) writes local time without saying which: Asia/Shanghai, the zone of the extranet.
    Raises Damaged.
    """
    found = _RFC5424.fullmatch(text) or _ISO.fullmatch(text)
    if found:
        time = moment(found["time"], "time")
    else:
        found = _BSD.fullmatch(text)
        if found is None:
            raise Damaged("no syslog line (time, host, program, message)")
        time = bsd_time(found["month"], int(found["day"]), found["clock"], found["year"], latest)
    pid = found["pid"]
    return SyslogLine(
        time,
        "" if found["host"] == "-" else found["host"],
        "" if found["app"] == "-" else found["app"],
        int(pid) if pid and pid.isdigit() and len(pid) < 19 else None,
        (found["message"] or "").removeprefix("\ufeff"),
        year_inferred=found.re is _BSD and not found["year"],
    )


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
