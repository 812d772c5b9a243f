"""A published table whose parts do not sum is refused, with every residual by its name."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taishi.app.reports.adding_up import Table, residuals
from taishi.app.reports.checking import check, read_published
from taishi.core.problems import Problem

Write = Callable[[object], Path]
SOUND = {
    "total": 6,
    "by_class": {"compromised": 1, "attempted": 2, "risk": 3},
    "by_level": {"high": 3, "medium": 2, "low": 1},
    "by_unit": {"县教育局": 4, "未登记": 2},
    "by_day": {"2026-11-01": 6, "2026-11-02": 0},
    "matrix": {
        "compromised": {"high": 1, "medium": 0, "low": 0},
        "attempted": {"high": 1, "medium": 1, "low": 0},
        "risk": {"high": 1, "medium": 1, "low": 1},
    },
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(document: object) -> Path:
        path = tmp_path / "published.json"
        path.write_bytes(msgspec.json.encode(document))
        return path

    return written


def found(write: Write, **changes: object) -> dict[str, float]:
    return check(read_published(write({**SOUND, **changes})))


def test_the_report_behind_this_product(write: Write) -> None:
    """Levels 163 and classes 290 over their own total."""
    told = {"total": 1000, "by_level": {"高危": 1000, "中危": 163}, "by_class": {"主机失陷": 1290}}
    assert check(read_published(write(told))) == {
        "by_level": 163,
        "by_class": 290,
        "by_class-by_level": 127,
    }


def test_what_adds_up_has_no_residual(write: Write) -> None:
    assert found(write) == {}
    assert found(write, by_unit=None, matrix=None, total=None) == {}


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("by_unit", {"县教育局": 4}, {"by_unit": -2}),
        ("by_day", {"2026-11-01": 9}, {"by_day": 3}),
        ("by_kind", {"网络攻击/漏洞利用": 5}, {"by_kind": -1}),
        ("by_level", {"high": 3}, {"by_level": -3, "by_class-by_level": 3}),
        ("matrix", {"compromised": {"high": 7}}, {"matrix": 1}),
        # Wrong cells that cancel out in the whole.
        (
            "matrix",
            {"主机失陷": {"high": 2}, "attempted": {"high": 1, "medium": 2, "low": 1}},
            {"matrix.compromised": 1, "matrix.attempted": 2, "matrix.risk": -3},
        ),
        ("base", {"total": 4, "by_day": {"2025-11-01": 3}}, {"base.by_day": -1}),
        ("base", {"total": 3}, {"yoy_pct": -50.0}),
        ("base", {"total": 4}, {}),
    ],
)
def test_each_part_is_named_with_part_minus_total(
    write: Write, part: str, value: object, told: dict[str, float]
) -> None:
    assert found(write, **{part: value, "yoy_pct": 50.0}) == told


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ({"total": "6", "by_class": {"risk": 6}}, "$.total"),
        ({"total": 6, "by_class": {"risk": -6}}, "$.by_class"),
        ({"total": 6, "by_class": [6]}, "$.by_class"),
        ({"total": True, "by_class": {"risk": 1}}, "$.total"),
        ({"total": 6}, "fewer than two"),
        ([], "object"),
    ],
)
def test_what_is_no_such_document_is_one_line(write: Write, document: object, word: str) -> None:
    with pytest.raises(Problem) as caught:
        read_published(write(document))
    assert word in str(caught.value)
    assert "published.json" in str(caught.value)
    assert caught.value.status == 2


parts = st.dictionaries(st.sampled_from("abc"), st.integers(0, 50), max_size=3)


@given(st.integers(0, 90), parts, parts)
def test_no_residual_only_where_every_sum_is_the_total(
    total: int, classes: dict[str, int], levels: dict[str, int]
) -> None:
    told = residuals(Table(total, {"by_class": classes, "by_level": levels}))
    sound = sum(classes.values()) == total == sum(levels.values())
    assert (told == {}) is sound
    assert told.get("by_class", 0) - told.get("by_level", 0) == told.get("by_class-by_level", 0)
