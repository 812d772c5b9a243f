"""What the doctor sees on good and bad installations."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from taishi.app.desk import Desk, open_desk
from taishi.app.doctor.examining import Examination, checks, examination_document, examine
from taishi.app.doctor.finding import Finding, Ground
from taishi.app.rule_costs import RuleCosts, Searches, write_costs
from taishi.app.sensors import Wanted
from taishi.core.clock import FixedClock
from taishi.core.problems import Problem
from taishi.core.records import Heartbeat, TlsFiles
from taishi.core.text import Text
from tests.sensors.syslog_port.authority import Authority
from tests.store.rows import batch

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=clock)
    found.people.first_person()
    yield found
    found.close()


def seen(desk: Desk) -> Examination:
    return examine(desk.data, desk, desk.clock.now())


def of(made: Examination, check: str) -> list[Finding]:
    return [one for one in made.findings if one.check == check]


def test_every_check_is_found_and_says_something_of_a_fresh_installation(desk: Desk) -> None:
    made = seen(desk)
    names = {one.check for one in made.findings}
    assert names == {one.name for one in checks()}
    assert made.ok
    for one in made.findings:
        assert one.said.zh
        assert one.said.en
        assert one.grade == "ok" or one.remedy is not None, one.said.en


def test_roles_that_must_be_apart(desk: Desk) -> None:
    desk.people.create("甲", ["admin", "auditor"], "admin")
    said = [one.said.zh for one in of(seen(desk), "people") if one.grade == "fail"]
    assert said == ["甲 同时是管理员和审计员"]
    assert seen(desk).clauses()["C5"] == "fail"
    desk.people.set_roles("甲", ["auditor"], "admin")
    desk.people.create("乙", ["approver"], "admin")
    assert seen(desk).clauses()["C5"] == "ok"


def test_accounts_that_lie_idle(desk: Desk, clock: FixedClock) -> None:
    desk.people.create("甲", ["analyst"], "admin")
    assert seen(desk).clauses()["C9"] == "ok"
    clock.advance(timedelta(days=91))
    assert any("甲" in one.said.zh and "90" in one.said.zh for one in of(seen(desk), "people"))


def test_a_line_of_the_audit_that_was_changed(desk: Desk) -> None:
    desk.people.create("甲", ["analyst"], "admin")
    with closing(sqlite3.connect(desk.data / "state.sqlite")) as file:
        for (guard,) in file.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            file.execute(f"DROP TRIGGER {guard}")
        file.execute("UPDATE decision SET why='forged' WHERE serial=1")
        file.commit()
    made = seen(desk)
    assert not made.ok
    assert made.clauses()["C6"] == "fail"


def test_silent_failing_and_plain_sensors(desk: Desk, clock: FixedClock, tmp_path: Path) -> None:
    entry, _ = desk.sensors.add(
        Wanted("logs", "syslog", "192.0.2.1:514", ("192.0.2.0/24",), transport="tcp"), "system"
    )
    desk.state.put(Heartbeat(entry.id, clock.now(), clock.now(), clock.now(), received=90, dropped=10))
    said = {one.said.en: one.grade for one in of(seen(desk), "sensors")}
    assert said == {
        "sensor logs is live": "ok",
        "sensor logs has lost 10 items in all": "warn",
        "logs reach sensor logs unencrypted": "warn",
    }
    desk.state.put(Heartbeat(entry.id, clock.now(), clock.now(), problem="port taken"))
    assert any(one.grade == "fail" and "port taken" in one.said.en for one in of(seen(desk), "sensors"))


def test_a_certificate_that_ends_soon(desk: Desk, clock: FixedClock, tmp_path: Path) -> None:
    files = TlsFiles(*Authority(tmp_path / "ca").issue("127.0.0.1"))
    wanted = Wanted("logs", "syslog", "127.0.0.1:0", ("127.0.0.1",), transport="tls", tls=files)
    desk.sensors.add(wanted, "system")
    clock.advance(datetime.now(UTC) + timedelta(days=2) - clock.now())
    assert any(one.grade == "fail" and "certificate" in one.said.en for one in of(seen(desk), "sensors"))


def test_personal_data_that_stands_unmasked(desk: Desk) -> None:
    desk.events.write([batch("other", {"event.id": "a", "message": "身份证号 11010519491231002X"})])
    (found,) = of(seen(desk), "personal")
    assert (found.grade, found.evidence["unmasked"]) == ("fail", ["a"])


def test_a_key_that_others_may_read(desk: Desk) -> None:
    assert of(seen(desk), "rights")[0].grade == "ok"
    desk.data.chmod(0o755)
    (desk.data / "state.sqlite").chmod(0o644)
    (found,) = of(seen(desk), "rights")
    assert found.grade == "fail"
    assert "state.sqlite" in found.said.en


def test_quarantine_is_told(desk: Desk) -> None:
    (desk.data / "quarantine").mkdir()
    (desk.data / "quarantine" / "a.jsonl").write_text("{}")
    (found,) = of(seen(desk), "quarantine")
    assert (found.grade, found.evidence["files"]) == ("warn", 1)


def test_rules_whose_queries_did_not_tell_all(desk: Desk) -> None:
    searches = Searches(91, slices=3, queries=130, events=10_199, unanswered={"a-rule": 2})
    write_costs(desk.data, RuleCosts(NOW, NOW, (), searches=searches))
    (found,) = [one for one in of(seen(desk), "rules") if one.grade == "warn"]
    assert found.said.en == "91 rules run as queries; the engine stood in for 1"
    assert found.remedy is not None
    assert "taishi rules costs" in found.remedy.zh


def test_data_that_cannot_be_opened_are_said_first(tmp_path: Path) -> None:
    made = examine(tmp_path, None, NOW, Problem("state.sqlite: is no database"))
    assert made.findings[0].check == "data"
    assert not made.ok
    assert "is no database" in made.findings[0].said.zh
    assert {"machine", "rights"} <= {one.check for one in made.findings}


def test_a_check_that_breaks_is_something_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("disk gone")

    monkeypatch.setattr(desk.state, "verify", broken)
    (found,) = of(seen(desk), "audit")
    assert found.grade == "fail"
    assert "disk gone" in found.said.en


def test_the_document_is_plain_json(desk: Desk) -> None:
    told = examination_document(seen(desk))
    assert set(told["clauses"]) == {f"C{n}" for n in range(1, 13)}
    assert told["ok"] is True


def test_what_nothing_was_found_for_is_open(tmp_path: Path) -> None:
    finding = Finding("x", "ok", Text("好", "good"), clauses=("C1",))
    assert Examination(NOW, [finding]).clauses()["C2"] == "open"
    assert Ground(tmp_path, NOW, None).desk is None
