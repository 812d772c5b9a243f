"""A bureau's own sentences: they say what ours say, and nothing that a letter may not."""

import pytest

from notices.background import Background
from notices.texts import Texts, ours, read_changed
from taishi.core.problems import Problem

OWN = """
disposal:
  answer: 请在{期限}以前，把附件2和附件3寄回我局。
advice:
  risk:
    low:
      steps: [下次维护时整改]
"""


def test_a_letter_says_what_the_bureau_set(letter, make_notice, make_item, bureau) -> None:
    known = Background(texts=Texts(read_changed(OWN, "own.yml")))
    content = letter.content(make_notice(make_item("risk", "low")), bureau, known)
    told = "\n".join(each.text for each in content.body)
    assert "请在2026年6月3日17时30分以前，把附件2和附件3寄回我局。" in told
    assert "但会降低整体防护水平。下次维护时整改。" in told
    assert "特此函告。" in told  # what was not changed stays


@pytest.mark.parametrize(
    ("own", "wrong"),
    [
        ("disposal: {answer: 请尽快反馈。}", r"own\.yml: disposal\.answer: must name \{期限\}"),
        ("disposal: {answer: '{期限}，{经费}'}", r"disposal\.answer: \{经费\} is not known here"),
        ("disposal: {closing: 逾期将予以处罚。}", r"disposal\.closing: says 处罚"),
        ("disposal: {closing: ''}", r"disposal\.closing: is empty"),
        ("disposal: {closing: '办{'}", r"disposal\.closing: has a brace"),
        ("disposal: {closing: [一, 二]}", r"disposal\.closing: must be one sentence"),
        ('disposal: {closing: "一\\n二"}', r"disposal\.closing: holds a line break"),
        ("disposal: {opening: 你好}", r"disposal\.opening: there is no such sentence"),
        ("advice: {risk: {low: {steps: 修补}}}", r"advice\.risk\.low\.steps: must be a list"),
        ("advice: {risk: {low: {steps: []}}}", r"advice\.risk\.low\.steps: must have 1 to 8"),
        ("一句话", r"own\.yml: the text: there is no such sentence"),
        ("a: [", r"own\.yml: is no YAML"),
        (f"disposal: {{closing: {'长' * 401}}}", r"has 401 characters"),
    ],
)
def test_what_no_letter_may_say_is_refused(own: str, wrong: str) -> None:
    with pytest.raises(Problem, match=wrong):
        read_changed(own, "own.yml")


def test_our_own_sentences_hold_the_same_rules() -> None:
    for key, words in ours().items():
        *folders, last = key.split(".")
        nested: object = {last: list(words) if isinstance(words, tuple) else words}
        for folder in reversed(folders):
            nested = {folder: nested}
        assert read_changed(str(nested), "ours.yml") == {key: words}


def test_a_fact_is_not_looked_through_for_facts() -> None:
    said = Texts().say("passages.rule_advised", {"地址": "{建议}", "建议": "补"})
    assert said == "针对{建议}：补。"
