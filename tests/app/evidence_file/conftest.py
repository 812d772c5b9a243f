"""A letter that has left, with stored evidence, an answer, blocks, and the evidence file of all that."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from msgspec.structs import replace

from detections.personal.kinds.id_card import check_sign
from detections.personal.shield import shield
from taishi.app.desk import Desk, open_desk
from taishi.app.evidence_file.making import make_evidence
from taishi.core.clock import FixedClock
from taishi.core.event import BatchBuilder
from taishi.core.records import Asset, Evidence, Person, Unit, Verdict
from tests.app.conftest import NOW, verdict

HOST, UNIT = "10.34.2.15", "县教育局"
ID_CARD = "34052119800101001" + check_sign("34052119800101001")


@dataclass(frozen=True)
class Matter:
    """The desk, the letter's id and its evidence file."""

    desk: Desk
    letter: str
    file: bytes


@pytest.fixture(scope="package")
def matter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matter]:
    desk = open_desk(tmp_path_factory.mktemp("evidence") / "data", clock=FixedClock(NOW))
    letter = issued(desk)
    yield Matter(desk, letter, make_evidence(desk, letter, "auditor", "复查"))
    desk.close()


def issued(desk: Desk) -> str:
    """Two others had a hand in it; the unit has answered with two papers; its id."""
    desk.state.put(Unit("u1", UNIT), Asset("a1", "u1", "cidr", "10.34.2.0/24", "办公网"))
    for role in ("admin", "analyst", "approver", "auditor"):
        desk.state.put(Person(role, f"某{role}", (role,), "-"))
    alert = desk.alerts.record(_found(desk))
    other = desk.alerts.record(verdict("10.34.9.9", unit="县水利局"))
    assert alert is not None
    assert other is not None
    desk.blocks.propose(other.id, "203.0.113.9", "system", also=[alert.id])
    block = desk.blocks.propose(alert.id, HOST, "analyst")
    notice = desk.letters.draft([alert.id], "analyst")
    desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))
    desk.letters.issue(notice.id, "approver")
    desk.blocks.approve(block.id, "approver")
    now = desk.clock.now()
    papers = [
        desk.loop.papers.paper(
            notice, kind, f"扫描件 {kind}.PDF", kind.encode(), "unit:u1", now, "application/pdf"
        )
        for kind in ("disposal_report", "commitment_letter")
    ]
    desk.state.put(*papers)
    return notice.id


def _found(desk: Desk) -> Verdict:
    """With one piece of evidence in the store, personal data in it, and one that is no longer there."""
    builder = BatchBuilder("other", "test", "x")
    line = f"POST /reg idcard={ID_CARD} from {HOST}"
    builder.add(0, {"@timestamp": NOW - timedelta(hours=1), "source.ip": HOST}, None, line)
    batch = builder.take()
    assert batch is not None
    batch = shield(batch)
    desk.events.write([batch])
    (event,) = batch.events()
    found = verdict(HOST, "compromised", "high")
    lines = (Evidence(event.id, event.time, "登记页"), Evidence("gone", event.time, "已过保存期"))
    return replace(found, because=(replace(found.because[0], evidence=lines),))
