"""The desk over a real data directory: what was done is there when it is opened again."""

from pathlib import Path

import pytest
from msgspec.structs import replace

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
    notice = desk.letters.draft(["A-2026-000001"], "admin")
    desk.letters.approve(notice.id, "admin", desk.letters.text_hash(notice.id))
    desk.letters.issue(notice.id, "admin")
    block = desk.blocks.approve(desk.blocks.propose("A-2026-000001", "203.0.113.9", "admin").id, "admin")
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


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="holds no data"):
        open_desk(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()
