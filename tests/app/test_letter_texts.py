"""The bureau's own sentences: previewed, set, undone, and what that does to letters."""

import pytest

from taishi.app.letter_texts import LetterTexts
from taishi.app.letters import Letters
from taishi.core.problems import Problem, Refused
from tests.app.conftest import Office, verdict

OWN = "disposal:\n  closing: 逾期未反馈的，我局将电话联系你单位负责人。\n"
SAID = "逾期未反馈的，我局将电话联系你单位负责人。"


@pytest.fixture
def texts(office: Office) -> LetterTexts:
    return LetterTexts(office.state, office.clock, office.settings)


def letters_of(office: Office, texts: LetterTexts) -> Letters:
    return Letters(office.state, office.clock, office.settings.bureau, texts=texts.now)


def test_a_preview_shows_every_type_and_sets_nothing(office: Office, texts: LetterTexts) -> None:
    shown = texts.preview(OWN)
    assert shown.keys() == office.letters.types().keys()
    assert SAID in shown["disposal"].texts()
    assert texts.text() == ""


def test_drafts_follow_and_what_was_approved_is_approved_anew(office: Office, texts: LetterTexts) -> None:
    letters = letters_of(office, texts)
    office.alerts.record(verdict())
    notice = letters.draft(["A-2026-000001"], "analyst")
    letters.approve(notice.id, "approver", letters.text_hash(notice.id))
    texts.put(OWN, "admin", "局务会决定")
    assert SAID in letters.content(notice.id).texts()
    with pytest.raises(Refused, match="no longer the approved one"):
        letters.issue(notice.id, "approver")
    texts.undo("admin", "恢复")
    assert letters.issue(notice.id, "approver").number


def test_a_change_is_audited_and_undone_and_done_again(office: Office, texts: LetterTexts) -> None:
    with pytest.raises(Refused, match="never changed"):
        texts.undo("admin", "理由")
    texts.put(OWN, "admin", "局务会决定")
    line = office.state.decisions()[-1]
    assert (line.actor, line.object_id, line.result, line.why) == ("admin", "letter_texts", OWN, "局务会决定")
    texts.undo("admin", "恢复")
    assert texts.text() == ""
    texts.undo("admin", "再改")
    assert texts.text() == OWN


def test_what_no_letter_may_say_is_named_and_not_set(office: Office, texts: LetterTexts) -> None:
    with pytest.raises(Problem, match=r"own\.yml: disposal\.closing: says 处罚"):
        texts.put("disposal: {closing: 将予处罚}", "admin", "理由", "own.yml")
    with pytest.raises(Problem, match="TODO"):  # the letter's own lint, on a specimen
        texts.put("lifting: {check: TODO}", "admin", "理由")
    for by, why in (("analyst", "理由"), ("admin", " ")):
        with pytest.raises(Refused):
            texts.put(OWN, by, why)
    assert texts.text() == ""
