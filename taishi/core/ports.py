"""What the parts offer each other. Small interfaces; whoever has the methods fits."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

import msgspec

from taishi.core.clock import Clock
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.flat import FlatRecords
from taishi.core.indicators import Indicator, IntelSource, Mark, Report, Synced
from taishi.core.ledger import Delivery, Ledger
from taishi.core.records import Block, Decision, SensorEntry, SensorKind
from taishi.core.source import Reject, Source
from taishi.core.text import Text


class Sensor(Protocol):
    """Bytes become events. One file in `sensors/` with a module-level `SENSOR`."""

    @property
    def name(self) -> str:
        """Short name, as `inputs[].kind` prints it: pcap, evtx, zeek …"""

    def recognizes(self, source: Source) -> int:
        """How sure, 0 (no) to 100, that this content is of our kind; looks at `source.head` only."""

    def read(self, source: Source, reject: Reject) -> Iterator[Batch]:
        """Every event of the source in order; a damaged record goes to `reject`, the rest goes on."""


@runtime_checkable
class FlatSensor(Sensor, Protocol):
    """A sensor that also gives its records the short way: for rules that ask a source's own fields."""

    @property
    def answered(self) -> Mapping[str, str]:
        """ECS columns whose value a row has under another name (`winlog.channel`: `Channel`), maybe as
        a number where the column is text. Whoever asks another column must `read`."""

    def flat(self, source: Source, reject: Reject) -> Iterator[FlatRecords]:
        """The same records, the same ids and the same rejections as `read`, in the same order."""


@runtime_checkable
class Remembering(Sensor, Protocol):
    """A sensor for which one source explains the next: templates that later datagrams need."""

    def fresh(self) -> Sensor:
        """One of its own for one run, which keeps what it has learned as long as it lives."""


class Sink(Protocol):
    """Where a live sensor's events go to be made durable."""

    def put(self, batch: Batch) -> bool:
        """Returns at once. False where there is no room: those events are lost, and counted as such."""


@dataclass(frozen=True)
class Counters:
    """What a live sensor has seen since its start; see `taishi.core.records.Heartbeat` for each figure."""

    received: int = 0
    bytes: int = 0
    refused: int = 0
    dropped: int = 0
    lost: int = 0
    damaged: int = 0
    last_seen: datetime | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    senders: Mapping[str, int] = field(default_factory=dict)


class LiveSensor(Protocol):
    """Listens until it is told to stop, in a thread of its own."""

    def start(self, sink: Sink) -> None:
        """Returns once it listens. Raises Problem where it cannot."""

    def stop(self) -> None:
        """Hands over what it still holds and returns when its thread has ended."""

    def counters(self) -> Counters:
        """The figures so far; may be asked at any time, from any thread."""


@dataclass(frozen=True)
class LivePlace:
    """Where a live sensor works: `folder` is its own, for what must outlive a restart; `field_maps` holds the
    user's maps of devices, if any."""

    folder: Path
    clock: Clock
    field_maps: Path | None = None


class LiveKind(Protocol):
    """How sensors of one kind are opened: a module-level `LIVE` of a part of `sensors/`."""

    @property
    def kind(self) -> SensorKind: ...

    def open(self, entry: SensorEntry, place: LivePlace) -> LiveSensor:
        """Not yet listening. Raises Problem where it cannot be used; `taishi sensor add` asks first."""


@dataclass(frozen=True)
class Ownership:
    """Whose an address was at a moment."""

    unit: str
    asset: str


class Register(Protocol):
    """The unit and asset register, asked by address and time."""

    def owner(self, address: str, at: datetime) -> Ownership | None:
        """The owner of an IP address (longest prefix first), domain or host name at that moment."""


class Enricher(Protocol):
    """Stamps what is known onto events. Pure: same batch in, same batch out."""

    def enrich(self, batch: Batch) -> Batch: ...


Operator = Literal["is", "contains", "startswith"]


@dataclass(frozen=True)
class Condition:
    """One demand on a column: `value` is compared as text; addresses may be given as CIDR."""

    field: str
    value: str
    operator: Operator = "is"
    negated: bool = False


