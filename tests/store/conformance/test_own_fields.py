"""A source's own fields: every type of JSON as text, names of all sorts, lists, objects, nulls."""

import pytest
from rows import batch

from taishi.core.ports import Condition, Query

EXTRA = {
    "text": {"v": "abc"},
    "other case": {"v": "ABC"},
    "number": {"v": 10},
    "number as text": {"v": "10"},
    "fraction": {"v": 0.5},
    "large": {"v": 2**53 + 1},
    "yes": {"v": True},
    "yes as text": {"v": "true"},
    "null": {"v": None},
    "empty": {"v": ""},
    "list": {"v": ["abc", "x"]},
    "mixed list": {"v": ["x", None, 10, True]},
    "empty list": {"v": []},
    "list of null": {"v": [None]},
    "dotted": {"v.w": "abc"},
    "nested": {"v": {"w": "abc"}},
    "other name": {"V": "abc"},
    "with space": {"v ": "abc"},
    "longer name": {"vv": "abc"},
    "quoted name": {'v"': "abc"},
    "slashed": {"v/w": "abc"},
    "tilde": {"v~w": "abc"},
    "chinese": {"字段": "值"},
    "nothing": {},
}


def batches():
    rows = [{"event.id": name, "extra": extra} for name, extra in EXTRA.items()]
    return [batch("other", *rows[:12]), batch("windows", *rows[12:])]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (Condition("v", "abc"), {"text", "list"}),
        (Condition("v", "ABC"), {"other case"}),
        (Condition("v", "10"), {"number", "number as text", "mixed list"}),
        (Condition("v", "0.5"), {"fraction"}),
        (Condition("v", str(2**53 + 1)), {"large"}),
        (Condition("v", "true"), {"yes", "yes as text", "mixed list"}),
        (Condition("v", "null"), set()),
        (Condition("v", ""), {"empty"}),
        (Condition("v", "x"), {"list", "mixed list"}),
        (Condition("V", "abc"), {"other name"}),
        (Condition("v ", "abc"), {"with space"}),
        (Condition("vv", "abc"), {"longer name"}),
        (Condition('v"', "abc"), {"quoted name"}),
        (Condition("v/w", "abc"), {"slashed"}),
        (Condition("v~w", "abc"), {"tilde"}),
        (Condition("v.w", "abc"), {"dotted"}),
        (Condition("字段", "值"), {"chinese"}),
        (Condition("v", "ab", "startswith"), {"text", "list"}),
        (Condition("v", "1", "startswith"), {"number", "number as text", "mixed list"}),
        (Condition("v", "b", "contains"), {"text", "list", "nested"}),
        (Condition("v", '{"w"', "startswith"), {"nested"}),
        (Condition("字段", "", "contains"), {"chinese"}),
        (Condition("nowhere", "abc"), set()),
        (Condition("v", "abc", negated=True), set(EXTRA) - {"text", "list"}),
        (Condition("v", "x", negated=True), set(EXTRA) - {"list", "mixed list"}),
        (Condition("v", "", "contains", negated=True),
         {"null", "empty list", "list of null", "dotted", "other name", "with space", "longer name",
          "quoted name", "slashed", "tilde", "chinese", "nothing"}),
        (Condition("nowhere", "abc", negated=True), set(EXTRA)),
    ],
)  # fmt: skip
def test_an_own_field_is_asked_by_its_name(asked, condition, found):
    assert set(asked(Query(where=(condition,), limit=1000))) == found


@pytest.mark.parametrize("name", EXTRA)
def test_what_was_given_comes_back(store, name):
    assert store.get(name).extra == EXTRA[name]
