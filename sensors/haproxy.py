"""HAProxy's requests, as it sends them to syslog: `client:port [time] frontend backend/server … "GET /…"`.

Source: HAProxy 2.x configuration manual, 8.2.3 (HTTP log format). Its clock has no zone: local time, here the
extranet's.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from sensors.access_log import request_columns
from sensors.lines import Seen
from sensors.syslog_line import SyslogLine
from sensors.values import count, filled, moment, number, parsed_address
from taishi.core.clock import ZONE
from taishi.core.event import Json, Value

_LINE = re.compile(
    r"(?P<ip>[0-9A-Fa-f:.]{2,45}):(?P<port>\d{1,5}) "
    r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{1,6})\] "
    r"(?P<frontend>\S+) (?P<backend>[^\s/]+)/(?P<server>\S+) [-\d/+]+ (?P<status>-?\d{1,3}) "
    r"(?P<bytes>[+\d]+) "
    r'\S+ \S+ \S{4} \S+ \S+ (?:\{.*\} )?"(?P<request>.*)"?',
    re.DOTALL,
)


class HaproxyMessage:
    """A request; what else HAProxy says is an event of plain syslog."""

    def knows(self, line: SyslogLine) -> bool:
        return line.app == "haproxy" and _LINE.fullmatch(line.message) is not None

    def events(self, line: SyslogLine, original: str) -> Sequence[Seen]:
        """Raises Damaged for a time or a number that is none."""
        found = _LINE.fullmatch(line.message)
        if found is None:
            return []
        status = number(found["status"], "status")
        row: dict[str, Value] = {
            "@timestamp": moment(_iso(found["time"]), "time", ZONE),
            "event.kind": "event",
            "event.category": "web",
            "event.type": "access",
            "event.outcome": "success" if status is not None and 0 <= status < 400 else "failure",
            "event.module": "haproxy",
            "event.dataset": "haproxy.log",
            "network.protocol": "http",
            "network.transport": "tcp",
            "host.name": line.host or None,
            "source.ip": parsed_address(found["ip"]),
            "source.port": number(found["port"], "port"),
            "http.response.status_code": status if status is not None and status > 0 else None,
            "http.response.body.bytes": count(found["bytes"].lstrip("+"), "bytes"),
            **request_columns(found["request"].removesuffix('"'), None),
        }
        extra: dict[str, Json] = {name: found[name] for name in ("frontend", "backend", "server")}
        return [Seen("http", filled(row), extra, original)]


def _iso(text: str) -> str:
    """`02/Mar/2026:10:00:00.123` as ISO 8601; the text itself where it is no such time."""
    try:
        return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S.%f").isoformat()  # noqa: DTZ007 - the zone comes with moment()
    except ValueError:
        return text


CARRIED = HaproxyMessage()
