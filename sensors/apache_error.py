"""Apache's error log, 2.2 and 2.4: `[time] [module:level] [pid …] [client …] AH…: words`.

Source: httpd core, ErrorLogFormat; what does not stand in brackets at the beginning is the message.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from sensors.lines import Damaged, Seen, read_lines, share, shown
from sensors.modsecurity import matched
from sensors.services.told import told
from sensors.stamped import stamped
from sensors.values import filled, parsed_address
from taishi.core.clock import ZONE
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_LINE = re.compile(
    r"\[(?P<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \d{4})\] "
    r"\[(?:(?P<module>[\w-]*):)?(?P<level>[a-z]+\d?)\] (?:\[pid (?P<pid>\d{1,10})[^\]]*\] )?"
    r"(?P<between>(?:(?!\[client )[^\[]*: )?)(?:\[(?:client|remote) (?P<client>[^\]]+)\] )?(?P<message>.*)",
    re.DOTALL,
)
#: The time has its year.
_ANY = datetime(2000, 1, 1, tzinfo=UTC)
_CODE = re.compile(r"(AH\d{5}): ")


class ApacheError:
    """One event a line."""

    name = "apache_error"

    def recognizes(self, source: Source) -> int:
        return 86 if share(source, lambda line: _LINE.match(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line))])


def _seen(text: str) -> Seen:
    found = _LINE.fullmatch(text)
    if found is None:
        raise Damaged("no Apache error ([time] [module:level] … words)")
    message = f"{found['between']}{found['message']}"
    ip, port = _client(found["client"] or "")
    code = _CODE.search(message)
    time = stamped(found["time"], _ANY, ZONE).time
    row: dict[str, Value] = {
        "@timestamp": time,
        "event.kind": "event",
        "event.category": "web",
        "event.type": "error",
        "event.module": "apache",
        "event.dataset": "apache.error",
        "event.provider": found["module"],
        "event.code": code[1] if code else None,
        "message": message or None,
        "source.ip": ip,
        "source.port": port,
    }
    rule, beside = matched(message)
    extra: dict[str, Json] = {
        "log.level": found["level"],
        "process.pid": int(found["pid"]) if found["pid"] else None,
        **beside,
    }
    kept = {name: value for name, value in extra.items() if value}
    said = told(f"[client {ip}] {message}", "httpd") if ip else None
    meant = said.columns("httpd") if said else {}
    return Seen(said.kind if said else "other", filled({**row, **rule, **filled(meant)}), kept, text)


def _client(text: str) -> tuple[str | None, int | None]:
    """`192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`."""
    if ip := parsed_address(text):
        return ip, None
    host, _, port = text.rpartition(":")
    ip = parsed_address(host)
    whole = int(port) if ip and port.isascii() and port.isdigit() and len(port) < 6 else 0
    return ip, whole if 0 < whole <= 65535 else None


SENSOR = ApacheError()
