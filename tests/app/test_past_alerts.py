"""An exception that reaches back takes alerts with it; what rests on more is judged again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detections.detector import Behaviours
from detections.engine.load import RulePack
from detections.exceptions import Exceptions
from detections.networks import Networks
from detections.rule_watch import RuleWatch
from playbooks.playbook import playbooks
from taishi.app.desk import Desk, open_desk
from taishi.app.past_alerts import except_past
from taishi.app.pipeline import Pipeline
from taishi.app.rule_exceptions import RuleExceptions, Wish
from taishi.core.clock import FixedClock
from taishi.core.event import Batch, BatchBuilder, Row
from taishi.core.records import Alert, Person, RuleException

NOW = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
STRANGER, SERVER = "203.0.113.9", "10.34.2.15"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    yield found
    found.close()


@pytest.fixture
def analyst(desk: Desk) -> str:
    desk.state.put(Person("li", "李四", ("analyst",), "-"))
    return "li"


def probe(target: str, port: int, minute: float = 0) -> Row:
    return {
        "@timestamp": NOW - timedelta(hours=2) + timedelta(minutes=minute, milliseconds=port),
        "source.ip": STRANGER,
        "destination.ip": target,
        "destination.port": port,
        "network.transport": "tcp",
        "taishi.flow.state": "S0",
    }


def stored(desk: Desk, name: str, *rows: Row) -> None:
    builder = BatchBuilder("flow", "test", name)
    for number, row in enumerate(rows):
        builder.add(number, row)
    desk.events.write([batch for batch in [builder.take()] if batch])


def pipeline(desk: Desk, exceptions: Exceptions, memory: Path | None = None) -> Pipeline:
    networks = Networks()
    rules = RuleWatch(RulePack(), networks, exceptions=exceptions)
    return Pipeline(desk, rules, Behaviours(networks), playbooks(), memory=memory)


def alerts(desk: Desk) -> dict[str, Alert]:
    return {alert.verdict.subject: alert for alert in desk.state.find(Alert)}


def renewed(desk: Desk) -> Exceptions:
    return Exceptions(desk.state.find(RuleException))


def test_alerts_that_rest_on_nothing_else_are_dismissed_once(desk: Desk, analyst: str) -> None:
    stored(desk, "scan", *(probe(SERVER, port) for port in range(1, 60)))
    pipeline(desk, Exceptions()).detect()
    assert alerts(desk)[SERVER].state == "new"
    wish = Wish("taishi.behaviour.port-scan", {"source.ip": STRANGER}, since=NOW - timedelta(days=1))
    made = RuleExceptions(desk.state, desk.clock).add(wish, analyst, "our own audit")
    assert except_past(desk, renewed(desk)) == 1
    assert alerts(desk)[SERVER].state == "dismissed"
    assert made.id in desk.state.decisions()[-1].why
    desk.alerts.reopen(alerts(desk)[SERVER].id, analyst, "not ours after all")
    assert except_past(desk, renewed(desk)) == 0
    assert alerts(desk)[SERVER].state == "new"


def test_one_that_does_not_reach_back_leaves_them(desk: Desk, analyst: str) -> None:
    stored(desk, "scan", *(probe(SERVER, port) for port in range(1, 60)))
    pipeline(desk, Exceptions()).detect()
    wish = Wish("taishi.behaviour.port-scan", {"source.ip": STRANGER})
    RuleExceptions(desk.state, desk.clock).add(wish, analyst, "our own audit")
    assert except_past(desk, renewed(desk)) == 0
    assert alerts(desk)[SERVER].state == "new"


def test_what_behaviours_find_is_held_back(desk: Desk, analyst: str) -> None:
    wish = Wish("*", {"destination.ip": SERVER}, since=NOW - timedelta(days=1))
    RuleExceptions(desk.state, desk.clock).add(wish, analyst, "a honeypot")
    stored(desk, "scan", *(probe(host, port) for host in (SERVER, "10.34.2.16") for port in range(1, 60)))
    pipeline(desk, renewed(desk)).detect()
    assert set(alerts(desk)) == {"10.34.2.16"}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events behaviours are shown."""
    numbers: list[int] = []
    observe: Callable[..., None] = Behaviours.observe

    def counting(self: Behaviours, batch: Batch, now: datetime | None = None) -> None:
        numbers.append(len(batch))
        observe(self, batch, now)

    monkeypatch.setattr(Behaviours, "observe", counting)
    return numbers


def test_behaviours_go_on_after_a_restart(desk: Desk, tmp_path: Path, seen: list[int]) -> None:
    memory = tmp_path / "behaviours.state"
    stored(desk, "first", *(probe(SERVER, port) for port in range(1, 8)))
    one = pipeline(desk, Exceptions(), memory)
    one.detect()
    one.close()
    assert alerts(desk) == {}
    stored(desk, "second", *(probe(SERVER, port) for port in range(8, 20)))
    seen.clear()
    pipeline(desk, Exceptions(), memory).detect()
    assert sum(seen) == 12
    assert alerts(desk)[SERVER].verdict.count == 19


@pytest.mark.parametrize("content", [b"", b"no state", b"\x95\x07"])
def test_a_damaged_memory_is_told_and_replayed(
    desk: Desk, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    memory = tmp_path / "behaviours.state"
    memory.write_bytes(content)
    stored(desk, "scan", *(probe(SERVER, port) for port in range(1, 60)))
    pipeline(desk, Exceptions(), memory).detect()
    assert set(alerts(desk)) == {SERVER}
    assert "behaviours begin with the first stored event" in caplog.text
