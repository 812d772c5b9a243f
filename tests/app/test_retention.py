"""Events are kept as long as set, never shorter than the law asks, and go by the day."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.refusal import Refusal
from taishi.app.retention import kinds_named
from taishi.core.clock import FixedClock
from taishi.core.event import Batch, BatchBuilder
from taishi.core.ledger import INBOX, Delivery
from taishi.core.ports import Query
from taishi.core.problems import Problem

#: The embedded store goes by the age of files, and never below what the law asks by the machine's clock.
NOW = datetime.now(UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    opened = open_desk(tmp_path / "data", clock=clock)
    made = opened.people.first_person()
    assert made is not None
    yield opened
    opened.close()


def admin(desk: Desk) -> str:
    return desk.people.list()[0].id


def flows(first: int, days: float) -> Batch:
    """A hundred flows of so many days ago."""
    builder = BatchBuilder("flow", "test", "retention")
    for n in range(first, first + 100):
        builder.add(n, {"@timestamp": NOW - timedelta(days=days), "source.ip": "10.0.0.1"})
    batch = builder.take()
    assert batch is not None
    return batch


def came(desk: Desk, first: int, days: float, happened: float | None = None) -> None:
    """A hundred flows that came so many days ago by the machine's clock, when they `happened`."""
    before = {path.name for path in segments(desk)}
    desk.events.write([flows(first, days if happened is None else happened)], Delivery(INBOX))
    getattr(desk.events, "flush")()  # noqa: B009 - of the embedded store
    at = (NOW - timedelta(days=days)).timestamp()
    for path in segments(desk):
        if path.name not in before:
            os.utime(path, (at, at))


def segments(desk: Desk) -> list[Path]:
    return sorted((desk.data / "events" / "segments").iterdir())


def test_nothing_goes_where_nobody_said_so(desk: Desk) -> None:
    came(desk, 0, 4000)
    assert desk.retention.retire() == {}
    assert desk.events.count(Query()) == 100


@pytest.mark.parametrize("days", [0, 1, 183, 40_000])
def test_shorter_than_six_months_is_refused(desk: Desk, days: int) -> None:
    with pytest.raises(Refusal, match="184 days at the least"):
        desk.retention.keep(("flow",), days, admin(desk), "磁盘")
    assert desk.retention.days() == {}


def test_day_184_stays_and_only_what_is_older_goes(desk: Desk) -> None:
    came(desk, 0, 400)
    came(desk, 100, 184.5)
    came(desk, 200, 183.5)
    came(desk, 300, 0)
    desk.retention.keep(("flow",), 184, admin(desk), "磁盘")
    before = desk.events.ledger()
    assert desk.retention.retire() == {"flow": 200}
    assert desk.events.count(Query()) == 200
    assert desk.events.ledger() == before
    line = desk.state.decisions()[-1]
    assert (line.actor, line.action, line.object_id) == ("system", "retire", "flow")
    assert line.result.startswith("200 events that came before")


def test_what_went_does_not_come_back(desk: Desk, tmp_path: Path) -> None:
    came(desk, 0, 400)
    came(desk, 100, 0)
    desk.retention.keep(("flow",), 184, admin(desk), "磁盘")
    desk.retention.retire()
    assert desk.events.write([flows(0, 400)], Delivery(INBOX)).stored == 0
    desk.events.close()
    again = open_desk(tmp_path / "data")
    assert again.events.write([flows(0, 400)], Delivery(INBOX)).stored == 0
    assert again.events.count(Query()) == 100
    again.close()


def test_it_looks_once_a_day(desk: Desk, clock: FixedClock) -> None:
    desk.retention.keep(("flow",), 184, admin(desk), "磁盘")
    assert desk.retention.retire() == {}
    came(desk, 0, 400)
    assert desk.retention.retire() == {}
    clock.advance(timedelta(hours=21))
    assert desk.retention.retire() == {"flow": 100}


def test_what_came_while_the_clock_stood_years_back_stays(desk: Desk) -> None:
    """Their own times say that they are new; or files that were there before them are."""
    came(desk, 0, 3650, happened=1)
    came(desk, 100, 1)
    came(desk, 200, 3650)
    desk.retention.keep(("flow",), 184, admin(desk), "时间已核对")
    assert desk.retention.retire() == {}
    assert desk.events.count(Query()) == 300


def test_one_event_with_a_time_ahead_keeps_no_others(desk: Desk) -> None:
    builder = BatchBuilder("flow", "test", "ahead")
    for n, days in enumerate((400, -36_500)):
        builder.add(n, {"@timestamp": NOW - timedelta(days=days), "source.ip": "10.0.0.1"})
    batch = builder.take()
    assert batch is not None
    desk.events.write([batch], Delivery(INBOX))
    getattr(desk.events, "flush")()  # noqa: B009 - of the embedded store
    for path in segments(desk):
        os.utime(path, 2 * ((NOW - timedelta(days=400)).timestamp(),))
    desk.retention.keep(("flow",), 184, admin(desk), "磁盘")
    assert desk.retention.retire() == {"flow": 2}


@pytest.mark.parametrize("jump", [timedelta(days=3650), timedelta(days=-3650), timedelta(days=40)], ids=str)
def test_a_clock_that_jumps_takes_nothing_away(desk: Desk, clock: FixedClock, jump: timedelta) -> None:
    came(desk, 0, 200)
    desk.retention.keep(("flow",), 300, admin(desk), "磁盘")
    desk.retention.retire()
    clock.advance(jump)
    assert desk.retention.retire() == {}
    assert desk.retention.paused()
    clock.advance(timedelta(days=1))
    assert desk.retention.retire() == {}
    assert desk.events.count(Query()) == 100
    desk.retention.keep(("flow",), 190, admin(desk), "时间已核对")
    assert not desk.retention.paused()


def test_the_store_itself_goes_no_shorter_than_the_law(desk: Desk) -> None:
    came(desk, 0, 100)
    retire = getattr(desk.events, "retire")  # noqa: B009 - of `Retiring`
    assert retire("flow", NOW + timedelta(days=9000)) == 0
    assert desk.events.count(Query()) == 100


def test_only_an_administrator_sets_it_and_says_why(desk: Desk) -> None:
    with pytest.raises(Problem):
        desk.retention.keep(("flow",), 200, "nobody", "x")
    with pytest.raises(Problem):
        desk.retention.keep(("flow",), 200, admin(desk), " ")
    desk.retention.keep(kinds_named("all"), 200, admin(desk), "磁盘")
    desk.retention.keep(("flow",), None, admin(desk), "举证")
    assert "flow" not in desk.retention.days()
    assert desk.retention.days()["dns"] == 200
    with pytest.raises(Problem, match="no kind"):
        kinds_named("flows")