@dataclass(frozen=True)
class Query:
    """Which events: half-open window [since, until), kinds, and conditions that must all hold.

    `address` matches source or destination; `text` is searched in the raw record and message.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[Kind, ...] = ()
    where: tuple[Condition, ...] = ()
    address: str | None = None
    unit: str | None = None
    text: str | None = None
    limit: int = 100
    cursor: str | None = None
    newest_first: bool = True


@dataclass(frozen=True)
class Page:
    """Some events and, where there are more, the cursor that asks for the next ones."""

    events: Sequence[Event]
    cursor: str | None = None


@dataclass(frozen=True)
class Written:
    """What a write did: `stored` are new, `duplicate` were there already, `waiting` lie on this machine until
    the store is back, which then tells whether they are new. All of them are durable.
    """

    stored: int
    duplicate: int = 0
    waiting: int = 0


class EventStore(Protocol):
    """Keeps events. Chosen by URI; one conformance suite runs on every one."""

    def write(self, batches: Iterable[Batch], delivery: Delivery = Delivery()) -> Written:
        """Durable on return, and counted for whoever delivered it. An event whose id is stored already adds
        nothing."""

    def ledger(self) -> Ledger:
        """What became of everything that was written, since the store was made."""

    def search(self, query: Query) -> Page: ...

    def count(self, query: Query) -> int: ...

    def get(self, event_id: str) -> Event | None: ...

    def stream(self, cursor: str | None, limit: int = 10_000) -> tuple[list[Batch], str]:
        """Batches in the order they were acknowledged, after `cursor` (None: from the start)."""

    def damage(self) -> int:
        """How many stretches of damaged storage were found and passed over since the store was made."""

    def maintain(self, now: datetime) -> None:
        """Housekeeping that is due; called every few seconds. Loses and doubles nothing when killed."""

    def close(self) -> None: ...


@runtime_checkable
class Hunting(Protocol):
    """An event store that can tell without a look at every row where some values may stand."""

    def holding(self, keys: Collection[int] | None, upto: str | None) -> Iterator[Batch]:
        """Stored batches that may show one of the keys (`taishi.core.observables.key`; None: everything), up
        to a cursor of the stream. More may come than what shows them, never less.
        """


@dataclass(frozen=True)
class Group:
    """Events that have these values in common, as text, in the order in which they were asked for."""

    values: tuple[str, ...]
    count: int
    #: How many different values of another column they show, where that was asked for.
    distinct: int = 0


@runtime_checkable
class Grouping(Protocol):
    """An event store that counts events by what they have in common."""

    def groups(self, query: Query, by: Sequence[str], distinct: str | None = None) -> list[Group]:
        """The `query.limit` largest groups, equal ones in the order of their values. `by`: columns, `kind`,
        and `hour` (2026-11-22T09) or `day` (2026-11-22) of the calendar in Asia/Shanghai. An event without a
        value in one of them is in no group. Raises Problem for what cannot be grouped by.
        """


@runtime_checkable
class Retiring(Protocol):
    """An event store that lets old events go."""

    def retire(self, kind: Kind, before: datetime) -> int:
        """Removes events of a kind that came before then, a whole part of the storage at a time: nothing
        newer goes, some may stay until their part is old enough. Never what came within the least time that
        the law asks for. Gives how many went.
        """


@dataclass(frozen=True)
class Bounds:
    """What one question of a person's own may take."""

    rows: int = 1000
    seconds: float = 60.0
    megabytes: int = 1024


@dataclass(frozen=True)
class Found:
    """`rows` as the columns are called; `more` where there are others that were not given."""

    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]
    more: bool = False


@runtime_checkable
class Asking(Protocol):
    """An event store that can be asked in SQL."""

    def ask(self, text: str, bounds: Bounds) -> Found:
        """Reading only. Raises Problem for what is no question, or takes too much."""


@dataclass(frozen=True)
class Sought:
    """Which indicators: all that is given must hold. `values` are normalised, `text` is a piece of one."""

    source: str | None = None
    report: str | None = None
    values: tuple[str, ...] = ()
    text: str | None = None
    marked: Literal["silenced", "lowered"] | None = None
    only_sought: bool = False
    limit: int | None = None
    offset: int = 0


