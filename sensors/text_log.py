"""Logs of programs that write lines of their own: when, how loud, and the words. The last resort for text."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sensors.lines import Seen, read_lines, share, shown
from sensors.services.told import told
from sensors.stamped import is_stamped, stamped
from sensors.values import filled
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source


class TextLog:
    """One event a line that has a time. Lines without one are rejected: whose they are is not known."""

    name = "text_log"

    def recognizes(self, source: Source) -> int:
        return 30 if share(source, lambda line: is_stamped(shown(line))) >= 0.5 else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        latest = datetime.fromtimestamp(source.path.stat().st_mtime, UTC)
        return read_lines(self.name, source, reject, lambda line: [_seen(shown(line), latest)])


def _seen(text: str, latest: datetime) -> Seen:
    line = stamped(text, latest)
    row: dict[str, Value] = {
        "@timestamp": line.time,
        "event.kind": "event",
        "event.dataset": "text",
        "event.provider": line.container or None,
        "message": line.message or None,
    }
    found = told(line.message)
    extra: dict[str, Json] = {"log.level": line.level, **((found.extra if found else None) or {})}
    kept = {name: value for name, value in extra.items() if value}
    if found:
        row |= {"event.dataset": f"{found.service}.auth", **found.columns(line.container)}
    return Seen(found.kind if found else "other", filled(row), kept, text, year_inferred=line.year_inferred)


SENSOR = TextLog()
