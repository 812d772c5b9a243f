"""Lines, columns and grades of a whole text."""

import pytest

from detections.personal.grade import graded
from detections.personal.kinds.id_card import check_sign
from detections.personal.survey import Tallied, survey


def said(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.split("\n"), start=1)
    return [(one.line, one.type) for one in survey(lines, Tallied())]


def identity(n: int) -> str:
    body = f"340521{1950 + n % 50}0101{n % 1000:03}"
    return body + check_sign(body)


def test_lines_are_counted_from_one() -> None:
    assert said("无\n手机13912345678\n\n电话13812345678") == [(2, "mobile"), (4, "mobile")]


def test_escaped_newlines_do_not_move_lines() -> None:
    assert said('{"a": "x\\ny\\nz"}\n手机13912345678') == [(2, "mobile")]


def test_a_column_is_called_what_its_head_says() -> None:
    assert said("姓名,护照号,设备号\n张三,E12345678,13912345678") == [(2, "passport")]
    assert said("姓名\t旧证件号\n张三\t340521800101001") == [(2, "id_card")]


def test_long_texts_keep_their_count() -> None:
    text = "\n".join(["x" * 200] * 1000 + ["手机13912345678"])
    assert said(text) == [(1001, "mobile")]


@pytest.mark.parametrize(
    ("values", "names", "grade"),
    [
        ({}, 0, "general"),
        ({"mobile": 1}, 0, "general"),
        ({"id_card": 30}, 0, "general"),
        ({"id_card": 30}, 30, "important"),
        ({"id_card": 100}, 0, "important"),
        ({"mobile": 10_000}, 0, "important"),
        ({"officer_card": 10}, 0, "important"),
        ({"uscc": 1_000_000}, 0, "general"),
        ({"id_card": 100_000}, 0, "core"),
        ({"mobile": 1_000_000}, 0, "core"),
    ],
)
def test_grade_by_kind_number_and_names(values, names, grade) -> None:
    told = graded(values, names)
    assert told.grade == grade
    assert "参照 GB/T 43697" in told.why.zh


def test_repeated_values_count_once_for_the_grade() -> None:
    tally = Tallied()
    items = list(survey(((n, f"身份证{identity(7)}") for n in range(1, 301)), tally))
    assert (len(items), tally.different) == (300, {"id_card": 1})
    assert tally.graded().grade == "general"
