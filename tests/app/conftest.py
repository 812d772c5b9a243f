"""A state store and an event store in memory, people, a clock that stands still, and a small desk."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from argon2 import PasswordHasher

from taishi.app.alerts import Alerts
from taishi.app.blocks import Blocks
from taishi.app.letters import Letters
from taishi.app.loop.acts import Acts
from taishi.app.loop.desk import open_loop
from taishi.app.measures.following import Following
from taishi.app.owning import CurrentRegister
from taishi.app.people import People
from taishi.app.sensor_lives import SensorLives
from taishi.app.settings import Settings
from taishi.core.clock import FixedClock
from taishi.core.event import Batch, Event
from taishi.core.ledger import Delivery, Fates, Ledger, summed
from taishi.core.ports import Enforced, Find, Page, Query, R, Standing, StateStore, Written
from taishi.core.records import Block, Decision, Evidence, Level, Person, Reason, Role, Threat, Verdict
from taishi.core.text import Text
from taishi.store import open_state_store

#: A Tuesday, 10:00 in Asia/Shanghai.
NOW = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)


class MemoryState:
    """Fits taishi.core.ports.StateStore; a transaction is a copy put back where it fails."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], msgspec.Struct] = {}
        self.numbers: dict[str, int] = {}
        self.settings: dict[str, str] = {}
        self.chain: list[Decision] = []
        self._lock = threading.RLock()
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            kept = dict(self.records), dict(self.numbers), dict(self.settings), list(self.chain)
            try:
                yield
            except BaseException:
                self.records, self.numbers, self.settings, self.chain = kept
                raise

    def put(self, *records: msgspec.Struct) -> None:
        for record in records:
            self.records[type(record).__name__, str(getattr(record, "id"))] = record  # noqa: B009

    def get(self, of: type[R], record_id: str) -> R | None:
        found = self.records.get((of.__name__, record_id))
        return found if isinstance(found, of) else None

    def find(self, of: type[R], find: Find | None = None) -> list[R]:
        find = find or Find()
        found = [record for record in self.records.values() if isinstance(record, of) and _fits(record, find)]
        found.sort(
            key=lambda record: (_column(record, find.order), _column(record, "id")), reverse=find.descending
        )
        end = None if find.limit is None else find.offset + find.limit
        return found[find.offset : end]

    def count(self, of: type[R], find: Find | None = None) -> int:
        find = find or Find()
        return len(self.find(of, Find(find.where, find.between, find.contains)))

    def delete(self, of: type[R], record_id: str) -> None:
        self.records.pop((of.__name__, record_id), None)

    def next_number(self, series: str) -> int:
        self.numbers[series] = self.numbers.get(series, 0) + 1
        return self.numbers[series]

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
        previous = self.chain[-1].hash if self.chain else ""
        serial = len(self.chain) + 1
        line = (at.isoformat(), actor, action, object_type, object_id, result, why, previous)
        digest = sha256("\0".join((str(serial), *line)).encode()).hexdigest()
        self.chain.append(
            Decision(serial, at, actor, action, object_type, object_id, result, why, previous, digest)
        )
        return self.chain[-1]

    def decisions(self, limit: int | None = None) -> list[Decision]:
        return self.chain[-limit:] if limit else list(self.chain)

    def setting(self, name: str) -> str | None:
        return self.settings.get(name)

    def set_setting(self, name: str, value: str) -> None:
        self.settings[name] = value

    def verify(self) -> list[Text]:
        hashes = ["", *(line.hash for line in self.chain)]
        broken = [
            line for line, previous in zip(self.chain, hashes, strict=False) if line.previous != previous
        ]
        return [Text(f"{line.serial}", f"{line.serial}") for line in broken]

    def close(self) -> None:
        pass


def _column(record: msgspec.Struct, name: str) -> object:
    holder = record if hasattr(record, name) else getattr(record, "verdict", record)
    return getattr(holder, name)


def _fits(record: msgspec.Struct, find: Find) -> bool:
    for name, wanted in find.where.items():
        value = _column(record, name)
        if not (value in wanted if isinstance(wanted, tuple) else value == wanted):
            return False
    for name, (since, until) in find.between.items():
        moment = _column(record, name)
        assert isinstance(moment, datetime)
        if (since and moment < since) or (until and moment >= until):
            return False
    return all(text in str(_column(record, name)) for name, text in find.contains.items())


