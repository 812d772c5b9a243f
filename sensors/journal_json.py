"""systemd's journal as `journalctl -o json` exports it: each entry is what syslog would have had.

Source: systemd, systemd.journal-fields(7) and the Journal JSON Format.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from sensors.json_records import first_object, read_objects
from sensors.lines import Damaged, Seen
from sensors.sshd import line_events
from sensors.syslog_line import SyslogLine
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = ("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")
#: Seconds of a century: what is beyond is no time of this journal.
_LATEST = 4_102_444_800_000_000


class JournalJson:
    """One event an entry; fields of the journal itself stay beside it."""

    name = "journal_json"

    def recognizes(self, source: Source) -> int:
        return 90 if "__REALTIME_TIMESTAMP" in first_object(source) else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, _seen)


def _seen(record: dict[str, Json], text: str) -> list[Seen]:
    found = line_events(_line(record), text)
    kept = {name: value for name, value in record.items() if name != "MESSAGE" and isinstance(value, str)}
    return [replace(seen, extra={**kept, **(seen.extra or {})}) for seen in found]


def _line(record: dict[str, Json]) -> SyslogLine:
    """The entry as a line of syslog. Raises Damaged."""
    app = record.get("SYSLOG_IDENTIFIER") or record.get("_COMM") or ""
    pid, priority = (_whole(record.get(name)) for name in ("_PID", "PRIORITY"))
    return SyslogLine(
        time=_time(record),
        host=str(record.get("_HOSTNAME") or ""),
        app=str(app),
        pid=pid,
        message=_words(record.get("MESSAGE")),
        priority=priority,
    )


def _time(record: dict[str, Json]) -> datetime:
    """When the sender says it was, else when the journal had it: microseconds since 1970."""
    for name in _TIMES:
        whole = _whole(record.get(name))
        if whole is not None and 0 < whole < _LATEST:
            return _EPOCH + timedelta(microseconds=whole)
    raise Damaged("no time (__REALTIME_TIMESTAMP: microseconds since 1970)")


def _whole(value: Json) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _words(value: Json) -> str:
    """A message that is no UTF-8 stands there as a list of bytes."""
    if isinstance(value, list):
        try:
            return bytes(value).decode("utf-8", "replace")  # type: ignore[arg-type]  # what is no byte raises
        except (TypeError, ValueError):
            raise Damaged("MESSAGE is a list, and not of bytes") from None
    return "" if value is None else str(value)


SENSOR = JournalJson()
