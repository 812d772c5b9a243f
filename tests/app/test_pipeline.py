"""From hits to alerts to proposals: nothing found is lost by a failing write, a kill or a poisoned record."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from detections.detector import Behaviours
from detections.engine.load import RulePack
from detections.intel.watch import IntelWatch
from detections.networks import Networks
from detections.rule_watch import RuleWatch
from detections.verdict import judge
from taishi.app.desk import Desk, open_desk
from taishi.app.pipeline import Pipeline
from taishi.app.quarantine import Quarantine
from taishi.core.clock import FixedClock
from taishi.core.event import Batch, BatchBuilder
from taishi.core.ledger import INBOX, Fates
from taishi.core.ports import Query
from taishi.core.problems import Problem
from taishi.core.records import Asset, Hit, Person, Unit
from taishi.core.text import Text

NOW = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)


class Says(Behaviours):
    """Behaviours that have these hits."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = list(hits)
        self.intel = IntelWatch(Networks())

    @property
    def hosts(self) -> int:
        return 0

    def observe(self, batch: Batch, now: datetime | None = None) -> None:
        del batch, now

    def standing(self) -> Iterator[Hit]:
        return iter(self.hits)


def no_rules() -> RuleWatch:
    return RuleWatch(RulePack(), Networks())


def hit(subject: str, number: int = 1, days_ago: float = 1, **changed: object) -> Hit:
    when = NOW - timedelta(days=days_ago)
    fields = {
        "id": f"{subject}-{number}",
        "rule": "r1",
        "title": Text("周期性外联", "Beacon"),
        "kind": "behaviour",
        "threat": "compromised",
        "level": "high",
        "subject": subject,
        "subject_kind": "ip",
        "first_seen": when,
        "last_seen": when,
        "count": number,
        "summary": Text("外联", "calls out"),
        "peers": ("198.51.100.7",),
        "unit": "县教育局",
        "asset": "学籍系统",
        "advice": Text("隔离", "isolate"),
    }
    return Hit(**{**fields, **changed})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    found.state.put(Unit("u1", "县教育局"), Asset("a1", "u1", "cidr", "10.34.2.0/24", "学籍系统"))
    yield found
    found.close()


def pipeline(desk: Desk, *hits: Hit) -> Pipeline:
    if hits:  # behaviours are asked when something came in
        builder = BatchBuilder("other", "test", "test")
        builder.add(0, {"@timestamp": NOW})
        desk.events.write([batch for batch in [builder.take()] if batch])
    return Pipeline(desk, no_rules(), Says(*hits), ())


def turn(one: Pipeline) -> None:
    one.detect()
    one.act()


def test_a_hit_becomes_alert_letter_and_proposal(desk: Desk) -> None:
    turn(pipeline(desk, hit("10.34.2.15")))
    assert [alert.verdict.subject for alert in desk.alerts.list().alerts] == ["10.34.2.15"]
    assert [letter.unit for letter in desk.letters.list("drafted")] == ["县教育局"]
    assert {block.address for block in desk.blocks.list("proposed")} == {"10.34.2.15", "198.51.100.7"}


def test_running_again_and_replaying_change_nothing(desk: Desk) -> None:
    one = pipeline(desk, hit("10.34.2.15"))
    turn(one)
    lines = len(desk.state.decisions())
    turn(one)
    turn(pipeline(desk, hit("10.34.2.15")))
    assert len(desk.state.decisions()) == lines
    assert (len(desk.letters.list()), len(desk.blocks.list())) == (1, 2)


def test_a_failed_write_costs_a_round_and_no_finding(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one = pipeline(desk, hit("10.34.2.15"))
    with monkeypatch.context() as patched:
        patched.setattr(
            type(desk.state), "put", lambda *_: (_ for _ in ()).throw(Problem("database is locked"))
        )
        turn(one)
    assert "database is locked" in one.stuck["10.34.2.15"]
    assert desk.alerts.list().total == 0
    turn(one)
    assert one.stuck == {}
    assert len(desk.letters.list("drafted")) == 1


def test_a_kill_between_alert_and_playbook_is_made_good(desk: Desk) -> None:
    pipeline(desk, hit("10.34.2.15")).detect()
    assert desk.letters.list() == []
    turn(pipeline(desk, hit("10.34.2.15")))
    assert len(desk.letters.list("drafted")) == 1


def test_what_comes_between_approval_and_issue_is_appended_once_the_letter_has_left(desk: Desk) -> None:
    desk.state.put(Person("approver", "approver", ("approver",), "-"))
    one = pipeline(desk, hit("10.34.2.15"))
    turn(one)
    [notice] = desk.letters.list()
    desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))
    one.owe([hit("10.34.2.15", 2)])
    turn(one)
    desk.letters.issue(notice.id, "approver")
    assert desk.letters.get(notice.id).items[0].count == 1
    turn(one)
    [item] = desk.letters.get(notice.id).items
    assert (item.count, item.appended_at) == (3, NOW)