@dataclass
class MemoryEvents:
    """Fits taishi.core.ports.EventStore as far as the desk uses it."""

    events: dict[str, Event] = field(default_factory=dict)
    counted: dict[str, Fates] = field(default_factory=dict)

    def write(self, batches: Iterable[Batch], delivery: Delivery = Delivery()) -> Written:
        before = len(self.events)
        given = [event for batch in batches for event in batch.events()]
        self.events.update({event.id: event for event in given})
        new = len(self.events) - before
        fates = Fates(new, len(given) - new, delivery.quarantined())
        self.counted = summed(self.counted, [(delivery.sensor, fates)])
        return Written(new, len(given) - new)

    def ledger(self) -> Ledger:
        return self.counted

    def search(self, query: Query) -> Page:
        return Page(list(self.events.values())[: query.limit])

    def count(self, query: Query) -> int:
        return len(self.search(query).events)

    def get(self, event_id: str) -> Event | None:
        return self.events.get(event_id)

    def stream(self, cursor: str | None, limit: int = 10_000) -> tuple[list[Batch], str]:
        return [], cursor or str(limit)

    def maintain(self, now: datetime) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class Device:
    """An enforcer that keeps what it drops; `broken` makes it fail, `faults` list what it drops in vain."""

    name: str = "device"
    dry_run: bool = False
    broken: str = ""
    dropped: dict[str, datetime] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def apply(self, block: Block, expires: datetime) -> Enforced:
        return self._do(lambda: self.dropped.update({block.address: expires}))

    def lift(self, block: Block) -> Enforced:
        return self._do(lambda: self.dropped.pop(block.address, None))

    def standing(self) -> Standing:
        return Standing(dict(self.dropped), self.faults)

    def restore(self, blocks: Iterable[tuple[Block, datetime]]) -> Enforced:
        def anew() -> None:
            self.dropped, self.faults = {block.address: end for block, end in blocks}, ()

        return self._do(anew)

    def _do(self, act: Callable[[], object]) -> Enforced:
        if self.broken:
            return Enforced(False, self.dry_run, (), self.broken)
        if not self.dry_run:
            act()
        return Enforced(True, self.dry_run, ("device add rule",))


def reason(rule: str, threat: Threat, level: Level, count: int, seen: datetime, evidence: int = 1) -> Reason:
    lines = tuple(Evidence(f"{rule}-{n}", seen, f"{rule} saw {n}") for n in range(evidence))
    return Reason(
        rule=rule,
        title=Text(f"规则{rule}", f"Rule {rule}"),
        kind="sigma",
        threat=threat,
        level=level,
        count=count,
        first_seen=seen,
        last_seen=seen,
        summary=Text(f"发现{rule}", f"{rule} was seen"),
        evidence=lines,
        advice=Text(f"处理{rule}", f"handle {rule}"),
    )


def verdict(
    subject: str = "192.0.2.5",
    threat: Threat = "attempted",
    level: Level = "medium",
    *,
    unit: str | None = "县教育局",
    rules: tuple[str, ...] = ("r1",),
    count: int = 3,
    first: datetime = NOW - timedelta(hours=2),
    last: datetime = NOW - timedelta(hours=1),
) -> Verdict:
    return Verdict(
        subject=subject,
        subject_kind="ip",
        threat=threat,
        level=level,
        unit=unit,
        asset="教育门户" if unit else None,
        first_seen=first,
        last_seen=last,
        count=count,
        peers=("198.51.100.7",),
        attackers=("203.0.113.9",),
        because=tuple(
            msgspec.structs.replace(reason(rule, threat, level, count, first), last_seen=last)
            for rule in rules
        ),
    )


@dataclass
class Office:
    """The desk's services over one state store, with people of every role and one real device. Papers lie
    in `folder`, where one is given."""

    state: StateStore
    clock: FixedClock
    events: MemoryEvents = field(default_factory=MemoryEvents)
    device: Device = field(default_factory=Device)
    folder: Path = Path(os.devnull)

    def __post_init__(self) -> None:
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.people = People(self.state, self.clock, hasher)
        self.settings = Settings(self.state, self.clock)
        self.alerts = Alerts(self.state, self.events, self.clock)
        self.letters = Letters(self.state, self.clock, self.settings.bureau, measures=self.settings.policy)
        devices = {"device": self.device, "nftables-dry-run": Device("nftables-dry-run", dry_run=True)}
        self.blocks = Blocks(self.state, self.clock, devices, ("192.0.2.53 政务外网DNS",))
        self.lives = SensorLives(self.state, self.clock)
        acts = Acts(self.state, self.clock, self.letters)
        self.loop = open_loop(
            acts, self.alerts, self.blocks, self.events, self.settings, self.folder / "papers"
        )
        self.measures = Following(
            self.state,
            self.clock,
            self.letters,
            self.loop,
            self.blocks,
            CurrentRegister(self.state),
            self.settings.policy,
        )

    def staff(self) -> None:
        roles: tuple[Role, ...] = ("admin", "analyst", "approver", "auditor")
        for role in roles:
            self.state.put(Person(role, role, (role,), "-"))
        self.settings.set_enforcer("device", "admin")

    def audited(self) -> list[tuple[str, str, str, str]]:
        """(actor, action, object type, result) of every line."""
        return [(d.actor, d.action, d.object_type, d.result) for d in self.state.decisions()]


@pytest.fixture(params=["memory", "sqlite"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    opened: StateStore = (
        MemoryState() if request.param == "memory" else open_state_store(str(tmp_path / "s.sqlite"))
    )
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def office(state: StateStore, clock: FixedClock, tmp_path: Path) -> Office:
    made = Office(state, clock, folder=tmp_path)
    made.staff()
    return made
