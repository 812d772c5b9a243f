"""Half a year of risk events over 88 units: as many letters as the policy gives, counted a second time here.

The second count shares no code with the product: it has the bureau's table, typed again, and its own weeks.
`TAISHI_SOAK` plays all 7,107 events; otherwise a seeded few over as many weeks.
"""

import dataclasses
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from taishi.app.measures.trial import tried
from taishi.app.measures.weekly import gather
from taishi.app.owning import CurrentRegister, owned
from taishi.app.posture import posture
from taishi.app.window import Window
from taishi.core.clock import FixedClock
from taishi.core.records import Alert, Asset, Level, RiskEvent, Threat, Unit
from taishi.store import open_state_store
from tests.app.conftest import MemoryEvents, Office, verdict

SEED = 20260104
FULL = bool(os.environ.get("TAISHI_SOAK"))
EVENTS, UNITS = (7107, 88) if FULL else (400, 8)
#: Monday 5 January 2026, 9:00 in Shanghai: weeks are counted from here.
BEGIN = datetime(2026, 1, 5, 1, tzinfo=UTC)
DAYS = 26 * 7

THREAT: dict[Threat, int] = {"compromised": 10, "attempted": 55, "risk": 35}
LEVEL: dict[Level, int] = {"high": 20, "medium": 35, "low": 45}
#: The bureau's table: demands, informs, informs once a week; what is not in it is a line of the summary.
DEMANDS = {("compromised", "high"), ("compromised", "medium"), ("risk", "high")}
INFORMS = {("compromised", "low"), ("attempted", "high"), ("risk", "medium")}
WEEKLY = {("attempted", "medium")}


@dataclass(frozen=True)
class Seen:
    """One sighting; those of one address are one risk event."""

    at: datetime
    unit: int | None
    address: str
    threat: Threat
    level: Level


def half_year() -> list[Seen]:
    """In the order of time; one risk event in ten is seen again some days later."""
    draw = random.Random(SEED)
    found = []
    for n in range(EVENTS):
        at = BEGIN + timedelta(seconds=draw.randrange(DAYS * 86_400))
        unit = None if draw.random() < 0.03 else min(int(draw.expovariate(1 / 20)), UNITS - 1)
        threat = draw.choices(list(THREAT), list(THREAT.values()))[0]
        level = draw.choices(list(LEVEL), list(LEVEL.values()))[0]
        inside = f"10.{unit}" if unit is not None else "172.20"
        one = Seen(at, unit, f"{inside}.{n // 250}.{n % 250 + 1}", threat, level)
        found.append(one)
        if draw.random() < 0.1:
            found.append(dataclasses.replace(one, at=at + timedelta(days=draw.uniform(0, 20))))
    return sorted(found, key=lambda one: (one.at, one.address))


def counted_again(seen: list[Seen]) -> Counter[str]:
    """The letters by type, from the issue's words alone. A letter at once takes in for 30 days what its unit
    shows of the class and asks for no more; a week's medium attempts are one letter, where none takes them.
    """
    letters: Counter[str] = Counter()
    open_since: dict[tuple[int, str], list[tuple[datetime, bool]]] = defaultdict(list)
    waiting: dict[int, dict[int, datetime]] = defaultdict(dict)
    known: set[str] = set()

    def takes_in(unit: int, threat: str, at: datetime, demands: bool) -> bool:
        standing = open_since[unit, threat]
        return any(at < since + timedelta(days=30) and (strong or not demands) for since, strong in standing)

    def end_week(week: int) -> None:
        end = BEGIN + timedelta(weeks=week + 1)
        for unit in waiting.pop(week, {}):
            letters["advisory"] += not takes_in(unit, "attempted", end, demands=False)

    week = 0
    for one in [*seen, None]:
        now = (one.at if one else BEGIN + timedelta(days=DAYS)) - BEGIN
        while week < now // timedelta(weeks=1):
            end_week(week)
            week += 1
        if one is None or one.unit is None or one.address in known:
            continue
        known.add(one.address)
        cell = one.threat, one.level
        if cell in DEMANDS | INFORMS and not takes_in(one.unit, one.threat, one.at, cell in DEMANDS):
            letters["disposal" if cell in DEMANDS else "advisory"] += 1
            open_since[one.unit, one.threat].append((one.at, cell in DEMANDS))
        elif cell in WEEKLY and not takes_in(one.unit, one.threat, one.at, demands=False):
            waiting[week][one.unit] = one.at
    return letters


