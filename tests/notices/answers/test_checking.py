"""What is missing is named, in words that say what to do."""

from datetime import UTC, datetime

import pytest

from notices.answers.checking import problems
from tests.notices.answers.conftest import ANSWERS

NOW = datetime(2026, 5, 22, 2, 0, tzinfo=UTC)
LETTER = ("示数资函〔2026〕37号", "示例县教育局")


def test_a_complete_report_has_none() -> None:
    told = ANSWERS | {"number": "示数资函〔2026〕 37号", "unit": "示例县教育局"}
    assert problems(told, *LETTER, NOW) == {}


@pytest.mark.parametrize(
    "key", ["started", "process", "cause", "outcome", "data", "handler", "phone", "head"]
)
def test_each_mandatory_field_is_missed_by_its_name(key: str) -> None:
    from notices.answers.form import FIELDS

    found = problems({one: value for one, value in ANSWERS.items() if one != key}, *LETTER, NOW)
    assert list(found) == [key]
    assert FIELDS[key].label.zh in found[key].zh
    assert FIELDS[key].label.en in found[key].en


@pytest.mark.parametrize(
    ("change", "key", "word"),
    [
        ({"finished": "2026-05-19"}, "finished", "早于"),
        ({"started": "2027-05-19"}, "started", "还没有到"),
        ({"phone": "李某"}, "phone", "电话"),
        ({"cause": "不明"}, "cause", "太短"),
        ({"outcome": "other"}, "outcome", "写明"),
        ({"number": "示数资函〔2026〕36号"}, "number", "36号"),
        ({"unit": "示例县卫健委"}, "unit", "卫健委"),
    ],
)
def test_what_cannot_be_right_is_told(change: dict[str, str], key: str, word: str) -> None:
    found = problems(ANSWERS | change, *LETTER, NOW)
    assert key in found
    assert word in found[key].zh
