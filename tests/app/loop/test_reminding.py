"""Units are reminded in time, once a stage; what bounced goes to the next contact."""

from datetime import timedelta

import pytest

from taishi.core.notice_records import Notice
from taishi.core.problems import Refused
from taishi.core.records import Contact, Unit
from tests.app.conftest import Office
from tests.app.loop.conftest import UNIT, both, issued, moves

MAYOR = Contact("县长", "1", "mayor@county.example.org")
SCHOOL = Unit(
    "u1",
    UNIT,
    parent="县人民政府",
    contact="王敏",
    phone="0",
    email="wang@school.example.org",
    head=Contact("赵局", "2"),
    others=(Contact("孙某", "3"),),
)


@pytest.fixture
def letter(desk: Office) -> Notice:
    desk.state.put(SCHOOL, Unit("u3", "县人民政府", head=MAYOR))
    return issued(desk)


def reminded(desk: Office, letter: Notice) -> list[tuple[str, str]]:
    return [(one.stage, one.to) for one in desk.letters.get(letter.id).reminders]


def test_each_stage_once_then_those_above(desk: Office, letter: Notice) -> None:
    """Issued on a Tuesday at ten, due on Friday at 17:30."""
    told = []
    for hours in range(24 * 10):
        told += [(hours, notice.id) for notice in desk.loop.remind()]
        assert desk.loop.remind() == []
        desk.clock.advance(timedelta(hours=1))
    # Thursday, Friday, Tuesday, Wednesday at nine.
    assert [hours for hours, _ in told] == [47, 71, 167, 191]
    assert reminded(desk, letter) == [
        ("before", "王敏"),
        ("due", "王敏"),
        ("after", "王敏"),
        ("escalated", "赵局、县长"),
    ]
    assert moves(desk, letter)[-1] == ("system", "remind")


def test_after_the_deadline_a_letter_of_reminder_is_drafted(desk: Office, letter: Notice) -> None:
    desk.clock.advance(timedelta(days=3))
    desk.loop.remind()
    assert desk.letters.papers_about(letter.id) == []
    desk.clock.advance(timedelta(days=4))
    desk.loop.remind()
    [paper] = desk.letters.papers_about(letter.id)
    assert (paper.type, paper.unit, paper.state, paper.items) == ("reminder", UNIT, "drafted", ())
    assert desk.letters.get(letter.id).reminders[-1].letter == paper.id
    assert letter.number in "".join(desk.letters.content(paper.id).texts())
    desk.letters.approve(paper.id, "approver", desk.letters.text_hash(paper.id))
    assert desk.letters.issue(paper.id, "approver").number == "示数资催函〔2026〕1号"
    with pytest.raises(Refused, match=r"是关于函件 .* 的文书，请在该函件中办理"):
        desk.loop.answer(paper.id, [], "analyst")
    assert desk.loop.stats().whole.counts.issued == 1


def test_a_letter_of_reminder_that_has_not_left_is_withdrawn_by_the_answer(
    desk: Office, letter: Notice
) -> None:
    desk.clock.advance(timedelta(days=7))
    desk.loop.remind()
    desk.loop.answer(letter.id, both(desk, letter), "unit:u1")
    assert [paper.state for paper in desk.letters.papers_about(letter.id)] == ["withdrawn"]


def test_who_has_answered_is_left_alone(desk: Office, letter: Notice) -> None:
    desk.loop.answer(letter.id, both(desk, letter), "unit:u1")
    desk.clock.advance(timedelta(days=20))
    assert (desk.loop.remind(), desk.loop.overdue()) == ([], [])


def test_another_deadline_is_reminded_of_anew(desk: Office, letter: Notice) -> None:
    desk.clock.advance(timedelta(days=3))
    desk.loop.remind()
    desk.loop.extend(letter.id, "approver", "停机", 2)
    assert desk.loop.remind() == []
    desk.clock.advance(timedelta(days=3))
    desk.loop.remind()
    assert [stage for stage, _ in reminded(desk, letter)] == ["due", "before"]


def test_overdue_letters_are_listed(desk: Office, letter: Notice) -> None:
    assert desk.loop.overdue() == []
    desk.clock.advance(timedelta(days=4))
    assert [one.id for one in desk.loop.overdue()] == [letter.id]


def test_a_bounce_goes_to_the_next_contact(desk: Office, letter: Notice) -> None:
    assert [one.name for one in desk.loop.contacts_of(letter)] == ["王敏", "孙某", "赵局"]
    after = desk.loop.bounce(letter.id, "system", "550 mailbox unavailable")
    assert [one.to for one in after.bounces] == ["wang@school.example.org"]
    assert [one.name for one in desk.loop.contacts_of(after)] == ["孙某", "赵局"]
    assert "改送 next: 孙某" in desk.loop.history(letter.id)[-1].why
    desk.clock.advance(timedelta(days=2))
    desk.loop.remind()
    assert reminded(desk, letter) == [("before", "孙某")]
    for _ in range(2):
        after = desk.loop.bounce(letter.id, "analyst", "空号")
    with pytest.raises(Refused, match="没有可联系的人"):
        desk.loop.bounce(letter.id, "analyst", "空号")


def test_a_unit_without_contacts_is_reminded_visibly_of_nobody(desk: Office, letter: Notice) -> None:
    desk.state.put(Unit("u1", UNIT))
    desk.clock.advance(timedelta(days=2))
    desk.loop.remind()
    assert reminded(desk, letter) == [("before", "—")]
