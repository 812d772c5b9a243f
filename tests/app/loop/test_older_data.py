"""A data directory of the version before the loop opens: letters keep their state and go on from there."""

import sqlite3
from pathlib import Path

import msgspec

from taishi.app.desk import open_desk
from taishi.core.clock import FixedClock
from taishi.core.notice_records import NoticeStep
from taishi.core.records import Person
from tests.app.conftest import NOW

#: As that version wrote it.
OLD = {
    "id": "N-2026-000001",
    "type": "disposal",
    "unit": "县教育局",
    "title": "关于处置网络安全风险的函",
    "items": [
        {
            "alert_id": "A-2026-000001",
            "address": "192.0.2.5",
            "asset": "教育门户",
            "threat": "compromised",
            "level": "high",
            "what": "发现r1",
            "rule": "规则r1",
            "peers": ["198.51.100.7"],
            "count": 3,
            "first_seen": "2026-11-17T00:00:00Z",
            "last_seen": "2026-11-17T01:00:00Z",
            "evidence": [],
            "advice": "处理r1",
        }
    ],
    "created_at": "2026-11-17T02:00:00Z",
    "deadline": "2026-11-20T09:30:00Z",
    "state": "issued",
    "number": "示数资函〔2026〕1号",
    "text_hash": "a" * 64,
    "approved_by": "approver",
    "approved_at": "2026-11-17T02:00:00Z",
    "issued_by": "approver",
    "issued_at": "2026-11-17T02:00:00Z",
    "withdrawn_why": None,
    "drafted_by": ["analyst"],
}
COLUMNS = ("unit", "type", "state", "number", "created_at", "deadline")


def test_an_issued_letter_of_before_goes_on(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.sqlite") as file:
        file.execute(f"create table notice (id text primary key, {', '.join(COLUMNS)}, doc text not null)")
        row = [OLD["id"], *(OLD[name] for name in COLUMNS), msgspec.json.encode(OLD).decode()]
        file.execute(f"insert into notice values ({', '.join('?' * len(row))})", row)
    desk = open_desk(tmp_path, clock=FixedClock(NOW))
    try:
        desk.state.put(Person("analyst", "analyst", ("analyst",), "-"))
        [notice] = desk.letters.list("issued")
        assert (notice.number, notice.reopened, notice.about) == (
            "示数资函〔2026〕1号",
            0,
            None,
        )
        assert desk.loop.history(notice.id) == []
        assert desk.loop.receive(notice.id, "analyst", "电话确认").state == "received"
        assert [step.move for step in desk.state.find(NoticeStep)] == ["receive"]
    finally:
        desk.close()