@dataclass
class Played:
    """The office after the half-year, and what it was shown."""

    office: Office
    seen: list[Seen]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder: Path = tmp_path_factory.mktemp("half-year")
    state = open_state_store(str(folder / "s.sqlite"))
    office = Office(state, FixedClock(BEGIN), MemoryEvents(), folder=folder)
    seen = half_year()
    with state.transaction():  # one write to the disk: this is about counting, not about durability
        office.staff()
        for n in range(UNITS):
            state.put(Unit(f"u{n}", f"单位{n}"), Asset(f"a{n}", f"u{n}", "cidr", f"10.{n}.0.0/16", f"网{n}"))
        _live(office, seen)
    yield Played(office, seen)
    state.close()


def _live(office: Office, seen: list[Seen]) -> None:
    """Each sighting at its moment; weeks are gathered when they end, every draft leaves at once."""
    register = CurrentRegister(office.state).now().register
    known: dict[str, Alert] = {}
    for one in seen:
        _until(office, one.at)
        before = known.get(one.address)
        found = verdict(
            one.address,
            one.threat,
            one.level,
            unit=None,
            first=before.verdict.first_seen if before else one.at,
            last=one.at,
        )
        found = replace(found, count=2 if before else 1, peers=(), attackers=())
        alert = office.alerts.record(owned(register, found))
        assert alert is not None
        known[one.address] = alert
        office.measures.follow(alert.id)
        _leave(office)
    _until(office, BEGIN + timedelta(days=DAYS))


def _until(office: Office, at: datetime) -> None:
    while (now := office.clock.now()) < at:
        end = BEGIN + timedelta(weeks=(now - BEGIN) // timedelta(weeks=1) + 1)
        office.clock.advance(min(at, end) - now)
        gather(office.measures)
        _leave(office)


def _leave(office: Office) -> None:
    for notice in office.letters.list("drafted"):
        office.letters.approve(notice.id, "approver", office.letters.text_hash(notice.id))
        office.letters.issue(notice.id, "approver")


def test_as_many_letters_as_the_policy_gives(played: Played) -> None:
    left = Counter(one.type for one in played.office.letters.list())
    assert left == counted_again(played.seen)
    assert {one.state for one in played.office.letters.list()} == {"issued"}


def test_no_wrong_owner_and_no_event_in_two_letters(played: Played) -> None:
    owner = {one.address: None if one.unit is None else f"单位{one.unit}" for one in played.seen}
    named = [(notice, item) for notice in played.office.letters.list() for item in notice.items]
    assert all(owner[item.address] == notice.unit for notice, item in named)
    assert len({item.alert_id for _, item in named}) == len(named)
    cells = {(one.address, one.threat, one.level) for one in played.seen}
    assert all((item.address, item.threat, item.level) in cells for _, item in named)
    again = {one.address for one in played.seen if (one.threat, one.level) in DEMANDS | INFORMS | WEEKLY}
    ownerless = {one.address for one in played.seen if one.unit is None}
    assert {item.address for _, item in named} == again - ownerless


def test_every_total_reconciles(played: Played) -> None:
    # The last week's letters leave at the very end of the half-year.
    office, window = played.office, Window(BEGIN, BEGIN + timedelta(days=DAYS, seconds=1))
    shown = posture(office.state, window)
    assert shown.adds_up
    assert shown.total == EVENTS == office.state.count(RiskEvent)
    trial = tried(office.state, window, office.settings.policy(), office.settings.policy())
    assert trial.now.letters == trial.sent == dict(counted_again(played.seen))
    parts = trial.now.told + trial.now.summary + trial.now.waiting + trial.now.ownerless
    assert (parts, trial.now.waiting) == (EVENTS, 0)
    assert trial.now.told == sum(len(notice.items) for notice in office.letters.list())
    assert trial.now.ownerless == shown.by_unit["未登记"]
