"""Windows events as JSON: evtx_dump's tree, Winlogbeat, and the flat lines of NXLog and OTRF data sets."""

from collections.abc import Callable, Iterator, Mapping

from sensors.flat_intake import Fields, Format
from sensors.flat_tables import Tables
from sensors.flat_windows import TreeFields, plain_code, record_fields
from sensors.json_records import first_object, read_flat, read_objects
from sensors.lines import Seen, shown
from sensors.values import json_object, part, word
from sensors.windows import (
    ANSWERED,
    SCALARS,
    TIME,
    WindowsRecord,
    event_data,
    is_flat,
    tree_record,
    windows_event,
)
from sensors.windows_inserts import named
from sensors.windows_tables import COMPUTERS, NAMED, PROVIDERS, TIMES, TOLD, plan_line
from taishi.core.event import Batch, Json
from taishi.core.flat import FlatRecords
from taishi.core.source import Reject, Source

#: Keys beside `EventID` that make a flat line a Windows event.
_FLAT = frozenset({"Channel", "Hostname", "Computer", "SourceName", "Provider_Name", "ProviderGuid"})


class WinlogJson:
    """JSON lines, an array, or pretty-printed objects; every object tells its own form."""

    name = "winlog_json"
    answered = ANSWERED

    def recognizes(self, source: Source) -> int:
        found = first_object(source)
        if part(part(found, "Event"), "System"):
            return 98
        if is_winlogbeat(found):
            return 97
        return 96 if "EventID" in found and _FLAT & found.keys() else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, lambda record, raw: [windows_json(record, raw)])

    def flat(self, source: Source, reject: Reject) -> Iterator[FlatRecords]:
        form = Format(self.name, "windows", _reader(source), _event, TIME, Tables(TOLD, plan_line))
        return read_flat(form, source, reject)


def _reader(source: Source) -> Callable[[bytes], Fields]:
    """How to begin with each record: every form is read either way, that of the first record fastest."""
    first = first_object(source)
    if part(first, "Event"):
        return TreeFields(_record)
    return _beat_fields if is_winlogbeat(first) else _line_fields


def _beat_fields(raw: bytes) -> Fields:
    """Own fields of Winlogbeat's usual record; others, and what is wrong, the long way."""
    record = json_object(raw)
    winlog, row = part(record, "winlog"), part(part(record, "winlog"), "event_data")
    code, keywords = plain_code(winlog.get("event_id")), winlog.get("keywords")
    named = [winlog.get(name) for name in ("provider_name", "channel", "computer_name")]
    shallow = [winlog.get("task"), winlog.get("opcode"), winlog.get("record_id")]
    message = record.get("message")
    shallow += keywords if isinstance(keywords, list) else [keywords]
    if (
        code is None
        or not all(type(text) is str and text for text in named)
        or (message is not None and type(message) is not str)
        or not SCALARS.issuperset(map(type, shallow))
        or "." in "".join(record) + "".join(winlog)
        or "user_data" in winlog
        or "Event" in record
        or not is_flat(row)
    ):
        return record_fields(windows_record(record))
    for name, field in (("task", "Task"), ("opcode", "Opcode"), ("keywords", "Keywords")):
        if name in winlog:
            row.setdefault(field, winlog[name])
    if message:
        row.setdefault("Message", message)
    row["EventID"] = code
    row["Provider_Name"], row["Channel"], row["Computer"] = named
    return row, record.get("@timestamp")


def _line_fields(raw: bytes) -> Fields:
    """Own fields of a flat line without anything nested; others, and what is wrong, the long way."""
    row = json_object(raw)
    code = plain_code(row.get("EventID"))
    if (
        code is None
        or "Event" in row
        or "winlog.event_id" in row
        or not SCALARS.issuperset(map(type, row.values()))
    ):
        return record_fields(windows_record(row))
    time = _time(row)
    for field, names in NAMED:
        if type(row.get(field)) is not str or not row[field]:
            row[field] = _first(row, *names)
    row["EventID"] = code
    return row, time


def _record(raw: bytes) -> WindowsRecord:
    return windows_record(json_object(raw))


def _event(raw: bytes) -> Seen:
    return windows_json(json_object(raw), shown(raw))


def is_winlogbeat(record: Mapping[str, Json]) -> bool:
    """Whether the record carries `winlog.*` with an event id, nested or dotted."""
    winlog = part(record, "winlog")
    return "event_id" in winlog or "winlog.event_id" in record


def windows_json(record: Mapping[str, Json], original: str) -> Seen:
    """Raises Damaged where the record has no time or no event id."""
    return windows_event(windows_record(record), original)


def windows_record(record: Mapping[str, Json]) -> WindowsRecord:
    """The record in whichever of the three forms it is. Raises Damaged."""
    tree = part(record, "Event")
    if tree:
        return tree_record(tree)
    return _winlogbeat(record) if is_winlogbeat(record) else _flat(record)


def _winlogbeat(record: Mapping[str, Json]) -> WindowsRecord:
    winlog = _under(record, "winlog")
    data = event_data(_under(winlog, "event_data"), _under(winlog, "user_data"))
    kept = {name.capitalize(): winlog[name] for name in ("task", "opcode", "keywords") if name in winlog}
    message = word(record.get("message"), "message")
    if message:
        kept["Message"] = message
    return WindowsRecord(
        time=record.get("@timestamp"),
        event_id=winlog.get("event_id"),
        provider=word(winlog.get("provider_name"), "winlog.provider_name"),
        channel=word(winlog.get("channel"), "winlog.channel"),
        computer=word(winlog.get("computer_name"), "winlog.computer_name"),
        record_id=word(winlog.get("record_id"), "winlog.record_id"),
        data=data,
        keywords=winlog.get("keywords"),
        system=kept,
        message=message,
    )


def _under(record: Mapping[str, Json], name: str) -> dict[str, Json]:
    """What stands under a name, whether nested or as dotted keys."""
    nested, before = part(record, name), f"{name}."
    if before not in "\n".join(record):
        return nested
    dotted = {key.removeprefix(before): value for key, value in record.items() if key.startswith(before)}
    return {**dotted, **nested}


def _flat(record: Mapping[str, Json]) -> WindowsRecord:
    return WindowsRecord(
        time=_time(record),
        event_id=record.get("EventID"),
        provider=_first(record, *PROVIDERS),
        channel=_first(record, "Channel"),
        computer=_first(record, *COMPUTERS),
        record_id=_first(record, "RecordNumber", "EventRecordID"),
        data=named(record),
        keywords=record.get("Keywords"),
        message=_first(record, "Message"),
    )


def _time(record: Mapping[str, Json]) -> Json:
    for name in TIMES:
        value = record.get(name)
        if value:
            return value
    return None


def _first(record: Mapping[str, Json], *names: str) -> str | None:
    for name in names:
        text = word(record.get(name), name)
        if text:
            return text
    return None


SENSOR = WinlogJson()
