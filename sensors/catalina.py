"""Tomcat's own log (`catalina.out`, `localhost.DATE.log`): an entry with its stack is one event.

Source: org.apache.juli.OneLineFormatter (`time level [thread] class.method words`) and the two lines of
java.util.logging.SimpleFormatter before Tomcat 8.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from sensors.entries import entries
from sensors.lines import Damaged, Intake, Seen, share, shown
from sensors.stamped import stamped
from sensors.values import filled
from taishi.core.clock import ZONE
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_LEVELS = "SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST"
_ONE_LINE = re.compile(
    rf"(?P<time>\d\d-[A-Z][a-z]{{2}}-\d{{4}} \d\d:\d\d:\d\d(?:\.\d{{1,6}})?) (?P<level>{_LEVELS}) "
    r"\[(?P<thread>[^\]]*)\] (?P<origin>\S+) ?(?P<message>.*)",
    re.DOTALL,
)
_TWO_LINES = re.compile(
    r"(?P<time>[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M) (?P<origin>\S+ \S+)\n"
    rf"(?P<level>{_LEVELS}): (?P<message>.*)",
    re.DOTALL,
)
_BEGINS = re.compile(rb"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:|[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M ")
_ERROR = re.compile(r"(?P<type>(?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error))(?:: (?P<words>[^\n]*))?")
#: Times have their year.
_ANY = datetime(2000, 1, 1, tzinfo=UTC)


class Catalina:
    """One event an entry."""

    name = "catalina"

    def recognizes(self, source: Source) -> int:
        one = share(source, lambda line: _ONE_LINE.match(shown(line)))
        two = share(source, lambda line: _BEGINS.match(line) and b" org.apache." in line)
        return 84 if (one >= 0.2 and _BEGINS.match(source.head)) or two >= 0.2 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        intake = Intake(self.name, source, reject)
        for entry in entries(source, intake.refuse, _BEGINS.match):
            yield from intake.take(entry, lambda raw: [_seen(shown(raw))])
        yield from intake.rest()


def _seen(text: str) -> Seen:
    found = _ONE_LINE.fullmatch(text) or _TWO_LINES.fullmatch(text)
    if found is None:
        raise Damaged("no entry of Tomcat (time level [thread] class.method words)")
    error = _ERROR.search(found["message"])
    row: dict[str, Value] = {
        "@timestamp": stamped(found["time"], _ANY, ZONE).time,
        "event.kind": "event",
        "event.category": "web",
        "event.type": "error" if found["level"] in ("SEVERE", "WARNING") else "info",
        "event.module": "tomcat",
        "event.dataset": "tomcat.catalina",
        "event.provider": found["origin"],
        "message": found["message"] or None,
    }
    extra: dict[str, Json] = {
        "log.level": found["level"].lower(),
        "process.thread.name": found.groupdict().get("thread"),
        "error.type": error["type"] if error else None,
        "error.message": error["words"] if error else None,
    }
    return Seen("other", filled(row), {name: value for name, value in extra.items() if value}, text)


SENSOR = Catalina()