class IndicatorStore(Protocol):
    """Keeps sources, their reports and indicators. Safe for threads and beside other processes."""

    def generation(self) -> int:
        """Rises with every change of what is sought."""

    def sources(self) -> list[IntelSource]: ...

    def put_source(self, source: IntelSource) -> None: ...

    def remove_source(self, source_id: str) -> None:
        """With everything that it said."""

    def keep(self, report: Report, indicators: Sequence[Indicator]) -> None:
        """The report and its indicators in place of what was kept of it, all or nothing."""

    def drop(self, source_id: str, reports: Iterable[str]) -> None:
        """Reports that their source has withdrawn."""

    def note(self, synced: Synced) -> None: ...

    def synced(self, source_id: str) -> Synced | None: ...

    def mark(self, marks: Mapping[str, tuple[Mark, ...]]) -> None:
        """Puts these in place of all marks; an indicator that is not named has none."""

    def find(self, sought: Sought) -> list[Indicator]: ...

    def count(self, sought: Sought) -> int: ...

    def reports(self) -> dict[tuple[str, str], Report]:
        """By source and id."""

    def close(self) -> None: ...


R = TypeVar("R", bound=msgspec.Struct)
Scalar = str | int | bool | None


@dataclass(frozen=True)
class Find:
    """Which records: `where` equal (a tuple means any of), `between` in a half-open span of time,
    `contains` a piece of text; all must hold. Names are those of `taishi.store.state.tables`.
    """

    where: Mapping[str, Scalar | tuple[Scalar, ...]] = field(default_factory=dict)
    between: Mapping[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    contains: Mapping[str, str] = field(default_factory=dict)
    order: str = "id"
    descending: bool = False
    limit: int | None = None
    offset: int = 0


class StateStore(Protocol):
    """Keeps what people deal in: every record type of `taishi.core.records`,
    `taishi.core.notice_records` and `taishi.core.register_records` that has an `id`.

    Reads and writes inside `transaction()` are one unit: all or nothing, durable at its end.
    """

    def transaction(self) -> AbstractContextManager[None]: ...

    def put(self, *records: msgspec.Struct) -> None:
        """Inserts or replaces by id."""

    def get(self, of: type[R], record_id: str) -> R | None: ...

    def find(self, of: type[R], find: Find | None = None) -> list[R]: ...

    def count(self, of: type[R], find: Find | None = None) -> int: ...

    def delete(self, of: type[R], record_id: str) -> None: ...

    def next_number(self, series: str) -> int:
        """1, 2, 3 … without a gap a series; inside a transaction it is undone with it."""

    def decide(
        self,
        at: datetime,
        actor: str,
        action: str,
        object_type: str,
        object_id: str,
        result: str,
        why: str = "",
    ) -> Decision:
        """Appends one line to the audit chain."""

    def decide_all(
        self,
        at: datetime,
        actor: str,
        action: str,
        object_type: str,
        results: Mapping[str, str],
        why: str = "",
    ) -> None:
        """Appends a line for each object id and its result, in that order, written at once."""

    def decisions(self, limit: int | None = None) -> list[Decision]:
        """The audit, oldest first (the last `limit` lines)."""

    def verify(self) -> Sequence[Text]:
        """What is wrong with the audit chain: a line changed, missing or moved; nothing where it is whole."""

    def setting(self, name: str) -> str | None: ...

    def set_setting(self, name: str, value: str) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Enforced:
    """What an enforcer did or, in a dry run, would have done, as the device's own commands."""

    ok: bool
    dry_run: bool
    commands: tuple[str, ...]
    detail: str = ""


@dataclass(frozen=True)
class Standing:
    """What a device says that it drops now: each address with its end (None: it has none).

    `faults`: what keeps it from dropping what it lists, or from dropping it as we had it set up.
    """

    ends: Mapping[str, datetime | None] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


class Enforcer(Protocol):
    """Carries blocks to one device. One file in `playbooks/enforcers/` with a module-level `ENFORCER`."""

    @property
    def name(self) -> str: ...

    def apply(self, block: Block, expires: datetime) -> Enforced: ...

    def lift(self, block: Block) -> Enforced: ...

    def standing(self) -> Standing:
        """Asks the device; nothing in a dry run. Raises Problem where it cannot be asked."""

    def restore(self, blocks: Iterable[tuple[Block, datetime]]) -> Enforced:
        """Sets it up anew, at once, to drop exactly these, each until its end."""