def test_what_was_there_before_the_policy_was_followed_gets_no_letters(desk: Desk) -> None:
    """An alert that an older version recorded: only when it changes is it followed."""
    desk.alerts.record(judge([hit("10.34.2.15")])[0])
    clock = desk.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(hours=1))
    one = pipeline(desk)
    one.act()
    assert desk.letters.list() == []
    one.owe([hit("10.34.2.15", 2)])
    turn(one)
    assert len(desk.letters.list("drafted")) == 1


def test_one_subject_that_cannot_be_judged_keeps_nobody_else_waiting(desk: Desk) -> None:
    late = datetime.max.replace(tzinfo=UTC)
    poison = hit("10.34.2.1", first_seen=late, last_seen=late)
    one = pipeline(desk, poison, hit("10.34.2.15"))
    turn(one)
    assert [alert.verdict.subject for alert in desk.alerts.list().alerts] == ["10.34.2.15"]
    assert set(one.stuck) == {"10.34.2.1"}


def test_a_dismissed_alert_with_an_open_draft_stops_no_other(desk: Desk) -> None:
    admin = desk.people.first_person()
    assert admin is not None
    turn(pipeline(desk, hit("10.34.2.15")))
    desk.alerts.dismiss(desk.alerts.list().alerts[0].id, admin[0], "误报")
    turn(pipeline(desk, hit("10.34.2.15", count=9), hit("10.34.2.16", peers=("198.51.100.8",))))
    assert {block.address for block in desk.blocks.list("proposed")} >= {"198.51.100.8"}


def test_a_new_attacker_is_proposed_and_a_protected_one_hides_nobody(desk: Desk) -> None:
    admin = desk.people.first_person()
    assert admin is not None
    desk.settings.set_protected(["198.51.100.53 DNS"], admin[0])
    turn(pipeline(desk, hit("10.34.2.15", peers=("198.51.100.53", "198.51.100.7"))))
    assert {block.address for block in desk.blocks.list()} == {"10.34.2.15", "198.51.100.7"}
    turn(pipeline(desk, hit("10.34.2.15", 1), hit("10.34.2.15", 2, peers=("198.51.100.9",))))
    found = {block.address for block in desk.blocks.list()}
    assert found == {"10.34.2.15", "198.51.100.7", "198.51.100.9"}


def test_the_owner_at_the_latest_event_answers(desk: Desk) -> None:
    old, new = hit("10.34.2.15", 1, 5, unit="旧单位"), hit("10.34.2.15", 2, 1)
    turn(pipeline(desk, old, new))
    assert desk.alerts.list().alerts[0].verdict.unit == "县教育局"


def test_an_attack_after_a_long_silence_is_a_matter_of_its_own(desk: Desk) -> None:
    turn(pipeline(desk, hit("10.34.2.15", 1, 100)))
    turn(pipeline(desk, hit("10.34.2.15", 1, 100), hit("10.34.2.15", 2, 1)))
    alerts = desk.alerts.list().alerts
    assert len(alerts) == 2
    assert sorted(alert.verdict.count for alert in alerts) == [1, 2]


def test_a_changed_file_is_read_again_and_adds_what_is_new(desk: Desk, tmp_path: Path) -> None:
    log, one = tmp_path / "web.log", pipeline(desk)
    line = '192.0.2.1 - - [02/Mar/2026:08:00:0{} +0800] "GET /{} HTTP/1.1" 200 5 "-" "x"\n'
    log.write_text(line.format(1, "a"))
    assert one.take(log).events == 1
    assert one.take(log) is None
    log.write_text(line.format(1, "a") + line.format(2, "b"))
    assert one.take(log).events == 2
    assert desk.events.count(Query()) == 2


