"""TheHive's requests: `… AccessLogFilter … 192.0.2.7 POST /api/v1/login took 8ms and returned 401 65 bytes`.

Source: TheHive (scalligraph's AccessLogFilter). Its container writes no time: then the file's own counts. A
logon that it answered is a logon, with the outcome of the answer.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from sensors.lines import Damaged, Seen, read_lines, share, shown
from sensors.stamped import is_stamped, stamped
from sensors.values import count, filled, number, parsed_address
from sensors.web import url_columns
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_LINE = re.compile(
    r"(?P<head>.{0,200}AccessLogFilter\b.{0,200}?) (?P<client>[0-9A-Fa-f.:]{3,45}) (?P<method>[A-Z]{3,10}) "
    r"(?P<url>\S+) took (?P<took>\d+)ms and returned (?P<status>\d{3}) (?P<bytes>\d+) bytes\s*",
    re.DOTALL,
)
_LOGON = re.compile(r"/api/(?:v\d+/)?login/?(?:\?|$)")


class TheHive:
    """One request or logon a line."""

    name = "thehive"

    def recognizes(self, source: Source) -> int:
        return 88 if share(source, lambda line: _LINE.fullmatch(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        written = source.written
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line), written)])


def _seen(text: str, written: datetime) -> Seen:
    found = _LINE.fullmatch(text)
    if found is None:
        raise Damaged("no request of TheHive (AccessLogFilter … address, request, took, returned)")
    status = number(found["status"], "status") or 0
    time = stamped(text, written).time if is_stamped(found["head"]) else written
    row: dict[str, Value] = {
        "@timestamp": time,
        "event.kind": "event",
        "event.outcome": "success" if status < 400 else "failure",
        "event.module": "thehive",
        "source.ip": parsed_address(found["client"]),
    }
    kind: Kind = "logon" if found["method"] == "POST" and _LOGON.match(found["url"]) else "http"
    columns = _logon() if kind == "logon" else _request(found, status)
    extra: dict[str, Json] = {"took_ms": number(found["took"], "took")}
    return Seen(kind, filled({**row, **columns}), extra, text)


def _logon() -> dict[str, Value]:
    return {
        "event.category": "authentication",
        "event.type": "start",
        "event.dataset": "thehive.auth",
        "process.name": "thehive",
    }


def _request(found: re.Match[str], status: int) -> dict[str, Value]:
    return {
        "event.category": "web",
        "event.type": "access",
        "event.dataset": "thehive.access",
        "network.protocol": "http",
        "network.transport": "tcp",
        "http.request.method": found["method"],
        "http.response.status_code": status,
        "http.response.bytes": count(found["bytes"], "bytes"),
        **url_columns(found["url"]),
    }


SENSOR = TheHive()
