"""JSON lines of services that say in a form of their own who logged on, or say it in a message."""

from collections.abc import Iterator
from contextlib import suppress

from sensors.auth_messages import Said
from sensors.ecs_rows import ecs_event
from sensors.json_records import read_objects
from sensors.lines import Damaged, Seen, first_lines, shown
from sensors.loose_json import renamed
from sensors.services.told import told, told_record
from sensors.values import filled, json_object, moment
from taishi.core.event import Batch, Json, Value
from taishi.core.source import Reject, Source

_TIMES = ("time", "timestamp", "@timestamp", "ts", "t", "eventTime", "datetime", "date")
_MESSAGES = ("message", "msg", "log", "MESSAGE")


class ServiceJson:
    """Surer than loose JSON where one of the first lines is of a known form."""

    name = "service_json"

    def recognizes(self, source: Source) -> int:
        return 60 if any(_known(line) for line in first_lines(source)) else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, lambda record, raw: [_seen(record, raw)])


def _known(line: bytes) -> bool:
    with suppress(Damaged):
        return line.startswith(b"{") and _said(json_object(line), shown(line)) is not None
    return False


def _said(record: dict[str, Json], text: str) -> Said | None:
    found = told_record(record, text)
    if found is None:
        message = next((value for name in _MESSAGES if isinstance(value := record.get(name), str)), None)
        found = told(message.strip()) if message else None
    return found


def _seen(record: dict[str, Json], text: str) -> Seen:
    found = _said(record, text)
    if found is None:
        return _plain(record, text)
    message = next((value for name in _MESSAGES if isinstance(value := record.get(name), str)), None)
    row: dict[str, Value] = {
        "@timestamp": moment(_time(record), "time"),
        "event.kind": "event",
        "event.dataset": f"{found.service}.auth",
        "message": message,
        **found.columns(""),
    }
    return Seen(found.kind, filled(row), {**record, **(found.extra or {})}, text)


def _plain(record: dict[str, Json], text: str) -> Seen:
    """An object that tells of no logon, as loose JSON is read."""
    return ecs_event({**renamed(record), "@timestamp": _time(record)}, text)


def _time(record: dict[str, Json]) -> Json:
    """As the record writes it; MongoDB's extended JSON has it one level deeper."""
    value = next((record[name] for name in _TIMES if name in record), None)
    return value.get("$date") if isinstance(value, dict) else value


SENSOR = ServiceJson()
