"""Running a playbook: each step once, failures told and tried again."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from playbooks.playbook import Playbook, Step
from playbooks.runner import Action, Runner
from taishi.core.clock import FixedClock
from taishi.core.ports import R
from taishi.core.problems import Refused
from taishi.core.records import Alert, PlaybookRun, Verdict
from taishi.core.text import Text

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
MakeAlert = Callable[..., Alert]
PLAYBOOK = Playbook(
    "p",
    Text("甲", "A"),
    ("compromised",),
    "high",
    (Step("notice.draft", {"type": "disposal"}), Step("block.propose", {"address": "peers"})),
)


class Memory:
    """A journal in memory whose transactions are all or nothing."""

    def __init__(self) -> None:
        self.records: dict[str, msgspec.Struct] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        before = dict(self.records)
        try:
            yield
        except BaseException:
            self.records = before
            raise

    def put(self, *records: msgspec.Struct) -> None:
        for record in records:
            assert isinstance(record, PlaybookRun)
            self.records[record.id] = record

    def get(self, of: type[R], record_id: str) -> R | None:
        record = self.records.get(record_id)
        return record if isinstance(record, of) else None


class Deeds:
    """Actions that note what they were asked and fail as told."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Mapping[str, str]]] = []
        self.fails: dict[str, Exception] = {}

    def action(self, name: str) -> Action:
        def act(alert: Alert, parameters: Mapping[str, str]) -> Text:
            if name in self.fails:
                raise self.fails[name]
            self.done.append((name, parameters))
            return Text(f"已 {name}", f"did {name}")

        return act

    def actions(self) -> dict[str, Action]:
        return {name: self.action(name) for name in ("notice.draft", "block.propose")}


def test_steps_in_order_with_their_parameters_and_only_once(make_alert: MakeAlert) -> None:
    state, deeds = Memory(), Deeds()
    runner = Runner(state, FixedClock(NOW), deeds.actions())
    runs = runner.run(PLAYBOOK, make_alert())
    assert deeds.done == [("notice.draft", {"type": "disposal"}), ("block.propose", {"address": "peers"})]
    assert [(run.action, run.ok, run.result.en, run.at, run.alert_id) for run in runs] == [
        ("notice.draft", True, "did notice.draft", NOW, "alert-1"),
        ("block.propose", True, "did block.propose", NOW, "alert-1"),
    ]
    assert Runner(state, FixedClock(NOW), deeds.actions()).run(PLAYBOOK, make_alert()) == []
    assert len(deeds.done) == 2


def test_an_alert_that_does_not_fit_does_nothing(make_alert: MakeAlert) -> None:
    state, deeds = Memory(), Deeds()
    assert Runner(state, FixedClock(NOW), deeds.actions()).run(PLAYBOOK, make_alert(level="low")) == []
    assert not deeds.done
    assert not state.records


def test_a_failure_is_told_does_not_stop_the_rest_and_is_tried_again(make_alert: MakeAlert) -> None:
    state, deeds = Memory(), Deeds()
    runner = Runner(state, FixedClock(NOW), deeds.actions())
    deeds.fails["notice.draft"] = Refused("单位未登记 / no unit")
    first, second = runner.run(PLAYBOOK, make_alert())
    assert (first.ok, first.result.zh, second.ok) == (False, "单位未登记 / no unit", True)
    deeds.fails["notice.draft"] = KeyError("x")
    (again,) = runner.run(PLAYBOOK, make_alert())
    assert (again.id, again.ok, again.result.en) == (first.id, False, "unexpected KeyError: 'x'")
    deeds.fails.clear()
    (done,) = runner.run(PLAYBOOK, make_alert())
    assert done.ok
    assert [name for name, _ in deeds.done] == ["block.propose", "notice.draft"]


def test_an_action_that_nobody_wired_is_told(make_alert: MakeAlert) -> None:
    runs = Runner(Memory(), FixedClock(NOW), {}).run(PLAYBOOK, make_alert())
    assert [run.result.zh for run in runs] == ["没有接入动作 notice.draft", "没有接入动作 block.propose"]
    assert not any(run.ok for run in runs)


@given(st.lists(st.sets(st.sampled_from(["notice.draft", "block.propose"])), max_size=6))
def test_whatever_fails_when_no_step_is_done_twice(failing: list[set[str]]) -> None:
    state, deeds = Memory(), Deeds()
    verdict = Verdict("h", "ip", "compromised", "high", None, None, NOW, NOW, 1, (), (), ())
    for names in (*failing, set[str]()):
        deeds.fails = {name: Refused("no") for name in names}
        Runner(state, FixedClock(NOW), deeds.actions()).run(PLAYBOOK, Alert("a", verdict))
    assert sorted(name for name, _ in deeds.done) == ["block.propose", "notice.draft"]


def test_a_step_is_done_anew_for_an_alert_that_was_raised_or_changed_hands(make_alert: MakeAlert) -> None:
    state, deeds = Memory(), Deeds()
    runner = Runner(state, FixedClock(NOW), deeds.actions())
    playbook = Playbook("p", Text("甲", "A"), ("risk", "compromised"), "medium", PLAYBOOK.steps[:1])
    for alert, done in (
        (make_alert("risk", "medium"), 1),
        (make_alert("risk", "medium"), 1),
        (make_alert("risk", "high"), 2),
        (make_alert("compromised", "high"), 3),
        (make_alert("compromised", "high", unit="县水利局"), 4),
    ):
        runner.run(playbook, alert)
        assert len(deeds.done) == done
