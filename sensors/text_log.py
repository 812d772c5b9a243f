"""Logs of programs that write lines of their own: when, how loud, and the words. The last resort for text."""

import re
from collections.abc import Iterator
from datetime import datetime

from sensors.entries import entries
from sensors.lines import Intake, Seen, first_lines, shown
from sensors.services.told import told
from sensors.stamped import is_stamped, stamped
from sensors.values import filled
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

#: What goes on with the entry before: a stack of Java or Python.
_STACK = re.compile(
    rb"\s+at \S|\s+\.\.\. \d+ |Caused by: |(?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error)\b"
    rb'|Traceback \(most recent|  File "|    \S'
)


class TextLog:
    """One event a line that has a time, with the stack below it. Other lines are rejected: whose they are is
    not known."""

    name = "text_log"

    def recognizes(self, source: Source) -> int:
        lines = [line for line in first_lines(source) if not _STACK.match(line)]
        fits = sum(1 for line in lines if is_stamped(shown(line)))
        return 30 if fits and fits / len(lines) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        latest = source.written
        intake = Intake(self.name, source, reject)
        for entry in entries(source, intake.refuse, lambda line: not _STACK.match(line)):
            yield from intake.take(entry, lambda raw: [_seen(shown(raw), latest)])
        yield from intake.rest()


def _seen(text: str, latest: datetime) -> Seen:
    line = stamped(text, latest)
    row: dict[str, Value] = {
        "@timestamp": line.time,
        "event.kind": "event",
        "event.dataset": "text",
        "event.provider": line.container or None,
        "message": line.message or None,
    }
    found = told(line.message.partition("\n")[0])
    extra: dict[str, Json] = {"log.level": line.level, **((found.extra if found else None) or {})}
    kept = {name: value for name, value in extra.items() if value}
    if found:
        row |= {"event.dataset": f"{found.service}.auth", **found.columns(line.container)}
    return Seen(found.kind if found else "other", filled(row), kept, text, year_inferred=line.year_inferred)


SENSOR = TextLog()
