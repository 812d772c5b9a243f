"""数据安全: which personal data events held, by system, unit and stage; from stamps, never from values."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from detections.personal.found import ITEM_TYPES, ItemType
from detections.personal.grade import Grade, graded
from detections.personal.shield import STAMP, counted
from taishi.app.data_inspection import STAGE_NAMES, Stage, level_of
from taishi.app.window import Window
from taishi.core.event import Event
from taishi.core.ports import Condition, EventStore, Query
from taishi.core.records import LEVELS, Level

#: Events that are added up, the newest; a page says when there are more.
MOST = 5_000
_A_TIME = 1_000


@dataclass
class DataHolder:
    """One system at one stage. Counts are of values as they came: the same value twice counts twice."""

    system: str
    unit: str | None
    asset: str | None
    stage: Stage
    counts: Counter[ItemType] = field(default_factory=Counter)
    events: int = 0
    last: datetime | None = None

    @property
    def kinds(self) -> list[tuple[ItemType, int]]:
        return [(kind, self.counts[kind]) for kind in ITEM_TYPES if self.counts[kind]]

    @property
    def grade(self) -> Grade:
        return graded(self.counts).grade

    @property
    def level(self) -> Level:
        return level_of(self.grade, self.kinds, self.stage)

    def add(self, event: Event) -> None:
        stamp = event.fields.get(STAMP)
        self.counts += counted(stamp if isinstance(stamp, list) else None)
        self.events += 1
        self.last = event.time if self.last is None else max(self.last, event.time)


@dataclass(frozen=True)
class DataFound:
    """Worst first. `complete`: every event of the window was added up."""

    holders: tuple[DataHolder, ...]
    events: int
    complete: bool


def data_found(events: EventStore, window: Window, unit: str | None = None) -> DataFound:
    """What the events of a window held; `unit` narrows to one."""
    holders: dict[tuple[str, Stage], DataHolder] = {}
    number = 0
    for event in _stamped(events, window):
        number += 1
        if number > MOST:
            break
        side, stage = place_of(event)
        system = event.text("host.name" if side == "host" else f"{side}.ip") or event.text("log.file.path")
        holder = holders.get((system, stage))
        if holder is None:
            owner = event.text(f"taishi.{side}.unit") or None
            asset = event.text(f"taishi.{side}.asset") or None
            holder = holders[system, stage] = DataHolder(system, owner, asset, stage)
        holder.add(event)
    chosen = [one for one in holders.values() if unit is None or one.unit == unit]
    stages = list(STAGE_NAMES)
    chosen.sort(
        key=lambda one: (LEVELS.index(one.level), -one.counts.total(), one.system, stages.index(one.stage))
    )
    return DataFound(tuple(chosen), min(number, MOST), number <= MOST)


def place_of(event: Event) -> tuple[str, Stage]:
    """Whose data the event tells of (source, destination or host), and at which stage they were met."""
    if event.text("event.module") != "pcap":
        return ("destination" if event.text("destination.ip") else "host"), "use"
    if event.kind == "http":
        sent = event.number("http.request.body.bytes") > event.number("http.response.body.bytes")
        return "destination", "intake" if sent else "output"
    if event.kind == "file":
        return "destination", "storage"
    return ("source" if event.text("event.action") == "text-transfer" else "destination"), "output"


def _stamped(events: EventStore, window: Window) -> Iterator[Event]:
    cursor = None
    while True:
        page = events.search(
            Query(
                since=window.since,
                until=window.until,
                where=(Condition(STAMP, ":", "contains"),),
                limit=_A_TIME,
                cursor=cursor,
            )
        )
        yield from page.events
        cursor = page.cursor
        if cursor is None:
            return