@pytest.mark.parametrize("name", ["web.log", f"{'势' * 80}.log"])
def test_damaged_records_are_kept_to_look_at(desk: Desk, tmp_path: Path, name: str) -> None:
    log, kept = tmp_path / name, tmp_path / "quarantine"
    good = '192.0.2.1 - - [02/Mar/2026:08:00:01 +0800] "GET / HTTP/1.1" 200 5 "-" "x"\n'
    log.write_text(good + good.replace("200", "2OO"))
    report = Pipeline(desk, no_rules(), Says(), (), Quarantine(kept)).take(log)
    assert (report.events, report.quarantined) == (1, 1)
    (line,) = [json.loads(text) for path in kept.iterdir() for text in path.read_text().splitlines()]
    assert line["record"] == 1
    assert "2OO" in line["raw"]
    assert desk.events.ledger() == {"": Fates(), INBOX: Fates(stored=1, quarantined=1)}


def test_every_damaged_record_is_kept(desk: Desk, tmp_path: Path) -> None:
    """However many; a later reading of the same file takes the place of an earlier one."""
    log, kept = tmp_path / "web.log", tmp_path / "quarantine"
    good = '192.0.2.1 - - [02/Mar/2026:08:00:01 +0800] "GET / HTTP/1.1" 200 5 "-" "x"\n'
    for bad in (5000, 40):
        log.write_text(20 * good + bad * good.replace("200", "2OO"))
        report = Pipeline(desk, no_rules(), Says(), (), Quarantine(kept)).take(log)
        assert report is not None
        assert report.quarantined == bad
        (path,) = kept.iterdir()
        told = [json.loads(text) for text in path.read_text().splitlines()]
        assert [line["record"] for line in told] == list(range(20, 20 + bad))


def test_what_later_events_speak_against_is_taken_back(desk: Desk) -> None:
    """A host that copied the directory turns out to be a controller: nobody has to dismiss it by hand."""
    said = hit("10.34.2.15")
    turn(pipeline(desk, said))
    turn(pipeline(desk, replace(said, withdrawn=True)))
    (alert,) = desk.alerts.list().alerts
    risk = desk.alerts.risk_event(alert.id)
    assert (alert.state, risk.state if risk else "", risk.version if risk else 0) == (
        "dismissed", "withdrawn", 2,
    )  # fmt: skip
    assert any(line.action == "dismiss" and "later events" in line.why for line in desk.state.decisions())
    lines = len(desk.state.decisions())
    turn(pipeline(desk, replace(said, withdrawn=True), hit("10.34.2.99", withdrawn=True)))
    assert len(desk.state.decisions()) == lines
    assert desk.alerts.list().total == 1
    turn(pipeline(desk, said))
    assert desk.alerts.get(alert.id).state == "new"


def test_taking_back_leaves_other_reasons_and_what_people_said(desk: Desk) -> None:
    gone, other = hit("10.34.2.15"), hit("10.34.2.15", 2, rule="r2", threat="attempted")
    turn(pipeline(desk, gone, other, hit("10.34.2.16")))
    sure = next(one for one in desk.alerts.list().alerts if one.verdict.subject == "10.34.2.16")
    desk.state.put(Person("chen", "陈", ("analyst",), "x"))
    desk.alerts.confirm(sure.id, "chen")
    turn(pipeline(desk, replace(gone, withdrawn=True), hit("10.34.2.16", withdrawn=True)))
    found = {one.verdict.subject: (one.state, one.verdict.threat) for one in desk.alerts.list().alerts}
    assert found == {"10.34.2.15": ("new", "attempted"), "10.34.2.16": ("confirmed", "compromised")}


def test_the_grade_is_of_the_asset_that_the_register_names_now(desk: Desk) -> None:
    """Events were stamped with another asset; then the system is filed at grade three."""
    one = pipeline(desk, hit("10.34.2.15", asset="旧网段", level="medium"))
    turn(one)
    (alert,) = desk.alerts.list().alerts
    assert (alert.verdict.asset, alert.verdict.level) == ("学籍系统", "medium")
    asset = desk.state.find(Asset)[0]
    desk.register.commit("edit", "定级", "system", "定级", [(asset, replace(asset, grade=3))])
    turn(one)
    found = desk.alerts.get(alert.id)
    assert (found.verdict.level, [step.name for step in found.verdict.factors]) == ("high", ["asset-grade"])
    lines = len(desk.state.decisions())
    turn(one)
    assert len(desk.state.decisions()) == lines
