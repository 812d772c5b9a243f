"""The desk over a real data directory: what was done is there when it is opened again."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from playbooks import enforcers
from taishi.app.desk import open_desk
from taishi.app.posture import posture
from taishi.app.window import Window
from taishi.core.clock import FixedClock
from taishi.core.event import BatchBuilder
from taishi.core.problems import Problem
from taishi.core.records import Evidence
from tests.app.conftest import NOW, verdict


def test_from_first_person_to_an_issued_letter_and_back(tmp_path: Path, clock: FixedClock) -> None:
    desk = open_desk(tmp_path / "data", clock=clock)
    first = desk.people.first_person()
    assert first is not None
    desk.alerts.record(verdict())
    notice = desk.letters.draft(["A-2026-000001"], "system")
    desk.letters.approve(notice.id, "admin", desk.letters.text_hash(notice.id))
    desk.letters.issue(notice.id, "admin")
    block = desk.blocks.approve(desk.blocks.propose("A-2026-000001", "203.0.113.9", "system").id, "admin")
    assert block.dry_run
    desk.close()

    again = open_desk(tmp_path / "data", clock=clock, read_only=True)
    assert again.letters.content(notice.id).number == "示数资函〔2026〕1号"
    assert again.bureau.name == "示例县数据资源管理局"
    shown = posture(again.state, Window.last_days(NOW, 7))
    assert (shown.total, shown.notices.issued, shown.blocks.rehearsed) == (1, 1, 1)
    assert again.people.first_person() is None
    again.close()


def test_evidence_is_found_in_the_event_store(tmp_path: Path, clock: FixedClock) -> None:
    desk = open_desk(tmp_path, clock=clock)
    builder = BatchBuilder("other", "test", "x")
    builder.add(0, {"@timestamp": NOW, "message": "seen"})
    batch = builder.take()
    assert batch is not None
    desk.events.write([batch])
    event = next(iter(batch.events()))
    found = verdict()
    because = replace(found.because[0], evidence=(Evidence(event.id, NOW, "seen"),))
    desk.alerts.record(replace(found, because=(because,)))
    assert [e.text("message") for e in desk.alerts.events_of("A-2026-000001")] == ["seen"]
    desk.close()


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_nobody_else_may_read_the_data(tmp_path: Path, clock: FixedClock) -> None:
    data = tmp_path / "county" / "data"
    desk = open_desk(data, clock=clock)
    builder = BatchBuilder("other", "test", "x")
    builder.add(0, {"@timestamp": NOW, "message": "seen"})
    batch = builder.take()
    assert batch is not None
    desk.events.write([batch])
    made = [data, *data.rglob("*")]
    assert {"state.sqlite", "events", "spool", "manifest.db"} <= {path.name for path in made}
    assert {path.name: oct(path.stat().st_mode) for path in made if path.stat().st_mode & 0o077} == {}
    desk.close()


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more file in the folder of devices."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "gateway.py").write_text(
        "from tests.app.conftest import Device\n"
        "def ENFORCER(*, dry_run, clock):\n"
        "    return Device('gateway', dry_run=dry_run)\n"
    )
    monkeypatch.setattr(enforcers, "__path__", [*enforcers.__path__, str(folder)])


@pytest.mark.usefixtures("gateway", "usual_umask")
def test_every_device_is_there_as_itself_and_as_a_rehearsal(tmp_path: Path, clock: FixedClock) -> None:
    desk = open_desk(tmp_path / "data", clock=clock)
    assert sorted(desk.blocks.devices) == ["gateway", "gateway-dry-run", "nftables", "nftables-dry-run"]
    assert desk.settings.enforcer() == "nftables-dry-run"
    desk.close()


@pytest.mark.usefixtures("gateway", "usual_umask")
def test_a_units_host_that_is_blocked_is_told_to_the_unit(tmp_path: Path, clock: FixedClock) -> None:
    desk = open_desk(tmp_path / "data", clock=clock)
    desk.people.first_person()
    desk.settings.set_enforcer("gateway", "admin")
    desk.alerts.record(verdict())
    notice = desk.letters.draft(["A-2026-000001"], "admin")
    clock.advance(timedelta(hours=1))
    block = desk.blocks.propose("A-2026-000001", "192.0.2.5", "system")
    assert not desk.blocks.approve(block.id, "admin").dry_run
    assert "封禁" in "".join(paragraph.text for paragraph in desk.letters.content(notice.id).body)
    desk.close()


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no data"):
        open_desk(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()
