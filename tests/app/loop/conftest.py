"""A letter about a compromised host that has left, and the papers of its unit."""

from collections.abc import Callable

import pytest

from taishi.core.notice_records import Notice, Paper, PaperKind
from taishi.core.records import Unit
from tests.app.conftest import Office, verdict

HOST, ALERT, UNIT = "192.0.2.5", "A-2026-000001", "县教育局"
SCHOOL = Unit("u1", UNIT, contact="王敏", phone="0", email="wang@school.example.org")

MakePaper = Callable[..., Paper]


@pytest.fixture
def desk(office: Office) -> Office:
    office.state.put(SCHOOL, Unit("u2", "县水利局"))
    office.alerts.record(verdict(HOST, "compromised", "high"))
    return office


def issued(desk: Office, *alerts: str, type_: str = "disposal") -> Notice:
    notice = desk.letters.draft(alerts or (ALERT,), "analyst", type_)
    desk.letters.approve(notice.id, "approver", desk.letters.text_hash(notice.id))
    return desk.letters.issue(notice.id, "approver")


def paper(desk: Office, notice: Notice, kind: PaperKind, body: bytes = b"%PDF-1.7 paper") -> Paper:
    """As it comes, a moment later: its bytes are in the folder."""
    return desk.loop.papers.paper(
        notice, kind, f"{kind}.pdf", body, "unit:u1", desk.clock.now(), "application/pdf"
    )


def both(desk: Office, notice: Notice) -> list[Paper]:
    return [paper(desk, notice, "disposal_report"), paper(desk, notice, "commitment_letter")]


def moves(desk: Office, notice: Notice) -> list[tuple[str, str]]:
    """(who, what) of the letter's history."""
    return [(step.by, step.move) for step in desk.loop.history(notice.id)]
