"""Windows events as JSON: evtx_dump's tree, Winlogbeat, and the flat lines of NXLog and OTRF data sets."""

from collections.abc import Iterator, Mapping

from sensors.json_records import first_object, read_objects
from sensors.lines import Seen
from sensors.values import part, word
from sensors.windows import WindowsRecord, event_data, from_event_tree, windows_event
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

#: Keys beside `EventID` that make a flat line a Windows event.
_FLAT = frozenset({"Channel", "Hostname", "Computer", "SourceName", "Provider_Name", "ProviderGuid"})
_TIMES = ("SystemTime", "TimeCreated", "@timestamp", "EventTime", "UtcTime", "TimeGenerated")


class WinlogJson:
    """JSON lines, an array, or pretty-printed objects; every object tells its own form."""

    name = "winlog_json"

    def recognizes(self, source: Source) -> int:
        found = first_object(source)
        if part(part(found, "Event"), "System"):
            return 98
        if is_winlogbeat(found):
            return 97
        return 96 if "EventID" in found and _FLAT & found.keys() else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, lambda record, raw: [windows_json(record, raw)])


def is_winlogbeat(record: Mapping[str, Json]) -> bool:
    """Whether the record carries `winlog.*` with an event id, nested or dotted."""
    winlog = part(record, "winlog")
    return "event_id" in winlog or "winlog.event_id" in record


def windows_json(record: Mapping[str, Json], original: str) -> Seen:
    """Raises Damaged where the record has no time or no event id."""
    tree = part(record, "Event")
    if tree:
        return from_event_tree(tree, original)
    if is_winlogbeat(record):
        return windows_event(_winlogbeat(record), original)
    return windows_event(_flat(record), original)


def _winlogbeat(record: Mapping[str, Json]) -> WindowsRecord:
    winlog = _under(record, "winlog")
    data = event_data(_under(winlog, "event_data")) | event_data(_under(winlog, "user_data"))
    kept = {name.capitalize(): winlog[name] for name in ("task", "opcode", "keywords") if name in winlog}
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
        message=word(record.get("message"), "message"),
    )


def _under(record: Mapping[str, Json], name: str) -> dict[str, Json]:
    """What stands under a name, whether nested or as dotted keys."""
    dotted = {
        key.removeprefix(f"{name}."): value for key, value in record.items() if key.startswith(f"{name}.")
    }
    return {**dotted, **part(record, name)}


def _flat(record: Mapping[str, Json]) -> WindowsRecord:
    def first(*names: str) -> str | None:
        return next((text for name in names if (text := word(record.get(name), name))), None)

    return WindowsRecord(
        time=next((record[name] for name in _TIMES if record.get(name)), None),
        event_id=record.get("EventID"),
        provider=first("Provider_Name", "ProviderName", "SourceName"),
        channel=first("Channel"),
        computer=first("Computer", "Hostname", "host.name"),
        record_id=first("RecordNumber", "EventRecordID"),
        data=record,
        keywords=record.get("Keywords"),
        message=first("Message"),
    )


SENSOR = WinlogJson()
