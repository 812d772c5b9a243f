"""Elastic Common Schema as JSON lines, nested or dotted: Beats, Elastic Agent, Vector, our own export."""

from collections.abc import Iterator, Mapping

from sensors.alike_documents import Documents, read_alike
from sensors.ecs_rows import ecs_event, flat
from sensors.json_records import first_object, read_objects
from sensors.lines import Seen
from sensors.winlog_json import is_winlogbeat, windows_json
from taishi.core.event import Batch, Json
from taishi.core.source import Reject, Source

#: Roots of ECS field sets that a sender of ECS uses.
# fmt: off
_ROOTS = frozenset({
    "agent", "client", "destination", "dns", "ecs", "event", "file", "host", "http", "log", "network",
    "observer", "process", "related", "rule", "server", "source", "taishi", "tls", "url", "user",
    "user_agent", "winlog",
})
# fmt: on


class EcsJson:
    """One event an object; the kind comes from its categories and fields."""

    name = "ecs_json"

    def recognizes(self, source: Source) -> int:
        record = first_object(source)
        if "@timestamp" not in record:
            return 0
        # A root counts only as an object or with a dot: `"host": "web-1"` is anybody's JSON.
        roots = {name for name, value in record.items() if isinstance(value, dict)}
        roots |= {name.partition(".")[0] for name in record if "." in name}
        return 88 if roots & _ROOTS else 40 if "message" in record else 0

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        return read_objects(self.name, source, reject, self.events_of)

    def read_alike(self, given: Documents) -> tuple[list[Batch], list[int]]:
        """The same events of many documents at once, and the places of those to be read one by one."""
        if any(map(is_winlogbeat, given.records)):
            return [], list(range(len(given.records)))
        return read_alike(self.name, given)

    def events_of(self, record: dict[str, Json], original: str) -> list[Seen]:
        """Raises Damaged."""
        return [ecs_document(record, original)]


def ecs_document(record: Mapping[str, Json], original: str) -> Seen:
    """One ECS document as an event; `original` stands in where `event.original` is not given.

    Winlogbeat's become Windows events as every other carrier's. Raises Damaged.
    """
    if is_winlogbeat(record):
        return windows_json(record, original)
    return ecs_event(flat(record), original)


SENSOR = EcsJson()
