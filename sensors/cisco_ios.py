"""System messages of Cisco IOS and IOS XE: `%FACILITY-SEVERITY-MNEMONIC: text`, with what stands before.

Source: Cisco, "System Message Logging": `seq no:timestamp: %facility-severity-MNEMONIC:description`.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from sensors.lines import Damaged, Seen, read_lines, share, shown
from sensors.syslog_line import bsd_time
from sensors.values import filled, parsed_address
from taishi.core.clock import ZONE
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_STAMP = (
    r"[A-Z][a-z]{2}\s{1,2}\d{1,2} (?:\d{4} )?\d{2}:\d{2}:\d{2}|\d{4}-\d\d-\d\dT[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?"
)
#: Priority, the collector's own stamp, the device, its counter: each may be absent. `*` and `.` before
#: the time say that the clock is not set or not synchronised.
_LINE = re.compile(
    rf"(?:<\d{{1,3}}>)?(?:(?:{_STAMP}) )?(?:(?P<host>[\w.:-]*[\w.-]):? )?(?:(?P<sequence>\d+): )?"
    r"[*.]?(?P<month>[A-Z][a-z]{2})\s{1,2}(?P<day>\d{1,2}) (?:(?P<year>\d{4}) )?"
    r"(?P<clock>\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(?: (?P<zone>[A-Za-z]{1,5}))?: "
    r"%(?P<facility>[A-Z][A-Z0-9_]*(?:-[A-Z][A-Z0-9_]*)*)-(?P<severity>[0-7])-(?P<mnemonic>[A-Z0-9_]+):"
    r"\s*(?P<text>.*)",
    re.DOTALL,
)
_COMMAND = re.compile(r"User:(?P<user>\S+)\s+logged command:(?P<command>.*)", re.DOTALL)
_UNIVERSAL = frozenset({"UTC", "GMT"})


class CiscoIos:
    """One event a message. Times without a zone, or in one of another name than UTC, are Asia/Shanghai."""

    name = "cisco_ios"

    def recognizes(self, source: Source) -> int:
        return 80 if share(source, lambda line: _LINE.match(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        latest = source.written
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line), latest)])


def _seen(text: str, latest: datetime) -> Seen:
    found = _LINE.fullmatch(text)
    if found is None:
        raise Damaged("no Cisco IOS message (time: %FACILITY-SEVERITY-MNEMONIC: text)")
    host = found["host"] or ""
    ip = parsed_address(host)
    command = _COMMAND.fullmatch(found["text"])
    row: dict[str, Value] = {
        "@timestamp": _time(found, latest),
        "event.kind": "event",
        "event.module": "cisco",
        "event.dataset": "cisco.ios",
        "event.provider": found["facility"],
        "event.code": found["mnemonic"],
        "event.severity": int(found["severity"]),
        "message": found["text"] or None,
        "host.name": host or None,
        "host.ip": [ip] if ip else None,
        "user.name": command["user"] if command else None,
    }
    extra: dict[str, Json] = {
        # As the device writes it: what rules and people look for (`%SYS-5-CONFIG_P:`).
        "header": f"%{found['facility']}-{found['severity']}-{found['mnemonic']}:",
        "sequence": found["sequence"],
        "command": command["command"] if command else None,
    }
    kept = {name: value for name, value in extra.items() if value}
    return Seen("other", filled(row), kept, text, year_inferred=not found["year"])


def _time(found: re.Match[str], latest: datetime) -> datetime:
    universal = found["zone"] in _UNIVERSAL
    # What is read as local time lies the zone's offset before what was meant as UTC.
    offset = (datetime(2000, 1, 1, tzinfo=ZONE).utcoffset() or timedelta()) if universal else timedelta()
    stamp = (found["month"], int(found["day"]), found["clock"], found["year"])
    return bsd_time(*stamp, latest - offset) + offset


SENSOR = CiscoIos()
