"""Papers about a letter, from the loop's own proof: reminder, recheck opinion, notice of a lifted block."""

from datetime import timedelta

import pytest

from taishi.app.loop.limits import Limits
from taishi.app.reports.counters import notice_figures
from taishi.app.window import Window
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from tests.app.conftest import NOW, Office
from tests.app.loop.conftest import ALERT, HOST, UNIT, both, issued
from tests.app.loop.test_closure import watch


def sent(desk: Office, notice: Notice, type_: str) -> Notice:
    paper = desk.letters.draft_about(notice.id, type_, "analyst")
    desk.letters.approve(paper.id, "approver", desk.letters.text_hash(paper.id))
    return desk.letters.issue(paper.id, "approver")


def said(desk: Office, paper: Notice) -> str:
    return "\n".join(desk.letters.content(paper.id).texts())


def test_each_paper_says_what_was_proved_and_is_counted_with_its_letter(desk: Office) -> None:
    desk.settings.set_limits(Limits(quiet_hours=24), "admin", "演练")
    notice = issued(desk)
    block = desk.blocks.propose(ALERT, HOST, "analyst")
    desk.blocks.approve(block.id, "approver")
    desk.clock.advance(timedelta(hours=1))
    for early in ("recheck", "lifting"):
        with pytest.raises(Refused):
            desk.letters.draft_about(notice.id, early, "analyst")
    reminder = sent(desk, notice, "reminder")
    assert (reminder.about, reminder.unit, reminder.items) == (notice.id, UNIT, ())
    assert reminder.number == "示数资催函〔2026〕1号"
    desk.loop.answer(notice.id, both(desk, notice), "unit:u1")
    watch(desk, 24, UNIT)
    opinion = desk.loop.recheck(notice.id, "analyst").opinion
    recheck = sent(desk, notice, "recheck")
    assert opinion is not None
    assert opinion.words.zh.rstrip("。") in said(desk, recheck)
    assert f"对{HOST}实施的封禁将予以解除" in said(desk, recheck)
    desk.loop.close(notice.id, "approver")
    desk.clock.advance(timedelta(minutes=1))
    assert f"{HOST}：" in said(desk, sent(desk, notice, "lifting"))
    assert f"对{HOST}实施的封禁将予以解除" in said(desk, recheck)  # as it left
    figures = notice_figures(desk.state, Window(NOW, NOW + timedelta(days=9)), desk.clock.now())
    assert (figures.issued, figures.closed, figures.open, figures.overdue) == (1, 1, 0, 0)
    assert not any(one.overdue(NOW + timedelta(days=99)) for one in desk.letters.list())


def test_a_draft_about_the_same_letter_is_drawn_up_anew(desk: Office) -> None:
    notice = issued(desk)
    first = desk.letters.draft_about(notice.id, "reminder", "analyst")
    desk.clock.advance(timedelta(days=10))
    again = desk.letters.draft_about(notice.id, "reminder", "system")
    assert (again.id, again.deadline > first.deadline, again.drafted_by) == (first.id, True, ("analyst",))
    assert "已超过期限" in said(desk, again)


def test_a_paper_about_a_letter_is_not_drafted_from_alerts_nor_the_other_way_round(desk: Office) -> None:
    with pytest.raises(Refused, match="name that"):
        desk.letters.draft([ALERT], "analyst", "reminder")
    with pytest.raises(Refused, match="about alerts"):
        desk.letters.draft_about(issued(desk).id, "advisory", "analyst")
