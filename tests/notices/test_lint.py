"""What must never leave the house does not."""

import msgspec
import pytest

from notices.content import LetterContent, Paragraph
from notices.letters import Letter
from notices.lint import lint
from notices.policy import FORBIDDEN_WORDS
from taishi.core.problems import Problem
from taishi.core.records import Bureau


@pytest.fixture
def content(letter: Letter, make_notice, bureau: Bureau) -> LetterContent:
    return letter.content(make_notice(), bureau)


@pytest.mark.parametrize("word", FORBIDDEN_WORDS)
def test_powers_of_others_are_refused(content: LetterContent, word: str) -> None:
    worse = msgspec.structs.replace(content, body=(*content.body, Paragraph("body", f"我局将依法{word}。")))
    with pytest.raises(Problem, match=word):
        lint(worse)


def test_a_unit_may_be_called_by_such_a_word(letter: Letter, make_notice, make_item, bureau: Bureau) -> None:
    item = make_item(asset="行政处罚公示平台")
    content = letter.content(make_notice(item, unit="示例县行政处罚委员会"), bureau)
    assert "行政处罚公示平台" in content.annexes[0].rows[0]


def test_advice_of_a_rule_is_our_wording(letter: Letter, make_notice, make_item, bureau: Bureau) -> None:
    with pytest.raises(Problem, match="责令"):
        letter.content(make_notice(make_item(advice="责令限期整改")), bureau)


@pytest.mark.parametrize("trace", ["None", "单位None", "{{ unit }}", "{% for %}", "TODO", "\ufffd"])
def test_gaps_are_refused(content: LetterContent, trace: str) -> None:
    worse = msgspec.structs.replace(content, body=(*content.body, Paragraph("body", f"对{trace}：处置。")))
    with pytest.raises(Problem, match="missing"):
        lint(worse)


def test_an_empty_setting_is_named(letter: Letter, make_notice) -> None:
    with pytest.raises(Problem, match="mark is empty"):
        letter.content(make_notice(), Bureau("", "示数资函", "王某某", "0555-1234567"))
